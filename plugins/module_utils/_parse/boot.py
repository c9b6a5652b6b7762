# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told to the boot loader and to the kernel. Private to the collection."""

from __future__ import annotations

import re
from typing import Iterable, Mapping

from .._dataclass import dataclass

_DEFAULT = re.compile(r"^[ \t]*GRUB_DEFAULT=(?:\"([^\"]*)\"|'([^']*)'|(\S*))", re.MULTILINE)
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_MODULE = re.compile(r"[A-Za-z_][\w-]*")
MODULE_BLACKLIST = "module_blacklist"
_BLACKLIST = ("modprobe.blacklist", MODULE_BLACKLIST, "rd.driver.blacklist")
_VARIABLE = re.compile(r"\$(\w+)")


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


def parse_boot_entry(text: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The kernel's path and its arguments in an entry of the boot loader; GRUB's variables are filled in."""
    fields = [line.split(None, 1) for line in text.splitlines()]
    pairs = [(words[0], words[1].strip()) for words in fields if len(words) == 2]
    linux = next((value for key, value in pairs if key == "linux"), "")
    options = " ".join(value for key, value in pairs if key == "options")
    return linux, _VARIABLE.sub(lambda found: environment.get(found[1], ""), options)


@dataclass(frozen=True)
class CommandLine:
    """What the kernel's command line asks of modules. Names have underscores."""

    blacklist: tuple[str, ...]
    options: Mapping[str, Mapping[str, str]]
    module_blacklist: tuple[str, ...] = ()
    """Those of the argument with this name, as they stand there"""


def parse_command_line(text: str) -> CommandLine:
    """`module.option=value`, and the three ways to keep a module from loading."""
    blacklist: set[str] = set()
    by_kernel: tuple[str, ...] = ()
    options: dict[str, dict[str, str]] = {}
    for word in _WORD.findall(text):
        if word == "--":
            break  # the rest is for init
        name, _equals, value = word.replace('"', "").partition("=")
        if name in _BLACKLIST:
            modules = tuple(module.replace("-", "_") for module in value.split(",") if module)
            blacklist.update(modules)
            by_kernel = modules if name == MODULE_BLACKLIST else by_kernel
            continue
        module, dot, option = name.partition(".")
        if dot and option and _MODULE.fullmatch(module):
            options.setdefault(module.replace("-", "_"), {})[option] = value
    return CommandLine(tuple(sorted(blacklist)), options, by_kernel)
