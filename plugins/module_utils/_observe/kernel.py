# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels, and which one boots next. Private to the collection."""

from __future__ import annotations

import re

from .._parse.boot import kernel_of_entry, parse_grub_default, parse_grubenv
from .._parse.debian_version import version_key
from .context import Context
from .types import Kernel

_IMAGES = ("vmlinuz-", "Image-")
_IN_TREE = ("vmlinuz", "Image")
_ENVIRONMENTS = ("/boot/grub2/grubenv", "/boot/grub/grubenv")
_DEFAULTS = "/etc/default/grub"
_COMPILER = re.compile(r"gcc(-\d+)?|cc")


def _installed(look: Context) -> list[str]:
    """Images in /boot, and those that stay beside their modules."""
    names = [name for name in look.root.listdir("/boot") if name.startswith(_IMAGES)]
    found = {name.partition("-")[2] for name in names if "rescue" not in name and not name.endswith((".old", ".hmac"))}
    for kernel in look.root.listdir("/lib/modules"):
        if any(look.root.exists(f"/lib/modules/{kernel}/{image}") for image in _IN_TREE):
            found.add(kernel)
    return sorted(found, key=version_key)


def _entries(look: Context) -> list[tuple[str, str]]:
    """What GRUB was told to start, in the order in which it heeds that."""
    environment: dict[str, str] = {}
    for path in _ENVIRONMENTS:
        environment.update(parse_grubenv(look.root.text(path) or ""))
    folder = _DEFAULTS + ".d"
    files = [_DEFAULTS, *(f"{folder}/{name}" for name in look.root.listdir(folder) if name.endswith(".cfg"))]
    default = parse_grub_default("\n".join(look.root.text(path) or "" for path in files)) or ""
    saved = ("saved_entry", environment.get("saved_entry", "")) if default == "saved" else ("GRUB_DEFAULT", default)
    return [("next_entry", environment.get("next_entry", "")), saved]


def _next(look: Context, installed: list[str]) -> tuple[str, str]:
    """The kernel and what chose it: GRUB's settings where they name one, else it is the newest."""
    for name, entry in _entries(look):
        kernel = kernel_of_entry(entry, installed)
        if kernel:
            return kernel, "grub " + name
        if entry not in ("", "0"):
            look.note("boot loader", f"{name} is {entry!r}, which names no kernel here; the newest is taken")
    return installed[-1], "newest"


def _compiler(look: Context) -> bool | None:
    """Where dkms is there, whose package brings one."""
    return any(map(_COMPILER.fullmatch, look.root.listdir("/usr/bin"))) if look.program("dkms") else None


def kernel(look: Context) -> Kernel:
    root = look.root
    running = root.line("/proc/sys/kernel/osrelease")
    installed = _installed(look)
    if not installed:
        look.note("/boot", "no kernel image there; the running kernel is taken for the next one")
    if running and root.isdir("/lib/modules") and not root.isdir(f"/lib/modules/{running}"):
        look.note(f"/lib/modules/{running}", "absent: no module can be loaded into the running kernel")
    following, chosen_by = _next(look, installed) if installed else (running, "running")
    candidates = sorted({*installed, *([running] if running else [])}, key=version_key)
    return Kernel(
        running=running,
        next=following,
        installed=tuple(installed),
        headers=tuple(name for name in candidates if root.isdir(f"/lib/modules/{name}/build")),
        cmdline=root.line("/proc/cmdline") or "",
        boot_id=root.line("/proc/sys/kernel/random/boot_id"),
        newest=installed[-1] if installed else None,
        chosen_by=chosen_by,
        compiler=_compiler(look),
    )
