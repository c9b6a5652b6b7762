# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which installed packages make up the driver. Private to the collection."""

from __future__ import annotations

from typing import Iterable

from .._compat import package_names as names
from .._parse.dpkg import DpkgPackage, parse_dependency


def is_named(name: str) -> bool:
    """Whether a package of this name is the driver's, whatever its version."""
    return bool(names.DRIVER.fullmatch(name)) and not names.NEVER.fullmatch(name)


def _named(package: DpkgPackage) -> bool:
    if names.OWN_VERSIONS.fullmatch(package.name):
        return False
    return bool(names.DRIVER.fullmatch(package.name) or names.DRIVER_SOURCE.fullmatch(package.source))


def _pins(package: DpkgPackage, members: dict[str, DpkgPackage]) -> bool:
    """Whether it depends on exactly the version of a member that carries a driver version."""
    exact = (clause for clause in package.depends if "=" in clause)  # few of the thousands there are
    for clause in exact:
        for wanted in parse_dependency(clause):
            member = members.get(wanted.name)
            if member and wanted.operator == "=" and names.DRIVER_VERSION.fullmatch(member.upstream):
                return True
    return False


def driver_closure(packages: Iterable[DpkgPackage]) -> tuple[DpkgPackage, ...]:
    """Named so, of the driver's version, or tied to one of these by `(= version)`.

    Dependencies alone do not tell: metapackages depend with `>=`, and every member depends on libc.
    """
    eligible = [p for p in packages if not names.NEVER.fullmatch(p.name) and not names.REPOSITORY.fullmatch(p.name)]
    members = {p.name: p for p in eligible if _named(p)}
    versions = {p.upstream for p in members.values() if names.DRIVER_VERSION.fullmatch(p.upstream)}
    members.update({p.name: p for p in eligible if p.upstream in versions or p.source_upstream in versions})
    while True:
        more = {p.name: p for p in eligible if p.name not in members and _pins(p, members)}
        if not more:
            return tuple(members[name] for name in sorted(members))
        members.update(more)
