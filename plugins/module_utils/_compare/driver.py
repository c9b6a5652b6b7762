# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver packages, their lock, the kernel module on disk and the one in memory. Private to the collection."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .._compat.kernel_locks import PATH as KERNEL_PINS
from .._compat.own_state import BROUGHT, PROVEN
from .._compat.package_names import is_driver
from . import fabric_packages, kernel_lock, module_options, preinstalled, toolkit, unattended, vendors
from .boot_blockers import modules_for
from .driver_packages import (
    installed_of_branch,
    left_over,
    missing,
    modules_kind,
    other_modules,
    roots,
    streams,
    versions,
)
from .driver_request import Driver, architectures, next_kernel, possible_flavours, resolve
from .types import PREINSTALLED, UNMANAGED, Observed, Part, Request

COMPONENT = "nvidia_driver"
FILES = (module_options.PATH, module_options.PEERMEM, unattended.PATH, KERNEL_PINS)
"""What the role writes."""
RECORDS = (BROUGHT.format("driver"), PROVEN)
"""What the node remembers of the driver"""
Packages = List[Mapping[str, Any]]


def compare(request: Request, observed: Observed) -> Part:
    part = Part(COMPONENT)
    options = request[COMPONENT]
    if options["state"] == UNMANAGED:
        part.actions = {"state": UNMANAGED}
        return part
    if options["state"] == PREINSTALLED:
        return preinstalled.compare(part, request, observed)
    if options["state"] == "absent":
        return _absent(part, observed)
    driver = resolve(request, observed, part)
    if driver is None:
        return part
    packages = driver.packages
    kind = modules_kind(options, packages) if packages else "dkms"
    vendors.refuse(part, observed, driver.source)
    _modules(part, driver, kind, observed)
    exact = driver.version or installed_of_branch(driver, observed) or str(driver.branch)
    wanted = roots(options, observed, driver, exact)
    if packages:
        wanted += fabric_packages.roots(request, observed, driver, exact)
    stale = fabric_packages.stale(request, observed, driver)
    others, old = other_modules(observed, driver), left_over(observed, driver, exact)
    installed = [package for package in observed["packages"]["driver"] if package["name"] not in old]
    part.actions = {
        "state": "present",
        "title": driver.title,
        "branch": driver.branch,
        "flavour": driver.flavour,
        "match": exact,
        "revisions": {str(name): str(version) for name, version in (options["revisions"] or {}).items()},
        "packages": wanted,
        "beside": toolkit.to_come(request[toolkit.COMPONENT], observed),
        "conflicting": sorted({*others, *old, *stale}),
        "streams": streams(options, driver),
        "kernel": next_kernel(observed),
        "modules": kind,
        "hold": bool(options["hold"]),
    }
    _packages(part, driver, wanted, installed, observed)
    _revisions(part, part.actions["revisions"], driver, installed)
    _others(part, others, observed)
    if stale:
        part.drift("packages", want="absent", have=stale, why="the node's NVLink fabric has no use for them")
    _on_disk(part, driver, observed)
    _running(part, driver, installed, observed)
    _lock(part, bool(options["hold"]), installed)
    part.actions["files"] = [
        *module_options.compare(part, options, observed),
        unattended.compare(part, observed, hold=bool(options["hold"])),
    ]
    kernel_lock.compare(part, options, observed, kind)
    return part


def _modules(part: Part, driver: Driver, kind: str, observed: Observed) -> None:
    """Refused where the source has no such modules of this flavour."""
    there = driver.packages.modules if driver.packages else {}
    if not driver.packages or there.get(kind, {}).get(driver.flavour):
        return
    kinds = [name for name, flavours in there.items() if flavours.get(driver.flavour)]
    possible = possible_flavours(list(architectures(observed)), driver.branch)
    ways = [f"nvidia_driver_modules to {name}" for name in kinds]
    ways += [f"nvidia_driver_flavour to {flavour}" for flavour in there.get(kind, {}) if flavour in possible]
    part.refuse(
        "modules",
        value=kind,
        why="{} packages for {} have no {} {flavour} kernel modules; {flavour} ones come as: {}".format(
            driver.source, observed["os"]["pretty"], kind, ", ".join(kinds) or "nothing", flavour=driver.flavour
        ),
        remedy="set " + ", or ".join(ways)
        if ways
        else "install the driver by other means, with nvidia_driver_state: unmanaged",
    )


def _packages(
    part: Part, driver: Driver, wanted: List[Dict[str, Any]], installed: Packages, observed: Observed
) -> None:
    absent = missing(wanted, installed, observed)
    # Two architectures of a library have one name.
    strange = [version for version in versions(installed, driver.free) if not driver.matches(version)]
    if absent:
        part.drift("packages", want=absent, have="absent", why=f"driver {driver.title} consists of them")
    if strange:
        count = sum(1 for package in installed if package["upstream"] in strange and package["name"] not in driver.free)
        part.drift(
            "packages",
            want=driver.title,
            have="{} of {} packages at {}".format(count, len(installed), ", ".join(strange)),
            why="asked for " + driver.title,
        )


def _revisions(part: Part, wanted: Mapping[str, str], driver: Driver, installed: Packages) -> None:
    """Of the packages that have the driver's version, those of another release than asked for."""
    ours = [package for package in installed if driver.matches(package["upstream"])]
    have = {package["name"]: package["version"] for package in ours}
    want = {name: wanted[name] for name in have if name in wanted and wanted[name] != have[name]}
    if want:
        part.drift(
            "packages",
            want=want,
            have={name: have[name] for name in want},
            why="nvidia_driver_revisions asks for these releases",
        )


def _others(part: Part, others: List[str], observed: Observed) -> None:
    if others:
        part.drift(
            "packages",
            want="absent",
            have=others,
            why="they carry kernel modules other than the ones asked for, or come from another source",
        )
    if observed["packages"]["broken"]:
        part.drift(
            "package database",
            want="configured",
            have=sorted(observed["packages"]["broken"]),
            why="an installation was interrupted, or a package that they need was removed by force",
        )


def _on_disk(part: Part, driver: Driver, observed: Observed) -> None:
    """Whether the kernel that boots next lacks the module."""
    kernel = next_kernel(observed)
    for_next = modules_for(observed, kernel)
    if not any(driver.matches(module["version"]) and module["flavour"] == driver.flavour for module in for_next):
        have = sorted("{version} {flavour} ({path})".format(**module) for module in for_next)
        part.drift(f"kernel module for {kernel}", want=driver.title, have=have or "none", why="this kernel boots next")


def _running(part: Part, driver: Driver, installed: Packages, observed: Observed) -> None:
    running = observed["driver"]["running"]
    if running is None:
        part.drift(
            "running driver", want=driver.title, have="none", why="no NVIDIA kernel module is loaded", needs_reboot=True
        )
    elif not driver.matches(running["version"]) or running["flavour"] != driver.flavour:
        part.drift(
            "running driver",
            want=driver.title,
            have="{version} {flavour}".format(**running),
            why="the module in memory stays until the next boot",
            needs_reboot=True,
        )
    else:
        libraries = versions(installed, driver.free)
        if libraries and running["version"] not in libraries:
            part.drift(
                "running driver",
                want=", ".join(libraries),
                have=running["version"],
                why="the libraries on disk are of another version: Driver/library version mismatch",
                needs_reboot=True,
            )


def _lock(part: Part, hold: bool, installed: Packages) -> None:
    free = sorted(package["name"] for package in installed if not package["held"])
    held = sorted(package["name"] for package in installed if package["held"])
    if hold and free:
        part.drift(
            "lock",
            want="held",
            have=free,
            why="an unattended upgrade would replace the libraries under the running module",
        )
    elif not hold and held:
        part.drift("lock", want="not held", have=held, why="nvidia_driver_hold is false")


def _absent(part: Part, observed: Observed) -> Part:
    half = [name for name in observed["packages"]["broken"] if is_driver(name)]
    names = sorted({*half, *(package["name"] for package in observed["packages"]["driver"])})
    own = observed.get("own_files") or {}
    ours = [path for path in FILES if path in own]
    part.actions = {"state": "absent", "files": [{"path": path, "content": None} for path in ours]}
    for path in [*ours, *(path for path in RECORDS if path in own)]:
        part.drift(path, want="absent", have="present", why="nvidia_driver_state is absent")
    rules = kernel_lock.ours(observed)
    if rules:
        part.drift(kernel_lock.RULES, want="absent", have=rules, why="nvidia_driver_state is absent")
    if names:
        part.drift("packages", want="absent", have=names, why="nvidia_driver_state is absent")
    if observed["driver"]["running"] is not None:
        part.drift(
            "running driver",
            want="none",
            have=observed["driver"]["running"]["version"],
            why="the module stays in memory until the next boot",
            needs_reboot=True,
        )
    return part
