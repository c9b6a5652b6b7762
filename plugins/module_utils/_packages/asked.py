# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a request is met already. Private to the collection."""

from __future__ import annotations

from typing import AbstractSet, Any, Iterable, Mapping, Optional, Tuple


def is_as_asked(
    carried: AbstractSet[Tuple[str, str]],
    packages: Iterable[Mapping[str, Any]],
    match: str,
    exact: Iterable[Tuple[str, str]] = (),
    revisions: Optional[Mapping[str, str]] = None,
) -> bool:
    """By the database alone, so that the package manager, which takes long, need not be asked what it would do.

    `carried` are the stack's packages with the version that each carries, `exact` with the whole of it.
    """
    if revisions and any(revisions.get(name, version) != version for name, version in exact):
        return False
    wanted = {(str(package["name"]), package["version"]) for package in packages}
    return carried == wanted and {version for _name, version in wanted} == {match}
