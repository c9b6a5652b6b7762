# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dpkg's database, as one dpkg-query call prints it. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass
from .._errors import ParseError
from .apt import upstream

_FIELDS = (
    "${db:Status-Abbrev}",
    "${Package}",
    "${Architecture}",
    "${Version}",
    "${source:Package}",
    "${source:Version}",
    "${Pre-Depends}",
    "${Depends}",
)
PROVIDES = ("dpkg-query", "-W", "-f", "${Provides}\\n")
QUERY = ("dpkg-query", "-W", "-f", "\\t".join(_FIELDS) + "\\n")
_CLAUSE = re.compile(r"\s*([a-z0-9][a-z0-9+.-]*)(?::\w+)?\s*(?:\((<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?")


@dataclass(frozen=True)
class Dependency:
    """One alternative of one dependency."""

    name: str
    operator: str | None
    version: str | None


@dataclass(frozen=True)
class DpkgPackage:
    """An entry of the database: installed, half installed, or only configured files left."""

    name: str
    architecture: str
    version: str
    upstream: str
    source: str
    source_upstream: str
    wanted: str
    """Letter of the selection: i install, h hold, r remove, p purge, u unknown"""
    state: str
    """Letter of the state: i installed, U unpacked, F half-configured, H half-installed, c config-files, …"""
    error: str
    depends: tuple[str, ...]

    @property
    def installed(self) -> bool:
        return self.state == "i"

    @property
    def held(self) -> bool:
        return self.wanted == "h"

    @property
    def broken(self) -> bool:
        """An interrupted installation, which dpkg wants configured or reinstalled."""
        return self.error == "R" or self.state in "UFHWt"


def parse_dependency(text: str) -> tuple[Dependency, ...]:
    """The alternatives of one clause, such as `a (= 1) | b`."""
    matches = [_CLAUSE.match(part) for part in text.split("|")]
    return tuple(Dependency(m.group(1), m.group(2), m.group(3)) for m in matches if m)


def parse_dpkg(text: str) -> tuple[DpkgPackage, ...]:
    """Output of QUERY."""
    packages = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        fields = line.split("\t")
        if len(fields) != len(_FIELDS) or len(fields[0]) < 2:
            raise ParseError(
                "dpkg-query -W",
                f"line {number}",
                f"expected {len(_FIELDS)} fields, found {line!r}",
            )
        status, name, architecture, version, source, source_version, pre_depends, depends = fields
        clauses = [clause.strip() for clause in (pre_depends + "," + depends).split(",")]
        packages.append(
            DpkgPackage(
                name=name,
                architecture=architecture,
                version=version,
                upstream=upstream(version),
                source=source,
                source_upstream=upstream(source_version),
                wanted=status[0],
                state=status[1],
                error=status[2:3].strip(),
                depends=tuple(clause for clause in clauses if clause),
            )
        )
    return tuple(packages)
