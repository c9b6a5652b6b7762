# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sets of packages that move together, and the variables that ask for them. Private to the collection."""

from __future__ import annotations

from typing import Dict, Optional

from .._compat.package_names import TOOLKIT, is_driver
from .._dataclass import dataclass


@dataclass(frozen=True)
class Stack:
    """`title` in sentences; `part` of the look's packages; the variables to name in errors."""

    title: str
    part: str
    version: str
    branch: str
    uri: str
    hold: str
    pinning: Optional[str] = None
    """How the names begin of packages that only keep apt on a branch"""

    def variable(self, match: str) -> str:
        """The variable that a request such as 580.159.04, or 580, came from."""
        return self.version if "." in match else self.branch

    def owns(self, name: str) -> bool:
        """By its name alone, where the database does not say more."""
        return is_driver(name) if self.part == "driver" else name in TOOLKIT


STACKS: Dict[str, Stack] = {
    "nvidia_driver": Stack(
        title="driver",
        part="driver",
        version="nvidia_driver_version",
        branch="nvidia_driver_branch",
        uri="nvidia_repository_driver_uri",
        hold="nvidia_driver_hold",
        pinning="nvidia-driver-pinning",
    ),
    "nvidia_container_toolkit": Stack(
        title="container toolkit",
        part="toolkit",
        version="nvidia_container_toolkit_version",
        branch="nvidia_container_toolkit_version",
        uri="nvidia_repository_toolkit_uri",
        hold="nvidia_container_toolkit_hold",
    ),
}


def other_stack(stack: Stack) -> Stack:
    return next(one for one in STACKS.values() if one.part != stack.part)
