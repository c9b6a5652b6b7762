# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that keep rpm packages at their version, from the files of dnf, yum and zypper. Private to the collection."""

from __future__ import annotations

from typing import Callable

from .._parse import package_locks as parse
from .._parse.package_locks import PackageLock
from .context import Context

_LISTS = {
    "/etc/dnf/plugins/versionlock.list": "/etc/dnf/plugins/versionlock.conf",
    "/etc/yum/pluginconf.d/versionlock.list": "/etc/yum/pluginconf.d/versionlock.conf",
}
"""The list, and the file of the plugin without which nobody reads it."""
_FILES: dict[str, Callable[[str], tuple[PackageLock, ...]]] = {
    "/etc/dnf/versionlock.toml": parse.parse_versionlock_toml,
    "/etc/zypp/locks": parse.parse_zypp_locks,
    "/etc/dnf/dnf.conf": parse.parse_excludes,
    "/etc/yum.conf": parse.parse_excludes,
}


def _switched_off(text: str) -> bool:
    settings = (line.replace(" ", "").lower() for line in text.splitlines())
    return any(line in ("enabled=0", "enabled=false", "enabled=no") for line in settings)


def rules(look: Context) -> tuple[tuple[str, PackageLock], ...]:
    """Each rule with the file that it stands in."""
    found = []
    for path, plugin in _LISTS.items():
        text = look.root.text(path)
        locks = parse.parse_versionlock_list(text or "")
        settings = look.root.text(plugin)
        if locks and (settings is None or _switched_off(settings)):
            state = "not installed" if settings is None else "switched off in " + plugin
            look.note(path, f"it locks packages, but the versionlock plugin is {state}, so nothing is locked")
            continue
        found += [(path, lock) for lock in locks]
    for path, parser in _FILES.items():
        # On Enterprise Linux yum.conf is a link to dnf.conf.
        text = None if look.root.readlink(path) else look.root.text(path)
        found += [(path, lock) for lock in (look.parse(parser, text, path) if text else None) or ()]
    return tuple(found)
