# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt's preferences: which versions are pinned. Private to the collection."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from .._dataclass import dataclass
from .apt_sources import parse_stanzas


@dataclass(frozen=True)
class Preference:
    """One stanza."""

    packages: tuple[str, ...]
    """Names, globs, or regular expressions between slashes"""
    pin: str
    priority: int

    def covers(self, name: str) -> bool:
        return any(_matches(pattern, name) for pattern in self.packages)


def _matches(pattern: str, name: str) -> bool:
    if len(pattern) > 1 and pattern[0] == pattern[-1] == "/":
        try:
            return re.search(pattern[1:-1], name) is not None
        except re.error:
            return False
    return fnmatchcase(name, pattern)


def parse_preferences(text: str) -> tuple[Preference, ...]:
    """A preferences file. A stanza without a pin or a priority that is a number counts for nothing."""
    found = []
    for stanza in parse_stanzas(text):
        packages, pin = tuple(stanza.get("package", "").split()), " ".join(stanza.get("pin", "").split())
        priority = stanza.get("pin-priority", "")
        if packages and pin and re.fullmatch(r"-?[0-9]{1,9}", priority):
            found.append(Preference(packages, pin, int(priority)))
    return tuple(found)
