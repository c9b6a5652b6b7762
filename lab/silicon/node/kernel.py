# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays the kernel on a node: what a boot loads, and what modprobe and rmmod do afterwards."""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path

from lab.silicon.models import MODELS
from lab.silicon.node import devices, inuse, loader, modconf
from lab.silicon.node.state import State, read

ROOT = Path("/")
OWN = ("nouveau", "nova_core")
"""The kernel's own drivers that bind NVIDIA cards."""
PARTS = ("nvidia_uvm", "nvidia_modeset", "nvidia_drm", "nvidia_peermem")


def version_key(release: str) -> list[tuple[int, int | str]]:
    return [
        (0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"[.\-+~]|(?<=\d)(?=\D)", release) if part
    ]


def next_kernel() -> str:
    """What the boot loader starts."""
    chosen = loader.chosen()
    if chosen:
        return chosen
    releases = [path.name.removeprefix("vmlinuz-") for path in (ROOT / "boot").glob("vmlinuz-*")]
    return max(releases, key=version_key) if releases else "0-none"


def module_file(release: str, name: str) -> Path | None:
    """The module that depmod would choose: updates first, then EL's extra."""
    base = ROOT / "lib/modules" / release
    found = [path for suffix in ("", ".zst", ".xz") for path in base.rglob(f"{name.replace('_', '[-_]')}.ko{suffix}")]
    return min(found, key=lambda path: ("updates" not in path.parts, "extra" not in path.parts)) if found else None


def modinfo(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    if path.suffix in (".zst", ".xz"):
        data = modconf._decompress(data)
    return {
        k.decode(): v.decode() for k, v in re.findall(rb"\0?(version|license|srcversion|vermagic)=([^\0]*)\0", data)
    }


def hardware() -> dict[str, list]:  # type: ignore[type-arg]  # JSON
    content = json.loads((ROOT / "etc/silicon/hardware.json").read_text())
    return {key: content.get(key, []) for key in ("gpus", "nvswitches", "other")}


def cmdline_blocked() -> set[str]:
    text = (ROOT / "proc/cmdline").read_text()
    return {
        name.replace("-", "_")
        for value in re.findall(r"(?:modprobe\.blacklist|rd\.driver\.blacklist|module_blacklist)=(\S+)", text)
        for name in value.split(",")
    }


def boot() -> None:
    release = next_kernel()
    images = (ROOT / f"boot/initrd.img-{release}", ROOT / f"boot/initramfs-{release}.img")
    image = next((image for image in images if image.exists()), images[0])
    disk = modconf.on_disk(ROOT)
    early, held = modconf.in_image(image) if image.exists() else (disk, set())
    devices.show_release(release, loader.options(release))
    devices.show_boot_id(str(uuid.uuid4()))
    taken: dict[str, dict[str, str]] = {}
    for name in OWN:
        path = module_file(release, name)
        if path and name not in early.blocked | cmdline_blocked() and hardware()["gpus"]:
            taken[name] = modinfo(path)
            break
    devices.show(hardware(), State(), taken)
    if not taken and hardware()["gpus"] and "nvidia" not in disk.blocked:
        load(early.options if "nvidia" in held else disk.options, quiet=True)


def load(options: dict[str, dict[str, str]], *, quiet: bool = False) -> int:
    """Load nvidia for the running kernel."""
    if read().version:
        return 0
    release = devices.release()
    path = module_file(release, "nvidia")
    if path is None:
        return 0 if quiet else fail(f"modprobe: FATAL: Module nvidia not found in directory /lib/modules/{release}")
    bound = devices.bound()
    if bound:
        return 0 if quiet else fail("modprobe: ERROR: could not insert 'nvidia': No such device")
    info = modinfo(path)
    flavour = "open" if "GPL" in info["license"] else "proprietary"
    branch = int(info["version"].split(".")[0])
    cards = []
    for gpu in hardware()["gpus"]:
        model = MODELS[gpu["model"]]
        drives = model.open_modules if flavour == "open" else model.proprietary_modules
        if info["version"] in gpu.get("refuses", ()):
            continue
        if drives and model.first_branch <= branch <= model.last_branch:
            cards.append(gpu)
    if not cards:
        return 0 if quiet else fail("modprobe: ERROR: could not insert 'nvidia': No such device")
    given = options.get("nvidia", {})
    off = given.get("NVreg_EnableGpuFirmware") == "0"
    gsp = flavour == "open" or not off or branch >= 620 or not all(MODELS[gpu["model"]].gsp_can_be_off for gpu in cards)
    gsp = gsp and all(MODELS[gpu["model"]].architecture != "Volta" for gpu in cards)
    devices.show_driver(hardware(), cards, info, flavour, gsp, given)
    devices.start_what_udev_would()
    return 0


NODES = {"nvidia": "nvidia", "nvidia_uvm": "nvidia-uvm", "nvidia_modeset": "nvidia-modeset"}
"""Module → how its device files begin."""


def unload(name: str, command: str = "modprobe: FATAL:") -> int:
    if name not in NODES or not devices.loaded(name):
        return 0
    users = devices.users(name)
    if users:
        return fail(f"{command} Module {name} is in use by: {' '.join(users)}")
    if inuse.opened(f"/dev/{NODES[name]}"):
        return fail(f"{command} Module {name} is in use.")
    if name == "nvidia":
        devices.show(hardware(), State(), {})
        devices.forget_driver()
    else:
        devices.forget_module(name, f"{NODES[name]}*")
    return 0


def fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def _names(arguments: list[str]) -> list[str]:
    return [word.replace("-", "_") for word in arguments if not word.startswith("-") and "=" not in word]


def modprobe(arguments: list[str]) -> int:
    names = _names(arguments)
    options = {
        k: v
        for k, _equals, v in (word.partition("=") for word in arguments if "=" in word and not word.startswith("-"))
    }
    remove = any(word in ("-r", "--remove") for word in arguments)
    for name in names:
        if remove:
            rc = unload(name)
        elif name == "nvidia" or name in PARTS:
            config = modconf.on_disk(ROOT).options
            config.setdefault("nvidia", {}).update(options if name == "nvidia" else {})
            rc = load(config)
        else:
            rc = fail(f"modprobe: ERROR: could not insert '{name}': Device or resource busy")
        if rc:
            return rc
    return 0


def main(argv: list[str]) -> int:
    command, rest = argv[0], argv[1:]
    if command == "boot":
        boot()
        return 0
    if command == "modprobe":
        return modprobe(rest)
    if command == "rmmod":
        return next((rc for rc in (unload(name, "rmmod: ERROR:") for name in _names(rest)) if rc), 0)
    return fail(f"kernel: no command {command}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
