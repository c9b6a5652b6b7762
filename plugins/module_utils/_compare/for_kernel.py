# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that must come for the kernel that boots next, and that may be in no source. Private to the collection.

A look does not say: only the package manager knows, and is asked where there is something to ask.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Collection, Dict, List, Mapping, Sequence

from .._compat.rpm_names import BUILD
from .driver_packages import kernel_build, missing
from .types import Observed, Refusal

_HEADERS = re.compile(rf"linux-headers-|{BUILD}-devel-")
_MODULES = re.compile(r"linux-modules-nvidia-|kmod-nvidia-")


def needed(plan: Mapping[str, Any], observed: Observed) -> List[str]:
    """Without these the driver has no module for that kernel."""
    driver = plan["actions"].get("nvidia_driver", {})
    if driver.get("state") != "present" or plan["refusals"]:
        return []
    # A repository that is still to be written may have the modules; headers come from where the kernel came from.
    late = any(drift["component"] == "nvidia_repository" for drift in plan["drifts"])
    kinds = (_HEADERS,) if late else (_HEADERS, _MODULES)
    build = kernel_build(driver["kernel"]).partition("+")[0]
    roots = [root for root in driver["packages"] if not root["version"]]
    return [
        name
        for name in missing(roots, observed["packages"]["driver"], observed)
        if any(kind.match(name) for kind in kinds) and build in name and "{" not in name
    ]


def refusals(kernel: str, names: Sequence[str], offered: Collection[str]) -> List[Dict[str, Any]]:
    """As in a plan."""
    lacking = [name for name in names if name not in offered]
    if not lacking:
        return []
    if _HEADERS.match(lacking[0]):
        what = "without which no module can be built for it"
        remedy = "enable the source that it came from and refresh the lists, or install a kernel whose headers it has"
    else:
        what = "the driver's modules for it"
        remedy = "set nvidia_driver_modules to dkms, or install a kernel that the source has modules for"
    why = f"this kernel boots next, and no package source has {', '.join(lacking)}, {what}"
    return [asdict(Refusal("gpu_preflight", "kernel", kernel, why, remedy))]
