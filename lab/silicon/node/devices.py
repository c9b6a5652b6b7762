# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the kernel's state is visible in /sys, /proc and /dev.

Made under /run/silicon and bound over the real place.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

from lab.silicon.models import MODELS, NVIDIA, NVML_ARCHITECTURES, NVSWITCH_DEVICE
from lab.silicon.node.state import COPY, LIBRARIES, PATH, State

RUN = Path("/run/silicon")
PCI, MODULES, PROC = RUN / "pci", RUN / "module", RUN / "proc-driver"
RULES = (Path("/lib/udev/rules.d/71-nvidia.rules"), Path("/usr/lib/udev/rules.d/71-nvidia.rules"))
DEPENDENTS = ("nvidia_uvm", "nvidia_modeset")
"""Modules that come with the driver and use it."""
PERSISTENCED = "nvidia-persistenced.service"

DEFAULT_PARAMS = (
    (RUN.parent.parent / "usr/lib/silicon/params").read_text().splitlines()
    if Path("/usr/lib/silicon/params").exists()
    else []
)


def _bind(source: Path, target: str) -> None:
    if not os.path.ismount(target):
        subprocess.run(["mount", "--bind", str(source), target], check=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def release() -> str:
    return (RUN / "osrelease").read_text().strip()


def show_release(text: str, options: str) -> None:
    _write(RUN / "osrelease", text + "\n")
    _bind(RUN / "osrelease", "/proc/sys/kernel/osrelease")
    cmdline = RUN / "cmdline"
    _write(cmdline, f"BOOT_IMAGE=/boot/vmlinuz-{text} {options}\n")
    _bind(cmdline, "/proc/cmdline")


def show_boot_id(text: str) -> None:
    """Only where the node's entry script has not done it."""
    if not os.path.ismount("/proc/sys/kernel/random/boot_id"):
        _write(RUN / "boot_id", text + "\n")
        _bind(RUN / "boot_id", "/proc/sys/kernel/random/boot_id")


def _device(bus_id: str, **files: str) -> None:
    for name, text in files.items():
        _write(PCI / "devices" / bus_id / name, text + "\n")
    (PCI / "devices" / bus_id / "config").write_bytes(bytes(256))
    _write(PCI / "devices" / bus_id / "resource", "0x0000000000000000 0x0000000000000000 0x0000000000000000\n" * 13)


def _link(bus_id: str, driver: str) -> None:
    link = PCI / "devices" / bus_id / "driver"
    if link.is_symlink():
        link.unlink()
    if driver:
        (PCI / "drivers" / driver).mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../../drivers/{driver}")


def bound() -> str:
    """The driver of the kernel's own that holds the cards."""
    names = {path.name for path in MODULES.iterdir()} if MODULES.exists() else set()
    return next((name for name in ("nouveau", "nova_core") if name in names), "")


def show(hardware: dict[str, list[dict[str, str]]], state: State, taken: dict[str, dict[str, str]]) -> None:
    """The PCI tree and the loaded modules, without the NVIDIA driver."""
    common = {"numa_node": "0", "enable": "1", "local_cpulist": "0-1", "revision": "0xa1", "irq": "0"}
    for gpu in hardware["gpus"]:
        model = MODELS[gpu["model"]]
        _device(
            gpu["bus_id"],
            vendor=f"0x{NVIDIA}",
            device=f"0x{model.device}",
            subsystem_vendor=f"0x{NVIDIA}",
            subsystem_device=f"0x{model.subsystem}",
            **{"class": model.pci_class},
            **common,
        )
        _link(gpu["bus_id"], next(iter(taken), ""))
    for bus_id in hardware["nvswitches"]:
        _device(
            str(bus_id),
            vendor=f"0x{NVIDIA}",
            device=f"0x{NVSWITCH_DEVICE}",
            subsystem_vendor=f"0x{NVIDIA}",
            subsystem_device="0x1796",
            **{"class": "0x068000"},
            **common,
        )
    for other in hardware["other"]:
        _device(
            other["bus_id"],
            vendor="0x" + other["vendor"].removeprefix("0x"),
            device="0x" + other["device"].removeprefix("0x"),
            subsystem_vendor="0x0000",
            subsystem_device="0x0000",
            **{"class": other["class"]},
            boot_vga=str(int(other["driver"] == "ast")),
            **common,
        )
        _link(other["bus_id"], other["driver"])
    MODULES.mkdir(parents=True, exist_ok=True)
    if not os.path.ismount("/sys/module"):
        for path in Path("/sys/module").iterdir():
            (MODULES / path.name).mkdir(exist_ok=True)
    for name, info in taken.items():
        _module(name, info)
    PROC.mkdir(parents=True, exist_ok=True)
    (PCI / "drivers").mkdir(parents=True, exist_ok=True)
    (PCI / "devices").mkdir(parents=True, exist_ok=True)
    _write(PATH, "")
    _bind(PCI / "devices", "/sys/bus/pci/devices")
    _bind(PCI / "drivers", "/sys/bus/pci/drivers")
    _bind(MODULES, "/sys/module")
    _bind(PROC, "/proc/driver")


def _module(name: str, info: dict[str, str]) -> None:
    _write(MODULES / name / "initstate", "live\n")
    _write(MODULES / name / "refcnt", "0\n")
    for key in ("version", "srcversion"):
        if key in info:
            _write(MODULES / name / key, info[key] + "\n")


def show_driver(
    hardware: dict[str, list[dict[str, str]]],
    cards: list[dict[str, str]],
    info: dict[str, str],
    flavour: str,
    gsp: bool,
    options: dict[str, str],
) -> None:
    version = info["version"]
    for name in ("nvidia", *DEPENDENTS):
        _module(name, info)
    for name in DEPENDENTS:
        _write(MODULES / "nvidia/holders" / name, "")
    _write(MODULES / "nvidia/refcnt", f"{len(DEPENDENTS)}\n")
    title = "NVIDIA UNIX Open Kernel Module for x86_64" if flavour == "open" else "NVIDIA UNIX x86_64 Kernel Module"
    _write(
        PROC / "nvidia/version",
        f"NVRM version: {title}  {version}  Release Build  (buildd@lab)  \n"
        "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14) \n",
    )
    _write(PROC / "nvidia/params", _params(options))
    _write(PROC / "nvidia/registry", 'Binary: ""\n')
    lines = [f"driver\t{version}\t{flavour}\t{int(gsp)}", f"switches\t{len(hardware['nvswitches'])}"]
    for minor, gpu in enumerate(cards):
        model = MODELS[gpu["model"]]
        firmware = version if gsp else "N/A"
        _write(
            PROC / f"nvidia/gpus/{gpu['bus_id']}/information",
            f"Model: \t\t {model.name}\nIRQ:   \t\t {40 + minor}\nGPU UUID: \t {gpu['uuid']}\n"
            f"Video BIOS: \t {model.vbios.lower()}\nBus Type: \t PCIe\nDMA Size: \t 52 bits\n"
            f"DMA Mask: \t 0xfffffffffffff\nBus Location: \t {gpu['bus_id']}\nDevice Minor: \t {minor}\n"
            f"GPU Firmware: \t {firmware}\nGPU Excluded:\t No\n",
        )
        _link(gpu["bus_id"], "nvidia")
        _node(f"/dev/nvidia{minor}", 195, minor)
        native = [
            model.name,
            model.compute_cap,
            str(model.memory_mib),
            str(NVML_ARCHITECTURES[model.architecture]),
            str(int(model.mig)),
            model.device,
            model.subsystem,
            str(model.reserved_mib),
        ]
        lines.append("\t".join(["gpu", str(minor), gpu["bus_id"], gpu["uuid"], gpu["serial"], gpu["model"], *native]))
    _node("/dev/nvidiactl", 195, 255)
    _node("/dev/nvidia-modeset", 195, 254)
    _node("/dev/nvidia-uvm", 238, 0)
    _node("/dev/nvidia-uvm-tools", 238, 1)
    majors = "".join(
        f"{major:3} {name}\n"
        for major, name in ((195, "nvidia"), (195, "nvidia-modeset"), (195, "nvidiactl"), (238, "nvidia-uvm"))
    )
    if not os.path.ismount("/proc/devices"):
        head, _newline, tail = Path("/proc/devices").read_text().partition("\n")
        _write(RUN / "devices", f"{head}\n{majors}{tail}")
        _bind(RUN / "devices", "/proc/devices")
    text = "\n".join(lines) + "\n"
    _write(PATH, text)
    for folder in LIBRARIES:
        for path in folder.glob(COPY.format("*")):
            path.write_text(text)


def _params(options: dict[str, str]) -> str:
    given = {key.removeprefix("NVreg_"): value for key, value in options.items()}
    lines = []
    for line in DEFAULT_PARAMS:
        name = line.split(":", 1)[0]
        source = {"RmProfilingAdminOnly": "RestrictProfilingToAdminUsers"}.get(name, name)
        lines.append(f"{name}: {given[source]}" if source in given else line)
    return "\n".join(lines) + "\n"


def _node(path: str, major: int, minor: int) -> None:
    if not Path(path).exists():
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        Path(path).chmod(0o666)


def loaded(name: str) -> bool:
    return (MODULES / name / "initstate").exists()


def users(name: str) -> list[str]:
    """The loaded modules that use this one."""
    folder = MODULES / name / "holders"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def forget_module(name: str, nodes: str) -> None:
    shutil.rmtree(MODULES / name, ignore_errors=True)
    nvidia = MODULES / "nvidia"
    (nvidia / "holders" / name).unlink(missing_ok=True)
    if nvidia.exists():
        _write(nvidia / "refcnt", f"{len(users('nvidia'))}\n")
    for path in Path("/dev").glob(nodes):
        path.unlink()


def forget_driver() -> None:
    forget_module("nvidia", "nvidia*")
    shutil.rmtree(PROC / "nvidia", ignore_errors=True)


def start_what_udev_would() -> None:
    """No udev event comes from bound files: start what the vendor's rule asks for when the driver binds."""
    if any(rule.exists() and PERSISTENCED in rule.read_text() for rule in RULES):
        subprocess.run(["systemctl", "--no-block", "start", PERSISTENCED], check=False)
