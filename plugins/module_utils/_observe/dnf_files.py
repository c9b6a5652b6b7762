# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of dnf. Private to the collection."""

from __future__ import annotations

import hashlib

from .._parse.dnf_files import parse_repositories, parse_streams
from .context import Context
from .package_types import Repository

_REPOSITORIES = "/etc/yum.repos.d"
_MODULES = "/etc/dnf/modules.d"
_FILE = "file://"


def repositories(look: Context) -> tuple[Repository, ...]:
    """One for each section of each file."""
    found = []
    for name in look.root.listdir(_REPOSITORIES):
        path = f"{_REPOSITORIES}/{name}"
        data = look.root.bytes_(path) if name.endswith(".repo") else None
        for one in parse_repositories(data.decode("utf-8", "replace")) if data else ():
            keys = [key[len(_FILE) :] if key.startswith(_FILE) else key for key in one.keys]
            found.append(
                Repository(
                    path=path,
                    uris=one.uris,
                    suites=(),
                    components=(),
                    signed_by=" ".join(keys) or None,
                    enabled=one.enabled,
                    sha256=hashlib.sha256(data or b"").hexdigest(),
                    package_check=one.package_check,
                    metadata_check=one.metadata_check,
                )
            )
    return tuple(found)


def streams(look: Context) -> dict[str, str]:
    """Module → its enabled stream."""
    found: dict[str, str] = {}
    for name in look.root.listdir(_MODULES):
        if name.endswith(".module"):
            found.update(parse_streams(look.root.text(f"{_MODULES}/{name}") or ""))
    return found
