# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed packages, by dpkg or rpm, and what holds them. Private to the collection."""

from __future__ import annotations

import re
from typing import Sequence

from .._compat import rpm_names
from .._compat.package_names import DRIVER_VERSION, KERNEL, REPOSITORY, TOOLKIT
from .._dataclass import dataclass
from .._parse import dpkg, rpm
from .._parse.apt_preferences import parse_preferences
from .._parse.dpkg import DpkgPackage
from .._parse.os_release import parse_os_release
from .._parse.package_locks import PackageLock
from .._parse.rpm import RpmPackage
from .context import Context
from .driver_packages import driver_closure
from .package_locks import rules
from .package_types import Package, Packages, Pin

_PREFERENCES = "/etc/apt/preferences"
_NVIDIA = ("nvidia", "cuda")


@dataclass(frozen=True)
class Database:
    """One of the two is empty; without a manager, or where it did not answer, both are."""

    manager: str | None
    dpkg: tuple[DpkgPackage, ...] = ()
    rpm: tuple[RpmPackage, ...] = ()

    def upstream(self, names: tuple[str, ...]) -> str | None:
        """The version of the first installed package of these names, without epoch and revision."""
        versions = [package.upstream for package in self.dpkg if package.installed and package.name in names]
        versions += [package.version for package in self.rpm if package.name in names]
        return versions[0] if versions else None


def _rpm_manager(look: Context) -> str:
    managers = {"zypper": "zypper", "dnf": "dnf", "dnf5": "dnf", "microdnf": "dnf", "yum": "yum"}
    return next((name for program, name in managers.items() if look.program(program)), "rpm")


def manager(look: Context) -> str | None:
    """By the system's family where tools of both are there."""
    family = parse_os_release(look.root.text("/etc/os-release") or "").family
    has_dpkg = look.program("dpkg-query")
    if look.program("rpm") and (family in ("redhat", "suse") or not has_dpkg):
        return _rpm_manager(look)
    return "apt" if has_dpkg else None


def database(look: Context) -> Database:
    """The database's own words, in one call."""
    found = manager(look)
    if found == "apt":
        result = look.run(*dpkg.QUERY)
        entries = look.parse(dpkg.parse_dpkg, result.out, "dpkg-query") if result else None
        return Database(found, dpkg=entries or ())
    if found:
        result = look.run(*rpm.QUERY)
        installed = look.parse(rpm.parse_rpm, result.out, "rpm") if result else None
        return Database(found, rpm=installed or ())
    look.note("packages", "no dpkg here, and no rpm")
    return Database(None)


def _deb(package: DpkgPackage) -> Package:
    lock = "dpkg hold" if package.held else None
    return Package(
        name=package.name,
        version=package.version,
        upstream=package.upstream,
        held=package.held,
        depends=package.depends,
        source=package.source,
        arch=package.architecture,
        lock=lock,
    )


def _lack(look: Context, driver: Sequence[DpkgPackage], installed: Sequence[DpkgPackage]) -> set[str]:
    """Those without a package that they need in just one version: removed by force, so that apt does nothing else."""
    there = {package.name for package in installed}
    exact = ((one.name, clause) for one in driver for clause in one.depends if "(=" in clause and "|" not in clause)
    wanted = {(name, needed.name) for name, clause in exact for needed in dpkg.parse_dependency(clause)}
    lost = {(name, needed) for name, needed in wanted if needed not in there}
    provided = look.run(*dpkg.PROVIDES) if lost else None
    names = set(re.findall(r"[a-z0-9][a-z0-9+.-]+", provided.out)) if provided else set()
    return {name for name, needed in lost if needed not in names}


def _apt(look: Context, known: Database) -> Packages:
    installed = [package for package in known.dpkg if package.installed]
    driver = driver_closure(installed)
    lack = _lack(look, driver, installed)
    return Packages(
        manager=known.manager,
        broken=tuple(package.name for package in known.dpkg if package.broken or package.name in lack),
        driver=tuple(map(_deb, driver)),
        toolkit=tuple(_deb(package) for package in installed if package.name in TOOLKIT),
        repository=tuple(_deb(package) for package in installed if REPOSITORY.fullmatch(package.name)),
        kernel=tuple(_deb(package) for package in installed if KERNEL.fullmatch(package.name)),
    )


def _of_driver(installed: tuple[RpmPackage, ...]) -> list[RpmPackage]:
    """Named so, or of the version that these have, which nothing but a driver has."""
    eligible = [p for p in installed if not rpm_names.NEVER.fullmatch(p.name)]
    named = [p for p in eligible if rpm_names.DRIVER.fullmatch(p.name)]
    versions = {p.upstream for p in named if DRIVER_VERSION.fullmatch(p.upstream)}
    return [p for p in eligible if p in named or p.upstream in versions]


def _twice(installed: list[RpmPackage]) -> tuple[str, ...]:
    """An upgrade that was interrupted leaves both versions, since rpm erases the old ones last."""
    seen = [(one.name, one.architecture) for one in installed]
    return tuple(sorted({name for name, arch in seen if seen.count((name, arch)) > 1}))


def _rpm(look: Context, known: Database) -> Packages:
    locks = rules(look)

    def package(one: RpmPackage) -> Package:
        lock = _lock(one, locks)
        return Package(
            name=one.name,
            version=one.evr,
            upstream=one.upstream,
            held=lock is not None,
            depends=(),
            source=one.source or "",
            arch=one.architecture,
            origin=one.vendor,
            lock=lock,
        )

    installed = tuple(sorted(known.rpm, key=lambda one: (one.name, one.evr)))
    driver, toolkit = _of_driver(installed), [one for one in installed if one.name in TOOLKIT]
    return Packages(
        manager=known.manager,
        broken=_twice([*driver, *toolkit]),
        driver=tuple(package(one) for one in driver),
        toolkit=tuple(package(one) for one in toolkit),
        repository=tuple(package(one) for one in installed if rpm_names.REPOSITORY.fullmatch(one.name)),
        kernel=tuple(package(one) for one in installed if rpm_names.KERNEL.fullmatch(one.name)),
        kernel_locks=tuple(rule.text for _path, rule in locks if rule.comment == rpm_names.KERNEL_LOCK),
    )


def _lock(one: RpmPackage, locks: tuple[tuple[str, PackageLock], ...]) -> str | None:
    """The first rule that keeps it as it is, with the file that has the rule."""
    for path, rule in locks:
        if rule.holds(one.name, one.epoch, one.version, one.release, one.architecture):
            return f"{path}: {rule.text}"
    return None


def packages(look: Context, known: Database) -> Packages:
    """What the database says; a look of the whole node adds origins and pins."""
    return _rpm(look, known) if known.rpm else _apt(look, known)


def pins(look: Context, seen: Packages) -> tuple[Pin, ...]:
    """Stanzas that cover an installed package of ours, or name what only NVIDIA has."""
    folder = _PREFERENCES + ".d"
    # apt reads files without a suffix and those that end in .pref.
    names = [name for name in look.root.listdir(folder) if name.endswith(".pref") or "." not in name]
    installed = [package.name for package in (*seen.driver, *seen.toolkit)]
    found = []
    for path in (_PREFERENCES, *(f"{folder}/{name}" for name in names)):
        for stanza in parse_preferences(look.root.text(path) or ""):
            named = any(word in pattern for pattern in stanza.packages for word in _NVIDIA)
            if named or any(stanza.covers(name) for name in installed):
                found.append(Pin(path, stanza.packages, stanza.pin, stanza.priority))
    return tuple(found)
