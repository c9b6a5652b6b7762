# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/proc/driver/nvidia: version, params and gpus/*/information. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass
from .._errors import ParseError

_MODULE = re.compile(r"NVRM version:.*?Kernel Module(?P<rest>.*)")
_VERSION = re.compile(r"(?<![\w.])\d+\.\d+(?:\.\d+)*(?![\w.])")


@dataclass(frozen=True)
class KernelDriver:
    """The module in memory."""

    version: str
    flavour: str
    """open or proprietary"""


def parse_version(text: str) -> KernelDriver:
    """The version stands behind the words "Kernel Module", in the open flavour behind the architecture."""
    for line in text.splitlines():
        module = _MODULE.match(line)
        if module:
            version = _VERSION.search(module.group("rest"))
            if version is None:
                raise ParseError("/proc/driver/nvidia/version", f"line {line!r}", "no version in it")
            flavour = "open" if "Open Kernel Module" in line else "proprietary"
            return KernelDriver(version.group(0), flavour)
    raise ParseError("/proc/driver/nvidia/version", "whole file", "no line starts with 'NVRM version:'")


def _pairs(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon and name.strip()}


def parse_params(text: str) -> dict[str, str]:
    """Module parameters in force, without the prefix NVreg_; quotes around texts are dropped."""
    return {name: value[1:-1] if re.fullmatch(r'".*"', value) else value for name, value in _pairs(text).items()}


def parse_information(text: str) -> dict[str, str]:
    """What the kernel module says of one GPU."""
    return _pairs(text)
