# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GSP firmware: on by default, off where the driver allows it. Private to the collection."""

from __future__ import annotations

from typing import Any, List, Mapping

from .._compat.architectures import ARCHITECTURES, FIRST_BRANCH_WITHOUT_PROPRIETARY
from .driver_request import architectures, resolve
from .types import Observed, Part, Request

COMPONENT = "nvidia_gsp"
PATH = "/etc/modprobe.d/baremetal-gpu-gsp.conf"
OPTION = "NVreg_EnableGpuFirmware"
CONTENT = f"options nvidia {OPTION}=0\n"


def _option(configuration: Mapping[str, Any]) -> Any:
    return configuration["options"].get("nvidia", {}).get(OPTION)


def compare(request: Request, observed: Observed) -> Part:
    """The option on disk and in the initramfs if that holds the module; the proof is what nvidia-smi reports."""
    part = Part(COMPONENT)
    off = request[COMPONENT]["mode"] == "disabled"
    part.actions = {"state": "present" if off else "absent", "path": PATH, "content": CONTENT}
    if off:
        _refuse(part, request, observed)
    disk, image = observed["modprobe"]["disk"], observed["modprobe"]["image"]
    places = [("modprobe configuration", disk)]
    if image and "nvidia" in image["modules"]:
        places.append(("initramfs " + image["path"], image))
    for subject, configuration in places:
        have = _option(configuration)
        if off and have != "0":
            part.drift(subject, want=OPTION + "=0", have=have or "not set", why="nvidia_gsp_mode is disabled")
        elif not off and PATH in configuration["files"]:
            part.drift(subject, want=OPTION + " not set", have=PATH, why="nvidia_gsp_mode is default")
    part.actions["initramfs"] = any(drift.subject.startswith("initramfs") for drift in part.drifts)
    if observed["driver"]["running"] is not None:
        _running(part, off, observed)
    return part


def _refuse(part: Part, request: Request, observed: Observed) -> None:
    driver = resolve(request, observed)
    remedy = "set nvidia_gsp_mode to default"
    if driver is None:
        return
    if driver.flavour == "open":
        part.refuse(
            "mode",
            value="disabled",
            why="the open kernel modules always run the GSP firmware and ignore " + OPTION,
            remedy=remedy + ", or nvidia_driver_flavour to proprietary",
        )
    if driver.branch >= FIRST_BRANCH_WITHOUT_PROPRIETARY:
        part.refuse(
            "mode",
            value="disabled",
            why=f"branch {driver.branch} has open kernel modules only, which always run the GSP firmware",
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
    on: List[str] = [gpu["bus_id"] for gpu in observed["smi"]["gpus"] if gpu["gsp_firmware_version"]]
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
