# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a driver from being installed, built or loaded. Private to the collection."""

from __future__ import annotations

from typing import Dict, Optional

from .driver_packages import modules_kind
from .driver_request import Driver, resolve
from .types import Observed, Part, Request

NEEDED_MIB: Dict[str, int] = {"/boot": 100, "/usr": 1500, "/var": 1500}
"""One more initramfs; a driver's closure unpacked; its downloads and the dkms build."""


def space(part: Part, observed: Observed) -> None:
    for path, needed in NEEDED_MIB.items():
        free = (observed["disk"].get(path) or {}).get("free_mib")
        if free is not None and free < needed:
            part.refuse(
                "disk space",
                value=f"{free} MiB free in {path}",
                why=f"the driver's installation needs {needed} MiB there",
                remedy="free some space",
            )


def other_hands(part: Part, observed: Observed) -> None:
    """Files that no package manager knows of: packages would be installed over them, and half of each would stay."""
    runfile, library = observed["driver"].get("runfile"), observed["driver"].get("library")
    if runfile and runfile["installed"]:
        part.refuse(
            "driver",
            value="{} by NVIDIA's own installer ({})".format(
                runfile["version"] or "of unknown version", ", ".join(sorted(runfile["evidence"]))
            ),
            why="its files belong to no package, so that packages would be mixed with them",
            remedy="remove it with nvidia-uninstall, or leave it to others with nvidia_driver_state: unmanaged",
        )
    elif library and not observed["packages"]["driver"] and not observed["packages"]["broken"]:
        part.refuse(
            "driver",
            value="{path} of version {version}".format(**library),
            why="no installed package brought it, so that packages would be mixed with it",
            remedy="remove what brought it (for a .run file: sh NVIDIA-Linux-*.run --uninstall), or leave it to others "
            "with nvidia_driver_state: unmanaged",
        )


def _dkms(request: Request, observed: Observed) -> Optional[Driver]:
    """The driver asked for, where DKMS builds its modules."""
    driver = resolve(request, observed)
    packages = driver.packages if driver else None
    return driver if packages and modules_kind(request["nvidia_driver"], packages) == "dkms" else None


def compiler(part: Part, request: Request, observed: Observed) -> None:
    """The package of dkms brings one, if it is still to come."""
    if observed["kernel"].get("compiler") is False and _dkms(request, observed):
        part.refuse(
            "compiler",
            value="none",
            why="dkms is here, and neither gcc nor cc is in /usr/bin, so that no kernel module can be built",
            remedy="install gcc, or mend the package of dkms, which depends on it",
        )


def secure_boot(part: Part, request: Request, observed: Observed) -> None:
    """Modules that DKMS builds need a key that shim or the firmware trusts."""
    if not observed["secure_boot"]:
        return
    driver = _dkms(request, observed)
    if not driver or not driver.packages:
        return
    efi = observed.get("efi") or {}
    keys = efi.get("module_keys") or ()
    if efi.get("shim_validation") is False or any(key["enrolled"] for key in keys):
        return
    way = "mokutil --import {}, then a reboot and the password at the console".format(
        ", ".join(sorted(key["path"] for key in keys)) or "the key that DKMS makes, /var/lib/dkms/mok.pub"
    )
    if efi.get("enrolment_pending"):
        way = "reboot and confirm at the console the enrolment that waits there"
    signed = driver.packages.signed and driver.packages.modules.get("prebuilt", {}).get(driver.flavour)
    others = "use prebuilt signed modules (nvidia_driver_modules: prebuilt), or " if signed else ""
    part.refuse(
        "Secure Boot",
        value="on",
        why="modules built by dkms are not signed by a key that the firmware trusts, so the kernel rejects them",
        remedy=f"enrol a machine owner key ({way}), or {others}switch Secure Boot off",
    )
