# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""apt's sources and the keys that they name. Private to the collection."""

from __future__ import annotations

import hashlib

from .._parse.apt_sources import parse_deb822, parse_one_line
from .._parse.openpgp import parse_fingerprints
from .context import Context
from .package_types import Key, Repository

_DIRECTORY = "/etc/apt/sources.list.d"


def repositories(look: Context) -> tuple[Repository, ...]:
    paths = ["/etc/apt/sources.list"]
    paths += [f"{_DIRECTORY}/{name}" for name in look.root.listdir(_DIRECTORY)]
    found = []
    for path in paths:
        data = look.root.bytes_(path) if path.endswith((".list", ".sources")) else None
        if data is None:
            continue
        text = data.decode("utf-8", "replace")
        digest = hashlib.sha256(data).hexdigest()
        for source in (parse_deb822 if path.endswith(".sources") else parse_one_line)(text):
            found.append(
                Repository(
                    path, source.uris, source.suites, source.components, source.signed_by, source.enabled, digest
                )
            )
    return tuple(found)


def keys(look: Context, known: tuple[Repository, ...]) -> tuple[Key, ...]:
    """Only key files that a source names; a missing one has no entry, which apt will not forgive."""
    words = [word for repository in known for word in (repository.signed_by or "").replace(",", " ").split()]
    found = []
    for path in sorted({word for word in words if word.startswith("/")}):
        data = look.root.bytes_(path)
        if data is None:
            look.note(path, "a source names this key, and it is absent or not readable")
            continue
        found.append(Key(path, look.parse(parse_fingerprints, data, path) or ()))
    return tuple(found)
