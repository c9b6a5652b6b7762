# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at the packages: locks that are held now, and upgrades that nobody asks for. Private to the collection."""

from __future__ import annotations

import re
from typing import Mapping

from .context import Context
from .package_types import Unattended, Upgrader
from .packages import Database
from .types import Lock, Unit

_LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
    "/var/lib/rpm/.rpm.lock",
    "/usr/lib/sysimage/rpm/.rpm.lock",
)
_PID_FILES = (
    "/var/cache/dnf/metadata_lock.pid",
    "/var/cache/dnf/download_lock.pid",
    "/var/lib/dnf/rpmdb_lock.pid",
    "/run/yum.pid",
    "/run/zypp.pid",
)
_PERIODIC = re.compile(r'^[ \t]*APT::Periodic::Unattended-Upgrade\s+"?(\w+)"?\s*;', re.MULTILINE)
_APPLY = re.compile(r"^[ \t]*apply_updates[ \t]*=[ \t]*(?:yes|true|1)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_AUTOMATIC = ("/etc/dnf/automatic.conf", "/etc/dnf/dnf5-plugins/automatic.conf")
APT_TIMER = "apt-daily-upgrade.timer"
_ON_DEMAND = "packagekit.service"
"""Started by what asks for it: never enabled, and no danger while it does not run."""
_ASKS = ("dnf-automatic.timer", "dnf5-automatic.timer")
"""They only report, unless automatic.conf has them install."""
UPGRADERS = (
    *_ASKS,
    "dnf-automatic-install.timer",
    "yum-cron.service",
    "transactional-update.timer",
    _ON_DEMAND,
)


def _lock(look: Context, path: str, pid: str | None) -> list[Lock]:
    if pid is None or not pid.isdigit() or not look.root.isdir(f"/proc/{pid}"):
        return []
    command = (look.root.text(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()
    return [Lock(path, int(pid), command)]


def locks(look: Context) -> tuple[Lock, ...]:
    """From the kernel's list of locks, and from files with the number of a process that still runs."""
    text = look.root.text("/proc/locks") or ""
    rows = (line.split() for line in text.splitlines())
    holders = {fields[5].rpartition(":")[2]: fields[4] for fields in rows if len(fields) > 5}
    found = []
    for path in _LOCKS if holders else ():
        status = look.root.stat(path)
        found += _lock(look, path, holders.get(str(status.st_ino)) if status else None)
    for path in _PID_FILES:
        found += _lock(look, path, look.root.line(path))
    return tuple(found)


def _apt(look: Context, known: Database, units: Mapping[str, Unit | None]) -> list[Upgrader]:
    """Installed, and not switched off in the last file that says."""
    if not any(package.name == "unattended-upgrades" and package.installed for package in known.dpkg):
        return []
    folder = "/etc/apt/apt.conf.d"
    texts = [look.root.text(f"{folder}/{name}") or "" for name in look.root.listdir(folder)]
    said = [value for text in texts for value in _PERIODIC.findall(text)]
    timer = units.get(APT_TIMER)
    active = timer.active_state == "active" if timer else None
    return [Upgrader("unattended-upgrades", bool(said) and said[-1] not in ("0", "false"), active)]


def _enabled(look: Context, unit: Unit) -> bool:
    enabled = unit.unit_file_state in ("enabled", "enabled-runtime")
    if unit.name in _ASKS:
        return enabled and any(_APPLY.search(look.root.text(path) or "") for path in _AUTOMATIC)
    return enabled


def unattended(look: Context, known: Database, units: Mapping[str, Unit | None]) -> Unattended:
    if known.manager is None:
        return Unattended(None)
    found = _apt(look, known, units)
    for unit in (units.get(name) for name in UPGRADERS):
        if unit is not None:
            found.append(Upgrader(unit.name.rpartition(".")[0], _enabled(look, unit), unit.active_state == "active"))
    return Unattended(any(one.enabled for one in found), tuple(found))
