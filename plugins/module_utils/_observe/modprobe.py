# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modprobe's configuration on disk and in the initramfs that boots next. Private to the collection."""

from __future__ import annotations

from .._errors import CommandError, ParseError
from .._parse.boot import parse_boot_entry, parse_command_line, parse_grubenv
from .._parse.initramfs import Image, read_image
from .._parse.modprobe import DIRECTORIES, parse_modprobe
from .context import Context
from .driver_types import Modprobe, ModprobeCommandLine, ModprobeDisk, ModprobeImage, NextCommandLine

_ENTRIES = "/boot/loader/entries"
_ENVIRONMENT = "/boot/grub2/grubenv"
IMAGES = ("/boot/initrd.img-{0}", "/boot/initramfs-{0}.img", "/boot/initrd-{0}")


def _disk(look: Context) -> ModprobeDisk:
    files = {}
    for folder in DIRECTORIES:
        for name in look.root.listdir(folder):
            path = f"{folder}/{name}"
            text = look.root.text(path) if name.endswith(".conf") else None
            if text is not None:
                files[path] = text
    found = parse_modprobe(files)
    return ModprobeDisk(found.blacklist, found.install, found.options, found.files)


def _read(look: Context, path: str) -> Image | None:
    file = look.root.open(path)
    if file is None:
        return None  # the root has noted it
    try:
        with file:
            return read_image(file, look.runner.stream)
    except (ParseError, CommandError) as exc:
        look.note(path, str(exc))
        return None


def _image(look: Context, kernel: str | None) -> ModprobeImage | None:
    if kernel is None:
        return None
    paths = [path for path in (name.format(kernel) for name in IMAGES) if look.root.exists(path)]
    if not paths:
        look.note("initramfs", f"none in /boot for kernel {kernel}")
        return None
    image = _read(look, paths[0])
    if image is None:
        return None
    found = parse_modprobe(image.files)
    return ModprobeImage(paths[0], kernel, image.modules, found.blacklist, found.install, found.options, found.files)


def _command_line(look: Context) -> ModprobeCommandLine:
    found = parse_command_line(look.root.line("/proc/cmdline") or "")
    return ModprobeCommandLine(found.blacklist, found.options)


def _next_command_line(look: Context, kernel: str | None) -> NextCommandLine | None:
    """As the boot loader's entry for this kernel has it, where there are such files."""
    names = [name for name in look.root.listdir(_ENTRIES) if name.endswith(".conf")]
    environment = parse_grubenv(look.root.text(_ENVIRONMENT) or "") if names else {}
    for name in names:
        linux, options = parse_boot_entry(look.root.text(f"{_ENTRIES}/{name}") or "", environment)
        if kernel and linux.endswith(f"-{kernel}"):
            found = parse_command_line(options)
            return NextCommandLine(found.blacklist, found.module_blacklist)
    return None


def modprobe(look: Context, next_kernel: str | None) -> Modprobe:
    return Modprobe(_disk(look), _image(look, next_kernel), _command_line(look), _next_command_line(look, next_kernel))
