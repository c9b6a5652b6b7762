# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that keep rpm packages at their version, from the files of dnf, yum and zypper. Private to the collection."""

from __future__ import annotations

from typing import Callable

from .._parse import package_locks as parse
from .._parse.package_locks import PackageLock
from .context import Context

_PLUGINS = {
    "/etc/dnf/plugins/versionlock.conf": "/etc/dnf/plugins/versionlock.list",
    "/etc/yum/pluginconf.d/versionlock.conf": "/etc/yum/pluginconf.d/versionlock.list",
}
"""The file of the plugin without which nobody reads a list, and the list that it reads unless it names another."""
_FILES: dict[str, Callable[[str], tuple[PackageLock, ...]]] = {
    "/etc/dnf/versionlock.toml": parse.parse_versionlock_toml,
    "/etc/zypp/locks": parse.parse_zypp_locks,
    "/etc/dnf/dnf.conf": parse.parse_excludes,
    "/etc/yum.conf": parse.parse_excludes,
}
_OFF = ("0", "false", "no", "off")


def _from_list(look: Context, plugin: str, usual: str) -> list[tuple[str, PackageLock]]:
    settings = look.root.text(plugin)
    said = parse.parse_plugin_settings(settings or "")
    path = said.get("locklist", usual)
    locks = parse.parse_versionlock_list(look.root.text(path) or "")
    if locks and (settings is None or said.get("enabled", "1").lower() in _OFF):
        state = "not installed" if settings is None else "switched off in " + plugin
        look.note(path, f"it locks packages, but the versionlock plugin is {state}, so nothing is locked")
        return []
    return [(path, lock) for lock in locks]


def rules(look: Context) -> tuple[tuple[str, PackageLock], ...]:
    """Each rule with the file that it stands in."""
    found = [rule for plugin, usual in _PLUGINS.items() for rule in _from_list(look, plugin, usual)]
    for path, parser in _FILES.items():
        # On Enterprise Linux yum.conf is a link to dnf.conf.
        text = None if look.root.readlink(path) else look.root.text(path)
        found += [(path, lock) for lock in (look.parse(parser, text, path) if text else None) or ()]
    return tuple(found)
