# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that a driver consists of on a node. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Container, Dict, Iterable, List, Mapping, Optional, Tuple

from .._compat.package_names import DRIVER_VERSION
from .._compat.package_sets import PackageSet
from .._compat.rpm_names import IMAGE
from .driver_request import Driver, next_kernel
from .types import Observed, Options

_IMAGE = "linux-image-"


def modules_kind(options: Options, packages: PackageSet) -> str:
    """How the kernel modules come: prebuilt where the source has them, else dkms."""
    asked = str(options["modules"])
    return next(iter(packages.modules)) if asked == "auto" else asked


def _is_driver_version(text: Any) -> bool:
    return bool(DRIVER_VERSION.fullmatch(text or ""))


def _is_named_after_its_version(package: Mapping[str, Any]) -> bool:
    """Such as nvidia-firmware-580-server-580.159.04: several stand side by side, and only one is used."""
    version = package["upstream"]
    return _is_driver_version(version) and str(package["name"]).endswith(f"-{version}")


def versions(packages: Iterable[Mapping[str, Any]], free: Container[str] = ()) -> List[str]:
    """The driver versions of packages that can be there in one version only; `free` have versions of their own."""
    found = {
        package["upstream"]
        for package in packages
        if package["name"] not in free and not _is_named_after_its_version(package)
    }
    return sorted(filter(_is_driver_version, found))


def left_over(observed: Observed, driver: Driver, exact: str) -> List[str]:
    """Packages of another version that an upgrade left behind, unused; `exact` may be only a branch."""
    return sorted(
        package["name"]
        for package in observed["packages"]["driver"]
        if _is_named_after_its_version(package)
        and not (package["upstream"] == exact if "." in exact else driver.matches(package["upstream"]))
    )


def installed_of_branch(driver: Driver, observed: Observed) -> Optional[str]:
    """The one installed version of the branch asked for: a branch keeps what is there."""
    found = [version for version in versions(observed["packages"]["driver"], driver.free) if driver.matches(version)]
    return found[0] if len(found) == 1 else None


def kernel_build(kernel: str) -> str:
    """5.14.0-570.12.1.el9_6.x86_64 → 5.14.0-570.12.1, and 6.1.150-174.273.amzn2023.x86_64 → 6.1.150-174.273

    What is built for another kind of kernel, such as +rt, says so: modules for this one do not fit.
    """
    return re.sub(r"\.(?:el|amzn)[0-9][^+]*", "", kernel)


def kernel_flavour(observed: Observed, kernel: str) -> str:
    """How the metapackage that brings this kernel ends, such as generic-hwe-24.04; else how the kernel ends."""
    match = re.fullmatch(r"[^-]+(?:-\d[^-]*)?-(.+)", kernel)
    own = match[1] if match else kernel
    found: Dict[str, Tuple[bool, bool]] = {}
    for package in observed["packages"].get("kernel") or ():
        name = str(package["name"])
        end = name[len(_IMAGE) :]
        if name.startswith(_IMAGE) and (end == own or end.startswith(f"{own}-")):
            brings = any(clause.split(" ")[0] == _IMAGE + kernel for clause in package["depends"])
            found[end] = max(found.get(end, (False, False)), (brings, end == own))
    return max(sorted(found), key=found.__getitem__, default=own)


def _rpm(observed: Observed, kernel: str) -> Tuple[str, str]:
    """5.14.0-570.12.1.el9_6.aarch64+64k → kernel-64k, 5.14.0-570.12.1.el9_6.aarch64; else as an installed one says."""
    kernels = observed["packages"].get("kernel") or ()
    release, _plus, variant = kernel.partition("+")
    if variant:
        return f"kernel-{variant}", release
    found = {
        match[1]
        for match, package in ((IMAGE.fullmatch(str(one["name"])), one) for one in kernels)
        if match and release.startswith(str(package["version"]).rpartition(":")[2])
    }
    return min(found, default="kernel"), release


def _of_kernel(observed: Observed, kernel: str) -> Dict[str, str]:
    """What the names of packages for this kernel are made of."""
    rpm, evr = _rpm(observed, kernel)
    return {
        "kernel": kernel,
        "kernel_build": kernel_build(kernel),
        "kernel_flavour": kernel_flavour(observed, kernel),
        "kernel_rpm": rpm,
        "kernel_evr": evr,
    }


def streams(options: Options, driver: Driver) -> List[str]:
    """dnf's module streams to take the packages from, the better one first."""
    found = driver.packages.streams if driver.packages else {}
    kind = modules_kind(options, driver.packages) if driver.packages else ""
    return [name.format(branch=driver.branch) for name in found.get(kind, {}).get(driver.flavour, ())]


def _root(name: str, version: Optional[str], *, optional: bool = False) -> Dict[str, Any]:
    found: Dict[str, Any] = {"name": name, "version": version}
    return {**found, "optional": True} if optional else found


def roots(options: Options, observed: Observed, driver: Driver, version: str) -> List[Dict[str, Any]]:
    """The packages to ask for, each with the driver version that it must carry.

    A version of None: it follows the kernel, or its own source. Optional: taken where the source has it.
    """
    packages = driver.packages
    if packages is None:
        return []
    kernel = next_kernel(observed)
    names = {
        "branch": driver.branch,
        "open": "-open" if driver.flavour == "open" else "",
        "version": version if "." in version else "{version}",
        **_of_kernel(observed, kernel),
    }
    kind = modules_kind(options, packages)
    wanted = list(packages.full if options["packages"] == "full" else packages.compute)
    found = [_root(name.format(**names), None if name in packages.free else version) for name in wanted]
    modules = [
        _root(name.format(**names), None if kind == "prebuilt" else version)
        for name in packages.modules.get(kind, {}).get(driver.flavour, ())
    ]
    found = [*modules, *found] if packages.modules_first else [*found, *modules]
    found += [_root(name.format(**names), None, optional=not packages.pinning_always) for name in packages.pinning]
    there, running = observed["kernel"]["headers"], observed["kernel"]["running"]
    # Headers of a kernel that no source has any more may be there all the same.
    if kind == "dkms" and kernel not in there:
        found += [_root(name.format(**names), None) for name in packages.headers]
    if kind == "dkms" and running and running not in (kernel, *there):
        # The way back, should the next kernel not start; its archive may have dropped them meanwhile.
        spare = {**names, **_of_kernel(observed, running)}
        known = [root["name"] for root in found]
        found += [
            _root(name.format(**spare), None, optional=True)
            for name in packages.headers
            if name.format(**spare) not in known
        ]
    return found


def missing(
    wanted: Iterable[Mapping[str, Any]], installed: Iterable[Mapping[str, Any]], observed: Observed
) -> List[str]:
    """Of the packages to ask for, those that are not there."""
    there = {package["name"] for package in installed}
    there.update(package["name"] for package in observed["packages"].get("repository", ()))
    return [root["name"] for root in wanted if root["name"] not in there and not root.get("optional")]


def _is_module_package(name: str, packages: PackageSet, flavour: str, branch: str) -> bool:
    """Whether a package carries kernel modules of this flavour and branch (a pattern), for whatever kernel."""
    fill = {
        "branch": branch,
        "open": "-open" if flavour == "open" else "",
        "version": rf"{branch}\.[0-9.]+",
        "kernel": r"[0-9][a-z0-9.+-]*",
        "kernel_build": r"[0-9][0-9.-]*",
        "kernel_flavour": r"(?!open)[a-z][a-z0-9.-]*",
    }
    return any(
        re.fullmatch(text.format(**fill), name)
        for kinds in packages.modules.values()
        for text in kinds.get(flavour, ())
    )


def other_modules(observed: Observed, driver: Driver) -> List[str]:
    """Installed packages that carry kernel modules of another flavour or branch, or come from another source."""
    packages = driver.packages
    if packages is None:
        return []
    other = "proprietary" if driver.flavour == "open" else "open"
    found = []
    for name in (package["name"] for package in observed["packages"]["driver"]):
        ours = _is_module_package(name, packages, driver.flavour, str(driver.branch))
        of_others = packages.foreign and re.fullmatch(packages.foreign, name)
        if of_others or (
            not ours
            and any(_is_module_package(name, packages, flavour, r"[0-9]+") for flavour in (driver.flavour, other))
        ):
            found.append(name)
    return sorted(found)
