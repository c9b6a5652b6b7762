# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where installed packages came from, from apt's lists. Private to the collection.

rpm's database says who made a package; dpkg's says nothing, so the lists are read that are small enough to be a
vendor's or a component that has drivers.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from dataclasses import replace
from typing import Callable

from .._parse.apt_lists import find_versions, parse_list_name
from .context import Context
from .package_types import Package, Packages

_FOLDER = "/var/lib/apt/lists"
_LARGEST = 24 << 20
_COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".xz": lzma.decompress,
    ".bz2": bz2.decompress,
}
_LARGEST_COMPRESSED = 2 << 20
_DAMAGED = (OSError, EOFError, ValueError, lzma.LZMAError)


def _content(look: Context, name: str) -> bytes:
    """Empty for what is not a list, too large, or not to be unpacked here."""
    stem, dot, suffix = name.rpartition(".")
    unpack = _COMPRESSED.get(dot + suffix) if stem.endswith("_Packages") else None
    if not name.endswith("_Packages") and unpack is None:
        return b""
    path = f"{_FOLDER}/{name}"
    status = look.root.stat(path)
    if status is None or status.st_size > (_LARGEST_COMPRESSED if unpack else _LARGEST):
        return b""
    data = look.root.bytes_(path) or b""
    try:
        return unpack(data) if unpack else data
    except _DAMAGED as exc:
        look.note(path, str(exc) or "incomplete")
        return b""


def _origins(look: Context, names: set[str]) -> dict[tuple[str, str], str]:
    """Name and version → the first list, in alphabetical order, that has it."""
    found: dict[tuple[str, str], str] = {}
    for name in look.root.listdir(_FOLDER):
        origin = parse_list_name(name.partition("_Packages")[0] + "_Packages")
        for key in find_versions(_content(look, name), names) if origin else ():
            found.setdefault(key, origin or "")
    return found


def with_origins(look: Context, seen: Packages) -> Packages:
    """Of what apt installed; a package that no list has at its version keeps null."""
    names = {package.name for package in (*seen.driver, *seen.toolkit, *seen.repository)}
    if seen.manager != "apt" or not names:
        return seen
    known = _origins(look, names)

    def one(package: Package) -> Package:
        return replace(package, origin=known.get((package.name, package.version)))

    return replace(
        seen,
        driver=tuple(map(one, seen.driver)),
        toolkit=tuple(map(one, seen.toolkit)),
        repository=tuple(map(one, seen.repository)),
    )
