# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the node itself stands in the way of. Private to the collection."""

from __future__ import annotations

from typing import Dict

from .driver_packages import modules_kind
from .driver_request import resolve
from .types import Observed, Part, Request

COMPONENT = "gpu_preflight"
NEEDED_MIB: Dict[str, int] = {"/boot": 100, "/usr": 1500, "/var": 1500}
"""One more initramfs; a driver's closure unpacked; its downloads and the dkms build."""
MANAGERS = ("apt", "dnf")
PACKAGES_OF = ("nvidia_repository", "nvidia_driver", "nvidia_container_toolkit")


def compare(request: Request, observed: Observed, driver_part: Part) -> Part:
    part = Part(COMPONENT)
    _package_manager(part, request, observed)
    if driver_part.actions.get("state") != "absent" and any(d.subject != "lock" for d in driver_part.drifts):
        _installation(part, request, observed)
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


def _installation(part: Part, request: Request, observed: Observed) -> None:
    """What keeps a driver from being installed, built or loaded."""
    for path, needed in NEEDED_MIB.items():
        free = (observed["disk"].get(path) or {}).get("free_mib")
        if free is not None and free < needed:
            part.refuse(
                "disk space",
                value=f"{free} MiB free in {path}",
                why=f"the driver's installation needs {needed} MiB there",
                remedy="free some space",
            )
    driver = resolve(request, observed)
    if (
        observed["secure_boot"]
        and driver
        and driver.packages
        and modules_kind(request["nvidia_driver"], driver.packages) == "dkms"
    ):
        part.refuse(
            "Secure Boot",
            value="on",
            why="modules built by dkms are not signed by a key that the firmware trusts, so the kernel rejects them",
            remedy="enrol a machine owner key, or use prebuilt signed modules (nvidia_driver_modules: prebuilt), or "
            "switch Secure Boot off",
        )
