# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that dnf downloaded, kept to go back to: a repository drops old versions. Private to the collection."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Callable, Dict, Iterable, Tuple

from .._compat.own_state import PROVEN, UPGRADE
from .._parse.dnf import Available
from .._runtime.files import remove_empty

if TYPE_CHECKING:
    from .._parse.dnf import Coming
    from .._root import Root

FOLDER = "/var/cache/baremetal.gpu"
_CACHES = ("/var/cache/dnf", "/var/cache/libdnf5")
_SETTINGS = "/etc/dnf/dnf.conf"
_ON = re.compile(r"^\s*keepcache\s*=\s*(?:1|true|yes|on)\s*$", re.IGNORECASE | re.MULTILINE)
_FILE = re.compile(r"(?P<name>\S+)-(?P<epoch>[0-9]+)_(?P<version>[^-]+)-(?P<release>[^-]+)\.(?P<arch>[^.-]+)\.rpm")
"""Epochs are not in the names that files come with."""


def kept(root: Root) -> Dict[Available, str]:
    """Each with its file."""
    found = {}
    for file in root.listdir(FOLDER):
        match = _FILE.fullmatch(file)
        if match:
            name, epoch, version, release, arch = match.groups()
            found[Available(name, int(epoch), version, release, arch)] = root.path(f"{FOLDER}/{file}")
    return found


def keep(root: Root, coming: Iterable[Coming], ours: Callable[[Coming], bool]) -> None:
    """Those of ours from dnf's own cache; the cache is as full afterwards as its owner wants it."""
    wanted = {_bare(one): one for one in coming}
    owners = bool(_ON.search(root.text(_SETTINGS) or ""))
    for cache in _CACHES:
        for repository in root.listdir(cache):
            folder = f"{cache}/{repository}/packages"
            for file in root.listdir(folder):
                stem, _dot, arch = file[: -len(".rpm")].rpartition(".")
                one = wanted.get(stem) if file.endswith(".rpm") else None
                if one is not None and ours(one):
                    _copy(root, f"{folder}/{file}", one, arch)
                if one is not None and not owners:
                    os.unlink(root.path(f"{folder}/{file}"))


def _bare(one: Coming) -> str:
    return f"{one.name}-{one.evr.rpartition(':')[2]}"


def _copy(root: Root, path: str, one: Coming, arch: str) -> None:
    epoch, _colon, rest = one.evr.rpartition(":")
    place = root.path(f"{FOLDER}/{one.name}-{epoch or 0}_{rest}.{arch}.rpm")
    os.makedirs(root.path(FOLDER), mode=0o755, exist_ok=True)
    if not os.path.exists(place):
        try:
            os.link(root.path(path), place)
        except OSError:  # another file system
            shutil.copyfile(root.path(path), place)


def prune(root: Root, there: Iterable[Tuple[str, str]], ours: Callable[[str], bool]) -> None:
    """Of ours what is neither there, as name and version, nor in a set that was proven or that an upgrade left."""
    known = "".join(root.text(path) or "" for path in (PROVEN, UPGRADE))
    have = set(there)
    for one, path in kept(root).items():
        if ours(one.name) and (one.name, one.evr) not in have and f'"{one.evr}"' not in known:
            os.unlink(path)


def forget(root: Root, ours: Callable[[str], bool]) -> None:
    for one, path in kept(root).items():
        if ours(one.name):
            os.unlink(path)
    remove_empty(root.path(FOLDER))
