# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver that came with the node's image: looked at, never installed, held or removed. Private to the collection."""

from __future__ import annotations

from .driver_request import resolve
from .types import PREINSTALLED, Observed, Part, Request


def compare(part: Part, request: Request, observed: Observed) -> Part:
    """Refused where what runs is not what was asked for: nothing here may mend it."""
    part.actions = {"state": PREINSTALLED}
    driver = resolve(request, observed, part, packaged=False)
    if driver is None or part.refusals:
        return part
    running = observed["driver"]["running"]
    remedy = "have it installed by whoever makes this node's image, or set nvidia_driver_state to present"
    if running is None:
        part.refuse(
            "running driver",
            value="none",
            why=f"nvidia_driver_state is {PREINSTALLED}, and no NVIDIA kernel module is loaded",
            remedy=remedy,
        )
    elif not driver.matches(running["version"]):
        asked = (
            f"nvidia_driver_version is {driver.version}"
            if driver.version
            else f"the branch asked for is {driver.branch}"
        )
        part.refuse(
            "running driver",
            value=running["version"],
            why=f"nvidia_driver_state is {PREINSTALLED}, and {asked}",
            remedy="set nvidia_driver_version, or nvidia_driver_branch, to what runs; or " + remedy,
        )
    elif request["nvidia_driver"]["flavour"] not in ("auto", running["flavour"]):
        part.refuse(
            "running driver",
            value=running["flavour"],
            why="nvidia_driver_state is {}, and nvidia_driver_flavour is {}".format(
                PREINSTALLED, request["nvidia_driver"]["flavour"]
            ),
            remedy="set nvidia_driver_flavour to auto; or " + remedy,
        )
    return part
