# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Order of Debian versions, which is also the order in which kernels are started. Private to the collection."""

from __future__ import annotations

import re
from functools import cmp_to_key

_PART = re.compile(r"([^0-9]*)([0-9]*)")
_DIGITS = re.compile(r"[0-9]+")


def _character(char: str) -> int:
    """Tilde before the end, the end before letters, letters before the rest."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256


def _text(text: str) -> list[int]:
    return [_character(char) for char in text] + [0]


def _number(digits: str) -> tuple[int, str]:
    """In the order of the numbers, of any length: newer Pythons refuse to convert very long ones."""
    significant = digits.lstrip("0")
    return len(significant), significant


def _pieces(text: str) -> list[tuple[list[int], tuple[int, str]]]:
    pieces = [(_text(words), _number(digits)) for words, digits in _PART.findall(text)]
    return [*pieces, ([0], (0, ""))]


def _split(version: str) -> tuple[tuple[int, str], str, str]:
    epoch, colon, rest = version.rpartition(":")
    upstream, _dash, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return _number(epoch if colon and _DIGITS.fullmatch(epoch) else ""), upstream, revision


def compare_versions(left: str, right: str) -> int:
    """Negative, zero or positive, as `dpkg --compare-versions` orders them."""
    left_key, right_key = _split(left), _split(right)
    if left_key[0] != right_key[0]:
        return -1 if left_key[0] < right_key[0] else 1
    for one, other in ((left_key[1], right_key[1]), (left_key[2], right_key[2])):
        first, second = _pieces(one), _pieces(other)
        for a, b in zip(first, second):
            if a != b:
                return -1 if a < b else 1
    return 0


version_key = cmp_to_key(compare_versions)
"""For sorted() and max()."""
