# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed packages, locks of the package manager, unattended upgrades. Private to the collection."""

from __future__ import annotations

import re

from .._compat.package_names import REPOSITORY, TOOLKIT
from .._parse.dpkg import QUERY, DpkgPackage, parse_dpkg
from .context import Context
from .driver_packages import driver_closure
from .types import Lock, Package, Packages, Unattended

_LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
)
_PERIODIC = re.compile(r'^\s*APT::Periodic::Unattended-Upgrade\s+"?(\w+)"?\s*;', re.MULTILINE)


def _package(package: DpkgPackage) -> Package:
    return Package(package.name, package.version, package.upstream, package.held, package.depends, package.source)


def database(look: Context) -> tuple[DpkgPackage, ...] | None:
    """dpkg's own words, in one call; None where there is no dpkg."""
    if not look.program("dpkg-query"):
        return None
    result = look.run(*QUERY)
    return (look.parse(parse_dpkg, result.out, "dpkg-query") if result else None) or ()


def packages(look: Context, known: tuple[DpkgPackage, ...] | None) -> Packages:
    if known is None:
        manager = "dnf" if look.program("dnf") else None
        look.note("packages", "no dpkg here; other package managers are not read yet")
        return Packages(manager, (), (), (), ())
    installed = [package for package in known if package.installed]
    return Packages(
        manager="apt",
        broken=tuple(package.name for package in known if package.broken),
        driver=tuple(_package(package) for package in driver_closure(installed)),
        toolkit=tuple(_package(package) for package in installed if package.name in TOOLKIT),
        repository=tuple(_package(package) for package in installed if REPOSITORY.fullmatch(package.name)),
    )


def locks(look: Context) -> tuple[Lock, ...]:
    """Who holds a lock of dpkg or apt, from the kernel's list of locks."""
    text = look.root.text("/proc/locks") or ""
    holders = {
        fields[5].rpartition(":")[2]: fields[4]
        for fields in (line.split() for line in text.splitlines())
        if len(fields) > 5
    }
    found = []
    for path in _LOCKS:
        status = look.root.stat(path) if holders else None
        pid = holders.get(str(status.st_ino)) if status else None
        if pid and pid.isdigit():
            command = (look.root.text(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()
            found.append(Lock(path, int(pid), command))
    return tuple(found)


def unattended(look: Context, known: tuple[DpkgPackage, ...] | None) -> Unattended:
    """Whether apt upgrades packages by itself: installed, and not switched off in the last file that says."""
    if known is None:
        return Unattended(None)
    if not any(package.name == "unattended-upgrades" and package.installed for package in known):
        return Unattended(False)
    files = ["/etc/apt/apt.conf.d/" + name for name in look.root.listdir("/etc/apt/apt.conf.d")]
    said = [value for path in files for value in _PERIODIC.findall(look.root.text(path) or "")]
    return Unattended(bool(said) and said[-1] not in ("0", "false"))
