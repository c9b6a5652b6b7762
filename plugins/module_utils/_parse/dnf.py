# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dnf 4 and dnf 5 say of packages and transactions. Private to the collection."""

from __future__ import annotations

import re
from typing import List, Tuple, Union

from .._dataclass import dataclass
from .._errors import ParseError

QUERY_FORMAT = "%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\\n"
"""For repoquery; dnf 4 ends each line by itself, dnf 5 only where it is told to."""
_ARCHITECTURES = r"(?:noarch|x86_64|i[3-6]86|aarch64)"
_SIZE = r"[\d.]+ ?[kMGT]?i?B?"
_ROW = re.compile(rf"(?:^| )(\S+) {_ARCHITECTURES} (\d\S*) (@?\S+) {_SIZE}(?= |$)")
_REPLACED = re.compile(rf"replacing (?:(\S+)\.{_ARCHITECTURES} \S+|(\S+) {_ARCHITECTURES} \S+ \S+ {_SIZE}(?= |$))")
"""dnf 4's, and dnf 5's, which is a row of its own, for an upgraded package's old version as well."""
_SECTION = re.compile(r"^(\S[^:\n]*):\s*$", re.MULTILINE)
_COMING = ("Installing", "Upgrading", "Downgrading", "Reinstalling")
_EPOCH = re.compile(r"[0-9]{1,9}")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")


def version_of(evr: str) -> str:
    """3:580.159.04-1.el9 → 580.159.04"""
    return evr.rpartition("-")[0].rpartition(":")[2]


@dataclass(frozen=True)
class Available:
    """A package that a repository has."""

    name: str
    epoch: int
    version: str
    release: str
    arch: str

    @property
    def evr(self) -> str:
        return (f"{self.epoch}:" if self.epoch else "") + f"{self.version}-{self.release}"

    @property
    def nevra(self) -> str:
        return f"{self.name}-{self.evr}.{self.arch}"


@dataclass(frozen=True)
class Coming:
    """A package that a transaction brings, at its new version."""

    name: str
    evr: str

    @property
    def version(self) -> str:
        return version_of(self.evr)


@dataclass(frozen=True)
class DnfTransaction:
    """What a transaction would do. Skipped is what dnf leaves out of what it was asked for."""

    coming: Tuple[Coming, ...] = ()
    removals: Tuple[str, ...] = ()
    skipped: Tuple[str, ...] = ()
    stream: bool = False
    """Whether a module's stream is enabled or switched"""


def parse_repoquery(text: str) -> Tuple[Available, ...]:
    """Output in QUERY_FORMAT; blank lines are dnf 4's."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.strip().split("\t")
        if fields == [""]:
            continue
        if len(fields) != 5 or not _EPOCH.fullmatch(fields[1]):
            raise ParseError("dnf repoquery", f"line {number}", f"expected five fields, found {line!r}")
        found.append(Available(fields[0], int(fields[1]), fields[2], fields[3], fields[4]))
    return tuple(found)


def parse_transaction(text: str) -> DnfTransaction:
    """The table that dnf prints before it asks; rows that are wider than the terminal are broken into lines."""
    parts = _SECTION.split(text.partition("\nTransaction Summary")[0])
    coming: List[Coming] = []
    removals: List[str] = []
    skipped: List[str] = []
    stream = False
    for title, body in zip(parts[1::2], parts[2::2]):
        line = " ".join(body.split())
        rows = _ROW.findall(_REPLACED.sub("", line))
        if title.startswith(_COMING):
            coming += [Coming(name, evr) for name, evr, _repository in rows]
            removals += ["".join(names) for names in _REPLACED.findall(line)]
        elif title.startswith("Removing"):
            removals += [name for name, _evr, _repository in rows]
        elif title.startswith(("Skipping", "(add")):
            skipped += [name for name, _evr, _repository in rows]
        elif title in ("Enabling module streams", "Switching module streams"):
            stream = True
    names = {one.name for one in coming}
    return DnfTransaction(
        tuple(coming), tuple(dict.fromkeys(n for n in removals if n not in names)), tuple(skipped), stream
    )


def complaints(text: str) -> str:
    """The lines that say why dnf does not do it."""
    lines = [line.strip() for line in text.splitlines()]
    telling = [
        line
        for line in lines
        if line.startswith(("Error", "Problem", "- ", "No match for argument", "Unable to resolve", "Failed"))
        or "filtered out" in line
    ]
    return " ".join(dict.fromkeys(line for line in telling if "Operation aborted" not in line))


def version_key(text: str) -> Tuple[Tuple[int, Union[int, str]], ...]:
    """To sort versions and releases as rpm does: by segments, numbers above letters, `~` below the end."""
    found: List[Tuple[int, Union[int, str]]] = []
    for segment in _SEGMENT.findall(text):
        if segment[0] in "0123456789":
            found.append((4, int(segment)))
        else:
            found.append(({"~": 0, "^": 2}.get(segment, 3), segment))
    return (*found, (1, ""))
