# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""modprobe's configuration: files of modprobe.d and what they add up to. Private to the collection."""

from __future__ import annotations

import re
from typing import Mapping

from .._dataclass import dataclass

DIRECTORIES = (
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
)
"""In order of precedence: a file hides those of the same name further down."""
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')


@dataclass(frozen=True)
class Configuration:
    """What modprobe makes of all files together. Module names have underscores, never dashes."""

    blacklist: tuple[str, ...]
    install: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    softdeps: Mapping[str, str]
    files: tuple[str, ...]


def _module(name: str) -> str:
    return name.replace("-", "_")


def _statements(text: str) -> list[list[str]]:
    """Command, module, rest; comments and incomplete lines left out, continued lines joined."""
    joined = text.replace("\\\n", " ")
    lines = (line.strip() for line in joined.splitlines())
    return [line.split(None, 2) for line in lines if line and not line.startswith("#") and len(line.split()) > 1]


def parse_options(text: str) -> dict[str, str]:
    """`a=1 b="x y" c` of an options line; a bare name has an empty value."""
    options = {}
    for word in _WORD.findall(text):
        name, _equals, value = word.replace('"', "").partition("=")
        options[name] = value
    return options


def effective_files(paths: list[str]) -> list[str]:
    """The files that count, in the order in which modprobe reads them: by name, hidden ones left out."""
    chosen: dict[str, str] = {}
    for directory in DIRECTORIES:
        for path in paths:
            parent, _slash, name = path.rpartition("/")
            if parent == directory and name.endswith(".conf"):
                chosen.setdefault(name, path)
    return [chosen[name] for name in sorted(chosen)]


def parse_modprobe(files: Mapping[str, str]) -> Configuration:
    """Path → text of all files of modprobe.d directories, in any order."""
    blacklist: list[str] = []
    install: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    softdeps: dict[str, str] = {}
    paths = effective_files(list(files))
    for path in paths:
        for command, module, *rest in _statements(files[path]):
            argument = rest[0] if rest else ""
            name = _module(module)
            if command == "blacklist":
                blacklist.append(name)
            elif command == "install":
                install[name] = argument
            elif command == "options":
                options.setdefault(name, {}).update(parse_options(argument))
            elif command == "softdep":
                softdeps[name] = argument
    return Configuration(tuple(sorted(set(blacklist))), install, options, softdeps, tuple(paths))
