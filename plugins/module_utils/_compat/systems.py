# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tables call a distribution. Private to the collection."""

from __future__ import annotations

from typing import Any, Mapping, Tuple

_OWN_ROWS = ("ubuntu", "debian", "amzn", "fedora")
_FAMILIES = {"redhat": "el", "suse": "sles"}
"""Rebuilds share their packages."""


def system(os: Mapping[str, Any]) -> Tuple[str, str]:
    """Name and version of a look's operating system, such as ("ubuntu", "24.04") and ("el", "9")."""
    name, version = str(os["id"] or ""), str(os["version_id"] or "")
    if name not in _OWN_ROWS:
        name = _FAMILIES.get(str(os.get("family") or ""), name)
    return name, version if name == "ubuntu" else version.split(".", 1)[0]
