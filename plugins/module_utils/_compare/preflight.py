# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node itself stands in the way of. Private to the collection."""

from __future__ import annotations

from . import obstacles
from .types import Observed, Part, Request

COMPONENT = "gpu_preflight"
MANAGERS = ("apt", "dnf")
PACKAGES_OF = ("nvidia_repository", "nvidia_driver", "nvidia_container_toolkit")


def compare(request: Request, observed: Observed, driver_part: Part) -> Part:
    part = Part(COMPONENT)
    _package_manager(part, request, observed)
    state = request["nvidia_driver"]["state"]
    if state == "present":
        obstacles.other_hands(part, observed)
        if any(drift.subject != "lock" for drift in driver_part.drifts):
            obstacles.space(part, observed)
            obstacles.compiler(part, request, observed)
            obstacles.secure_boot(part, request, observed)
    return part


def _package_manager(part: Part, request: Request, observed: Observed) -> None:
    manager = observed["packages"]["manager"]
    if manager not in MANAGERS and "present" in [request[role]["state"] for role in PACKAGES_OF]:
        part.refuse(
            "package manager",
            value=manager,
            why="only {} are supported".format(" and ".join(MANAGERS)),
            remedy="use Debian, Ubuntu or Enterprise Linux",
        )
