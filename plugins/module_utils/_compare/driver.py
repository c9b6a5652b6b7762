# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver packages, their lock, the kernel module on disk and the one in memory. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

from .._compat.driver_packages import PackageSet
from .driver_request import Driver, resolve
from .types import UNMANAGED, Observed, Options, Part, Request

COMPONENT = "nvidia_driver"
FABRIC_MANAGER = "nvidia-fabricmanager.service"
_DRIVER_VERSION = re.compile(r"\d{3}\.\d{2,3}(\.\d+)?")


def modules_kind(options: Options, packages: PackageSet) -> str:
    """How the kernel modules come: prebuilt where the source has them, else dkms."""
    asked = str(options["modules"])
    return next(iter(packages.modules)) if asked == "auto" else asked


def fabric_manager(options: Options, observed: Observed) -> bool:
    """Whether the node runs the fabric manager: asked for, or because it has NVSwitches."""
    asked = str(options["fabric_manager"])
    return bool(observed["pci"]["nvswitches"]) if asked == "auto" else asked == "present"


def _installed_of_branch(driver: Driver, observed: Observed) -> Optional[str]:
    """The one installed version of the branch asked for: a branch keeps what is there."""
    versions = {
        package["upstream"] for package in observed["packages"]["driver"] if driver.matches(package["upstream"])
    }
    return versions.pop() if len(versions) == 1 else None


def roots(options: Options, observed: Observed, driver: Driver, version: str) -> List[Dict[str, Any]]:
    """The packages to ask apt for, each with the driver version that it must carry (None: follows the kernel)."""
    packages = driver.packages
    if packages is None:
        return []
    kernel = observed["kernel"]["next"] or observed["kernel"]["running"]
    names = {
        "branch": driver.branch,
        "open": "-open" if driver.flavour == "open" else "",
        "kernel": kernel,
        "kernel_flavour": kernel.rsplit("-", 1)[-1],
    }
    kind = modules_kind(options, packages)
    wanted = list(packages.full if options["packages"] == "full" else packages.compute)
    if fabric_manager(options, observed):
        wanted += packages.fabric
    found: List[Dict[str, Any]] = [{"name": name.format(**names), "version": version} for name in wanted]
    module_packages = packages.modules.get(kind, {}).get(driver.flavour, ())
    found += [
        {"name": name.format(**names), "version": None if kind == "prebuilt" else version} for name in module_packages
    ]
    if kind == "dkms":
        found.append({"name": packages.headers.format(**names), "version": None})
    return found


def _is_module_package(name: str, packages: PackageSet, flavour: str, branch: str) -> bool:
    """Whether a package carries kernel modules of this flavour and branch (a pattern), for whatever kernel."""
    fill = {
        "branch": branch,
        "open": "-open" if flavour == "open" else "",
        "kernel": r"[0-9][a-z0-9.+-]*",
        "kernel_flavour": r"(?!open)[a-z][a-z0-9.-]*",
    }
    return any(
        re.fullmatch(text.format(**fill), name)
        for kinds in packages.modules.values()
        for text in kinds.get(flavour, ())
    )


def other_modules(observed: Observed, driver: Driver) -> List[str]:
    """Installed packages that carry kernel modules of another flavour or branch."""
    packages = driver.packages
    if packages is None:
        return []
    other = "proprietary" if driver.flavour == "open" else "open"
    found = []
    for name in (package["name"] for package in observed["packages"]["driver"]):
        ours = _is_module_package(name, packages, driver.flavour, str(driver.branch))
        if not ours and any(
            _is_module_package(name, packages, flavour, r"[0-9]+") for flavour in (driver.flavour, other)
        ):
            found.append(name)
    return sorted(found)


def compare(request: Request, observed: Observed) -> Part:
    part = Part(COMPONENT)
    options = request[COMPONENT]
    if options["state"] == UNMANAGED:
        part.actions = {"state": UNMANAGED}
        return part
    if options["state"] == "absent":
        return _absent(part, observed)
    driver = resolve(request, observed, part)
    if driver is None:
        return part
    packages = driver.packages
    kind = modules_kind(options, packages) if packages else "dkms"
    if packages and kind not in packages.modules:
        part.refuse(
            "modules",
            value=kind,
            why="{} packages for {} come as: {}".format(
                driver.source, observed["os"]["pretty"], ", ".join(packages.modules)
            ),
            remedy="set nvidia_driver_modules to auto",
        )
    exact = driver.version or _installed_of_branch(driver, observed) or str(driver.branch)
    wanted = roots(options, observed, driver, exact)
    part.actions = {
        "state": "present",
        "title": driver.title,
        "branch": driver.branch,
        "flavour": driver.flavour,
        "match": exact,
        "roots": wanted,
        "installed": sorted(package["name"] for package in observed["packages"]["driver"]),
        "conflicting": other_modules(observed, driver),
        "kernel": observed["kernel"]["next"],
        "modules": kind,
        "hold": bool(options["hold"]),
        "fabric_manager": fabric_manager(options, observed),
        "repair": sorted(observed["packages"]["broken"]),
    }
    _packages(part, driver, wanted, observed)
    part.actions["rebuild"] = _on_disk(part, driver, observed) and kind == "dkms"
    _running(part, driver, observed)
    _lock(part, bool(options["hold"]), observed)
    if part.actions["fabric_manager"]:
        _fabric_manager(part, observed)
    return part


def _packages(part: Part, driver: Driver, wanted: List[Dict[str, Any]], observed: Observed) -> None:
    installed = {package["name"]: package for package in observed["packages"]["driver"]}
    headers = "linux-headers-{}".format(observed["kernel"]["next"])
    missing = [
        root["name"]
        for root in wanted
        if root["name"] not in installed
        and not (root["name"] == headers and observed["kernel"]["next"] in observed["kernel"]["headers"])
    ]
    wrong = {
        name: package["upstream"]
        for name, package in installed.items()
        if _DRIVER_VERSION.fullmatch(package["upstream"] or "") and not driver.matches(package["upstream"])
    }
    if missing:
        part.drift("packages", want=missing, have="absent", why=f"driver {driver.title} consists of them")
    if wrong:
        versions = sorted(set(wrong.values()))
        part.drift(
            "packages",
            want=driver.title,
            have="{} of {} packages at {}".format(len(wrong), len(installed), ", ".join(versions)),
            why="asked for " + driver.title,
        )
    if part.actions["conflicting"]:
        part.drift(
            "packages",
            want="absent",
            have=part.actions["conflicting"],
            why="they carry kernel modules other than the ones asked for",
        )
    if observed["packages"]["broken"]:
        part.drift(
            "package database",
            want="configured",
            have=sorted(observed["packages"]["broken"]),
            why="an installation was interrupted",
        )


def _on_disk(part: Part, driver: Driver, observed: Observed) -> bool:
    """Whether the kernel that boots next lacks the module."""
    kernel = observed["kernel"]["next"]
    for_next = [module for module in observed["driver"]["on_disk"] if module["kernel"] == kernel]
    right = [module for module in for_next if driver.matches(module["version"]) and module["flavour"] == driver.flavour]
    if not right:
        have = sorted("{version} {flavour} ({path})".format(**module) for module in for_next)
        part.drift(f"kernel module for {kernel}", want=driver.title, have=have or "none", why="this kernel boots next")
    return not right


def _running(part: Part, driver: Driver, observed: Observed) -> None:
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
        libraries = {
            p["upstream"] for p in observed["packages"]["driver"] if _DRIVER_VERSION.fullmatch(p["upstream"] or "")
        }
        if libraries and running["version"] not in libraries:
            part.drift(
                "running driver",
                want=", ".join(sorted(libraries)),
                have=running["version"],
                why="the libraries on disk are of another version: Driver/library version mismatch",
                needs_reboot=True,
            )


def _fabric_manager(part: Part, observed: Observed) -> None:
    unit = observed["units"].get(FABRIC_MANAGER) or {}
    if unit.get("unit_file_state") != "enabled":
        part.drift(
            FABRIC_MANAGER,
            want="enabled",
            have=unit.get("unit_file_state") or "not installed",
            why="GPUs behind NVSwitches do not work without it",
        )
    elif observed["driver"]["running"] is not None and unit.get("active_state") != "active":
        part.drift(
            FABRIC_MANAGER,
            want="active",
            have=unit.get("active_state"),
            why="GPUs behind NVSwitches do not work without it",
        )


def _lock(part: Part, hold: bool, observed: Observed) -> None:
    free = sorted(package["name"] for package in observed["packages"]["driver"] if not package["held"])
    held = sorted(package["name"] for package in observed["packages"]["driver"] if package["held"])
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
    names = sorted(package["name"] for package in observed["packages"]["driver"])
    part.actions = {"state": "absent", "remove": names, "repair": sorted(observed["packages"]["broken"])}
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
