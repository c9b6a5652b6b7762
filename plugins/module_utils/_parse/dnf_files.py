# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnf's own files: repositories, and the module streams that are enabled. Private to the collection."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

from .._dataclass import dataclass

_TRUE = ("1", "yes", "true", "on")


@dataclass(frozen=True)
class DnfRepository:
    """One section of a .repo file. None: as dnf.conf has it."""

    id: str
    uris: Tuple[str, ...]
    """Base addresses, else the list of mirrors"""
    keys: Tuple[str, ...]
    enabled: bool
    package_check: Optional[bool]
    metadata_check: Optional[bool]


def parse_sections(text: str) -> Dict[str, Dict[str, str]]:
    """Section → option → value; a line that begins with a blank continues the value above."""
    sections: Dict[str, Dict[str, str]] = {}
    here: Dict[str, str] = {}
    option = ""
    for line in text.splitlines():
        word = line.strip()
        if not word or word[0] in "#;":
            continue
        if word.startswith("[") and "]" in word:
            here = sections.setdefault(word[1 : word.index("]")].strip(), {})
            option = ""
        elif line[0] in " \t" and option:
            here[option] += "\n" + word
        else:
            name, equals, value = word.partition("=")
            option = name.strip().lower() if equals else ""
            if option:
                here[option] = value.strip()
    return sections


def _switch(values: Mapping[str, str], name: str) -> Optional[bool]:
    return values[name].lower() in _TRUE if name in values else None


def _words(value: str) -> List[str]:
    return value.replace(",", " ").split()


def parse_repositories(text: str) -> Tuple[DnfRepository, ...]:
    """A .repo file."""
    found = []
    for name, values in parse_sections(text).items():
        address = values.get("baseurl") or values.get("metalink") or values.get("mirrorlist") or ""
        found.append(
            DnfRepository(
                id=name,
                uris=tuple(_words(address)),
                keys=tuple(_words(values.get("gpgkey", ""))),
                enabled=_switch(values, "enabled") is not False,
                package_check=_switch(values, "gpgcheck"),
                metadata_check=_switch(values, "repo_gpgcheck"),
            )
        )
    return tuple(found)


def parse_streams(text: str) -> Dict[str, str]:
    """Module → its enabled stream, of a file in /etc/dnf/modules.d."""
    sections = parse_sections(text).items()
    return {name: one["stream"] for name, one in sections if one.get("state") == "enabled" and one.get("stream")}
