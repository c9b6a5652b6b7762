# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt says: available versions and simulated transactions. Private to the collection."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from .._dataclass import dataclass

_INST = re.compile(r"Inst (\S+)(?: \[([^\]]+)\])? \((\S+)")
_UNMET = re.compile(r"Depends: (\S+)(?: \(= (\S+)\))? but it is not")
_REMV = re.compile(r"(?:Remv|Purg) (\S+)(?: \[([^\]]+)\])?")


@dataclass(frozen=True)
class Install:
    """One package that a transaction unpacks; `old` is None for a new one."""

    name: str
    old: Optional[str]
    new: str


@dataclass(frozen=True)
class Transaction:
    """A simulated `apt-get install`."""

    installs: Tuple[Install, ...]
    removals: Tuple[str, ...]


def upstream(version: str) -> str:
    """A Debian version without epoch and revision."""
    return version.split(":", 1)[-1].rsplit("-", 1)[0]


def parse_unmet(text: str) -> Dict[str, Optional[str]]:
    """`apt-get --simulate install` of what cannot be: package that is missing → the one version that would do."""
    return {match.group(1).split(":")[0]: match.group(2) for match in _UNMET.finditer(text)}


def parse_madison(text: str) -> Dict[str, List[str]]:
    """`apt-cache madison`: package → versions, in apt's order (newest first)."""
    found: Dict[str, List[str]] = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 3 and fields[0]:
            versions = found.setdefault(fields[0], [])
            if fields[1] not in versions:
                versions.append(fields[1])
    return found


def parse_simulation(text: str) -> Transaction:
    """`apt-get --simulate install`: what it would unpack and remove."""
    installs: List[Install] = []
    removals: List[str] = []
    for line in text.splitlines():
        match = _INST.match(line)
        if match:
            installs.append(Install(match.group(1).split(":")[0], match.group(2), match.group(3)))
            continue
        match = _REMV.match(line)
        if match:
            removals.append(match.group(1).split(":")[0])
    return Transaction(tuple(installs), tuple(removals))
