# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that somebody set up by hand, each well in its own way."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp, persistence, toolkit
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.runtime_types import Handler
from hypothesis import strategies as st

from . import world

Look = Dict[str, Any]
Draw = Callable[[Any], Any]
KERNELS = {"debian": world.KERNEL, "ubuntu": "6.8.0-31-generic"}
MODULES = ("nouveau", "nova_core", "nova", "nova_drm")
HANDLER = {"binary": "/usr/bin/nvidia-container-runtime"}
assert set(HANDLER) == set(Handler.__annotations__)


def driver_packages(system: str, version: str, flavour: str, kind: str) -> List[str]:
    dash_open = "-open" if flavour == "open" else ""
    if system == "debian":
        return ["nvidia-driver-cuda", "nvidia-persistenced", f"nvidia-kernel{dash_open}-dkms", "libcuda1"]
    server = version.split(".", maxsplit=1)[0] + "-server"
    modules = (
        [f"nvidia-dkms-{server}{dash_open}"]
        if kind == "dkms"
        else [f"linux-modules-nvidia-{server}{dash_open}-{end}" for end in ("generic", KERNELS["ubuntu"])]
    )
    headless = f"nvidia-headless-no-dkms-{server}{dash_open}"
    return [headless, f"nvidia-utils-{server}", f"nvidia-compute-utils-{server}", f"libnvidia-cfg1-{server}", *modules]


def _package(name: str, version: str, *, held: bool) -> Look:
    of_kernel = name.startswith("linux-modules-nvidia-")
    return world.package(name, KERNELS["ubuntu"] if of_kernel else version, held=held)


def _persistence(look: Look, draw: Draw) -> None:
    how = draw(st.sampled_from(("vendor", "drop-in", "static", "disabled", "none")))
    unit = look["persistence"]["unit"]
    if how == "drop-in":
        unit["dropins"] = [persistence.DROPIN.replace("50-persistence-mode", "override")]
    elif how == "static":
        unit.update(unit_file_state="static", exec_start="/usr/bin/nvidia-persistenced --no-persistence-mode")
    elif how == "disabled":
        unit.update(unit_file_state="disabled", active_state="inactive")
    elif how == "none":
        look["persistence"]["unit"] = None
    for gpu in look["smi"]["gpus"]:
        gpu["persistence"] = how in ("vendor", "drop-in")


def _firmware_off(look: Look, draw: Draw) -> None:
    how = draw(st.sampled_from(("file", "file and image", "command line")))
    if how == "command line":
        look["kernel"]["cmdline"] = f"ro nvidia.{gsp.OPTION}=0"
    else:
        look["modprobe"]["disk"]["options"]["nvidia"] = {gsp.OPTION: draw(st.sampled_from(("0", "0x00")))}
    if how == "file and image":
        look["modprobe"]["image"]["modules"] = ["nvidia"]
        look["modprobe"]["image"]["options"]["nvidia"] = {gsp.OPTION: "0"}
    look["driver"]["running"]["params"]["EnableGpuFirmware"] = "0"
    for gpu in look["smi"]["gpus"]:
        gpu["gsp_firmware_version"] = None


def _sources(look: Look, draw: Draw) -> None:
    names = ("cuda.list", "cuda-debian12-x86_64.list", "nvidia-container-toolkit.list", "nvidia-docker.list", "x.list")
    ours = draw(st.sampled_from(("none", "all")))
    if ours == "none":
        look["repositories"], look["signing_keys"] = [], []
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        look["repositories"].append({**world.source("x", "https://x"), "path": f"/etc/apt/sources.list.d/{name}"})


def _runtimes(look: Look, draw: Draw) -> None:
    there = draw(st.sampled_from((["containerd"], ["docker"], ["containerd", "docker"], [])))
    for name in ("containerd", "docker"):
        with_handler, default = draw(st.booleans()), draw(st.booleans())
        default = default and with_handler
        if name not in there:
            look["runtimes"][name] = None
        elif name == "containerd":
            look["runtimes"][name].update(
                version=draw(st.sampled_from(("1.6.20", "1.7.27", "2.1.4"))),
                cri_enabled=draw(st.booleans()),
                cdi_enabled=draw(st.booleans()),
                handlers={"runc": {"binary": None}, **({"nvidia": HANDLER} if with_handler else {})},
                default_handler="nvidia" if default else "runc",
            )
        else:
            config: Look = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}} if with_handler else {}
            config.update({"default-runtime": "nvidia"} if default else {})
            config_or_none = config or draw(st.sampled_from((None, {})))
            path = "/etc/docker/daemon.json"
            look["runtimes"][name] = {"version": "28.1.1", "config_path": path, "config": config_or_none, "error": None}


@st.composite
def by_hand(draw: Draw) -> Look:
    look = world.healthy()
    system = draw(st.sampled_from(("debian", "ubuntu")))
    kind = draw(st.sampled_from(("dkms", "prebuilt"))) if system == "ubuntu" else "dkms"
    flavour = draw(st.sampled_from(("open", "proprietary")))
    version = draw(st.sampled_from((world.VERSION, "570.86.15", "535.288.01")))
    kernel, held = KERNELS[system], draw(st.booleans())
    if system == "ubuntu":
        look["os"].update(id="ubuntu", version_id="24.04", codename="noble", pretty="Ubuntu 24.04.3 LTS")
    look["kernel"].update(running=kernel, next=kernel, installed=[kernel], headers=[kernel])
    look["pci"]["gpus"][0]["architecture"] = draw(st.sampled_from(("turing", "ampere", "hopper")))
    look["packages"]["driver"] = [
        _package(name, version, held=held) for name in driver_packages(system, version, flavour, kind)
    ]
    look["driver"]["running"].update(version=version, flavour=flavour)
    look["driver"]["on_disk"][0].update(kernel=kernel, version=version, flavour=flavour)
    toolkit_version = draw(st.sampled_from((None, "1.20.0", "1.19.1", "1.17.8")))
    toolkit_held = draw(st.booleans())
    look["packages"]["toolkit"] = [
        world.package(name, toolkit_version, held=toolkit_held) for name in toolkit.PACKAGES if toolkit_version
    ]
    blocked = list(draw(st.sampled_from((MODULES, MODULES[:1], ()))))
    for place in ("disk", "image"):
        look["modprobe"][place].update(
            blacklist=blocked, files=["/etc/modprobe.d/nvidia.conf"], options={"nouveau": {"modeset": "0"}}
        )
    look["secure_boot"] = draw(st.booleans())
    look["disk"]["/boot"]["free_mib"] = draw(st.integers(1, 900))
    _persistence(look, draw)
    if flavour == "proprietary" and draw(st.booleans()):
        _firmware_off(look, draw)
    _sources(look, draw)
    _runtimes(look, draw)
    return look
