# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GSP firmware: on by default, off where the driver allows it. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Optional, Tuple

from .._compat.architectures import ARCHITECTURES, FIRST_BRANCH_WITHOUT_PROPRIETARY
from .driver_request import architectures, resolve
from .types import AS_IT_IS, OF_OTHERS, Observed, Part, Request

COMPONENT = "nvidia_gsp"
PATH = "/etc/modprobe.d/baremetal-gpu-gsp.conf"
OPTION = "NVreg_EnableGpuFirmware"
CONTENT = f"options nvidia {OPTION}=0\n"
_COMMAND_LINE = re.compile(rf"(?:^|\s)nvidia\.{OPTION}=(\S+)")
_BRANCH = re.compile(r"[0-9]{3}")
_ZERO = re.compile(r"0+|0[xX]0+")


def _option(configuration: Mapping[str, Any]) -> Optional[str]:
    found: Optional[str] = configuration["options"].get("nvidia", {}).get(OPTION)
    return found


def _on_command_line(observed: Observed) -> Optional[str]:
    """The option on the kernel's command line, where modprobe reads it after every file."""
    found = _COMMAND_LINE.findall(str(observed["kernel"].get("cmdline") or ""))
    return str(found[-1]) if found else None


def _is_zero(value: Optional[str]) -> bool:
    return bool(_ZERO.fullmatch(value or ""))


def compare(request: Request, observed: Observed) -> Part:
    """The option on disk and in the initramfs if that holds the module; the proof is what nvidia-smi reports."""
    part = Part(COMPONENT)
    off = request[COMPONENT]["mode"] == "disabled"
    disk, image = observed["modprobe"]["disk"], observed["modprobe"]["image"]
    forced = _on_command_line(observed)
    wins = off and forced is not None and not _is_zero(forced)
    if wins:
        part.refuse(
            "mode",
            value="disabled",
            why=f"the kernel's command line sets nvidia.{OPTION}={forced}, which wins over every file",
            remedy="take it from the command line, or set nvidia_gsp_mode to default",
        )
    if off:
        _refuse(part, request, observed)
    elif PATH not in disk["files"] and _is_zero(forced or _option(disk)):
        _refuse_default(part, request, observed)
    places = [("modprobe configuration", disk)]
    if image and "nvidia" in image["modules"]:
        places.append(("initramfs " + image["path"], image))
    for subject, configuration in places:
        have = forced or _option(configuration)
        if off and not wins and not _is_zero(have):
            part.drift(subject, want=OPTION + "=0", have=have or "not set", why="nvidia_gsp_mode is disabled")
        elif not off and PATH in configuration["files"]:
            part.drift(subject, want=OPTION + " not set", have=PATH, why="nvidia_gsp_mode is default")
    # Switched off by another's hand it stays so, without a file of ours beside that.
    by_others = off and not part.drifts and PATH not in disk["files"]
    part.actions = {
        "state": AS_IT_IS if by_others else "present" if off else "absent",
        "path": PATH,
        "content": CONTENT,
    }
    part.actions["initramfs"] = any(drift.subject.startswith("initramfs") for drift in part.drifts)
    if observed["driver"]["running"] is not None and not part.refusals:
        _running(part, off, observed)
    return part


def _refuse_default(part: Part, request: Request, observed: Observed) -> None:
    flavour, _branch = _driver(request, observed)
    if flavour != "proprietary":
        return  # which ignore the option
    part.refuse(
        "mode",
        value="default",
        why=f"{OPTION}=0 comes from a file of somebody else or the kernel's command line: the firmware stays off",
        remedy="set nvidia_gsp_mode to disabled, or take the option away",
    )


def _driver(request: Request, observed: Observed) -> Tuple[Optional[str], int]:
    """Flavour and branch: of the driver asked for, or of the one that somebody else looks after."""
    running = observed["driver"]["running"]
    if request["nvidia_driver"]["state"] == "absent":
        return None, 0
    if request["nvidia_driver"]["state"] in OF_OTHERS:
        branch = _BRANCH.match(running["version"] if running else "")
        return (running["flavour"] if running else None), int(branch.group()) if branch else 0
    driver = resolve(request, observed)
    return (driver.flavour, driver.branch) if driver else (None, 0)


def _refuse(part: Part, request: Request, observed: Observed) -> None:
    flavour, branch = _driver(request, observed)
    remedy = "set nvidia_gsp_mode to default"
    if flavour == "open":
        part.refuse(
            "mode",
            value="disabled",
            why="the open kernel modules always run the GSP firmware and ignore " + OPTION,
            remedy=remedy + ", or nvidia_driver_flavour to proprietary",
        )
    if branch >= FIRST_BRANCH_WITHOUT_PROPRIETARY:
        part.refuse(
            "mode",
            value="disabled",
            why=f"branch {branch} has open kernel modules only, which always run the GSP firmware",
            remedy=remedy,
        )
    for name, gpus in architectures(observed).items():
        if not ARCHITECTURES[name].gsp_can_be_off:
            part.refuse(
                "mode",
                value="disabled",
                why="{} GPUs ({}) do not run without GSP firmware".format(ARCHITECTURES[name].title, ", ".join(gpus)),
                remedy=remedy,
            )


def _running(part: Part, off: bool, observed: Observed) -> None:
    on: List[str] = sorted(str(gpu["bus_id"]) for gpu in observed["smi"]["gpus"] if gpu["gsp_firmware_version"])
    if off and on:
        part.drift(
            "GSP firmware",
            want="off",
            have="runs on " + ", ".join(on),
            why="the module reads the option when it is loaded",
            needs_reboot=True,
        )
    elif (
        not off
        and observed["driver"]["running"]["params"].get("EnableGpuFirmware") == "0"
        and observed["driver"]["running"]["flavour"] == "proprietary"
    ):
        part.drift(
            "GSP firmware",
            want="driver's default",
            have="off",
            why=f"the module was loaded with {OPTION}=0",
            needs_reboot=True,
        )
