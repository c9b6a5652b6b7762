# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver's packages by distribution, source and branch. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .deb_sets import DEB_SETS
from .package_sets import ANY_BRANCH, Names, PackageSet, Row
from .rpm_sets import RPM_SETS
from .suse_sets import SUSE_SETS
from .systems import system

PACKAGE_SETS: Tuple[Row, ...] = DEB_SETS + RPM_SETS + SUSE_SETS


def by_system(rows: Sequence[Row]) -> Dict[str, List[Row]]:
    """So that a node's comparison does not go through the rows of all other distributions."""
    found: Dict[str, List[Row]] = {}
    for row in rows:
        found.setdefault(row.system, []).append(row)
    return found


_BY_SYSTEM = by_system(PACKAGE_SETS)


def package_set(os: Mapping[str, Any], source: str, branch: int) -> Optional[PackageSet]:
    """What to ask for on this system, from this source, on this branch."""
    name, version = system(os)
    return next(
        (
            row.packages
            for row in _BY_SYSTEM.get(name, ())
            if row.source == source
            and row.first_branch <= branch <= row.last_branch
            and (not row.versions or version in row.versions)
        ),
        None,
    )


def of_own_version(os: Mapping[str, Any]) -> Names:
    """Packages that, from one source or another, do not carry the driver's version on this system."""
    name = system(os)[0]
    return tuple(sorted({one for row in _BY_SYSTEM.get(name, ()) for one in row.packages.free}))


def known() -> List[str]:
    """For a refusal: every system and source that has packages, and the branches where not all."""
    found: Dict[str, List[Row]] = {}
    for row in PACKAGE_SETS:
        found.setdefault(" ".join(filter(None, (row.system, *row.versions, "with", row.source))), []).append(row)
    return [title + _branches(found[title]) for title in sorted(found)]


def _branches(rows: List[Row]) -> str:
    first, last = min(row.first_branch for row in rows), max(row.last_branch for row in rows)
    if last == ANY_BRANCH:
        return f" from branch {first} on" if first else ""
    return f" branch {first}" if first == last else f" branches {first} to {last}"
