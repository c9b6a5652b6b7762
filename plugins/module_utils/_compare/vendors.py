# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver packages of another vendor than the one asked for. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Mapping

from .._compat.driver_packages import of_own_version
from .._compat.package_names import DRIVER_VERSION
from .._compat.systems import system
from .._compat.vendors import VENDORS, Vendor
from .types import Observed, Part


def _built(vendor: Vendor, package: Mapping[str, Any]) -> bool:
    origin = package.get("origin") or ""
    told = ((vendor.names, package["name"]), (vendor.versions, package["version"]), (vendor.origins, origin))
    return not origin.startswith("NVIDIA") and any(re.fullmatch(pattern, text) for pattern, text in told)


def refuse(part: Part, observed: Observed, source: str) -> None:
    """With what to remove: nobody here takes away what another's tools would bring back."""
    # Helpers have versions of their own, and come from either.
    found = [
        package
        for package in observed["packages"]["driver"]
        if DRIVER_VERSION.fullmatch(package["upstream"] or "") and package["name"] not in of_own_version(observed["os"])
    ]
    for vendor in VENDORS:
        if vendor.beside != source or system(observed["os"])[0] not in vendor.systems:
            continue
        names = sorted({package["name"] for package in found if _built(vendor, package)})
        if names:
            keep = (
                f"keep them by nvidia_repository_driver_source: {vendor.source}"
                if vendor.source
                else "leave them to others with nvidia_driver_state: unmanaged"
            )
            part.refuse(
                "packages",
                value=", ".join(names),
                why=f"{vendor.title} built them, which the packages from source {source} cannot stand beside",
                remedy="{} {}; or {}".format(vendor.remove, " ".join(names), keep),
            )
