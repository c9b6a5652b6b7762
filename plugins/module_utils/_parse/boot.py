# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told to the boot loader and to the kernel. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Mapping

_DEFAULT = re.compile(r"^[ \t]*GRUB_DEFAULT=(?:\"([^\"]*)\"|'([^']*)'|(\S*))", re.MULTILINE)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_MODULE = re.compile(r"[A-Za-z_][\w-]*")
_BLACKLIST = ("modprobe.blacklist", "module_blacklist", "rd.driver.blacklist")


def parse_grubenv(text: str) -> dict[str, str]:
    """GRUB's environment block: a comment, assignments, and padding of `#`."""
    pairs = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, equals, value in pairs if equals}


def parse_grub_default(text: str) -> str | None:
    """GRUB_DEFAULT of /etc/default/grub and its drop-ins in one text; the last one counts."""
    found = _DEFAULT.findall(text)
    return "".join(found[-1]) if found else None


def kernel_of_entry(entry: str, kernels: Iterable[str]) -> str | None:
    """The kernel that a menu entry's title or id names; of several that fit, the longest name."""
    named = [kernel for kernel in kernels if re.search(rf"(?<![\w.]){re.escape(kernel)}(?![\w.])", entry)]
    return max(named, key=len) if named else None


@dataclass(frozen=True)
class CommandLine:
    """What the kernel's command line asks of modules. Names have underscores."""

    blacklist: tuple[str, ...]
    options: Mapping[str, Mapping[str, str]]


def parse_command_line(text: str) -> CommandLine:
    """`module.option=value`, and the three ways to keep a module from loading."""
    blacklist: set[str] = set()
    options: dict[str, dict[str, str]] = {}
    for word in _WORD.findall(text):
        if word == "--":
            break  # the rest is for init
        name, _equals, value = word.replace('"', "").partition("=")
        if name in _BLACKLIST:
            blacklist |= {module.replace("-", "_") for module in value.split(",") if module}
            continue
        module, dot, option = name.partition(".")
        if dot and option and _MODULE.fullmatch(module):
            options.setdefault(module.replace("-", "_"), {})[option] = value
    return CommandLine(tuple(sorted(blacklist)), options)
