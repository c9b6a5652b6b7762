# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver: in memory, on disk for every kernel, and as a library. Private to the collection."""

from __future__ import annotations

import os
import re

from .._parse.debian_version import version_key
from .._parse.dkms import parse_installer_log
from .._parse.modinfo import ModuleInfo, parse_modinfo
from .._parse.proc_driver import parse_params, parse_version
from .context import Context
from .dkms import dkms
from .driver_types import DkmsModule, Driver, Library, LoadedModule, ModuleOnDisk, Modules, Runfile, RunningDriver

_GPU_MODULE = re.compile(r"nvidia(_.*)?|nouveau|nova(_.*)?")
_NVIDIA = re.compile(r"nvidia(?:-current(?:-open)?|-tesla(?:-\d+)?)?\.ko(?:\.(?:gz|xz|zst))?")
_TREES = ("updates", "extra", "weak-updates")
_DEEPEST = 4
_LIBRARIES = tuple(
    f"/usr/{folder}/libnvidia-ml.so.1" for folder in ("lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib64", "lib")
)
_LIBRARY_VERSION = re.compile(r"\.so\.(\d+\.\d[\d.]*)$")
_UNINSTALL = ("/usr/bin/nvidia-uninstall", "/var/lib/nvidia/log")
_INSTALLER_LOG = "/var/log/nvidia-installer.log"


def _loaded(look: Context, here: str) -> LoadedModule:
    refcount = look.root.line(here + "refcnt") or ""
    parameters = {name: look.root.line(f"{here}parameters/{name}") for name in look.root.listdir(here + "parameters")}
    return LoadedModule(
        version=look.root.line(here + "version"),
        srcversion=look.root.line(here + "srcversion"),
        refcount=int(refcount) if refcount.isdigit() else None,
        used_by=tuple(look.root.listdir(here + "holders")),
        parameters={name: value for name, value in parameters.items() if value is not None},
    )


def modules(look: Context) -> Modules:
    """Loaded ones have an initstate; /sys/module lists built-in ones as well."""
    names = [name for name in look.root.listdir("/sys/module") if _GPU_MODULE.fullmatch(name)]
    places = {name: f"/sys/module/{name}/" for name in names}
    return Modules({name: _loaded(look, here) for name, here in places.items() if look.root.exists(here + "initstate")})


def _running(look: Context) -> RunningDriver | None:
    text = look.root.text("/proc/driver/nvidia/version")
    driver = None if text is None else look.parse(parse_version, text, "/proc/driver/nvidia/version")
    if driver is None:
        return None
    params = parse_params(look.root.text("/proc/driver/nvidia/params") or "")
    return RunningDriver(driver.version, driver.flavour, params)


def _walk(look: Context, folder: str, depth: int = 0) -> list[str]:
    found = []
    for name in look.root.listdir(folder):
        path = f"{folder}/{name}"
        if _NVIDIA.fullmatch(name):
            found.append(path)
        elif depth < _DEEPEST and "." not in name and look.root.isdir(path):
            found += _walk(look, path, depth + 1)
    return found


def _files(look: Context, kernel: str) -> list[str]:
    """In depmod's order: what is in updates/ wins over what came with the kernel."""
    top = f"/lib/modules/{kernel}/"
    folders = [top + tree for tree in _TREES]
    folders += [top + "kernel/" + name for name in look.root.listdir(top + "kernel") if name.startswith("nvidia")]
    folders.append(top + "kernel/drivers/video")
    return [path for folder in folders for path in _walk(look, folder)]


def _modinfo(look: Context, paths: list[str]) -> dict[str, ModuleInfo]:
    """All files in one call. A file that it cannot read does not keep it from the others."""
    result = look.runner.run(["modinfo", *paths], timeout=30.0)
    if result.rc != 0:
        said = " ".join(result.err.split())[:400]
        look.note("modinfo", "timed out" if result.timed_out else f"return code {result.rc}: {said}")
    return {info.path: info for info in parse_modinfo(result.out)}


def _on_disk(look: Context, built: tuple[DkmsModule, ...]) -> tuple[ModuleOnDisk, ...]:
    kernels = sorted(look.root.listdir("/lib/modules"), key=version_key)
    files = [(kernel, path) for kernel in kernels for path in _files(look, kernel)]
    known = _modinfo(look, [look.root.path(path) for _kernel, path in files]) if files else {}
    installed = {(module.kernel, module.version) for module in built if module.state == "installed"}
    found = []
    for kernel, path in files:
        info = known.get(look.root.path(path))
        version = info.version if info else None
        # Debian's families have a folder for it; elsewhere only DKMS itself knows.
        by_dkms = "/updates/dkms/" in path or (kernel, version) in installed
        found.append(
            ModuleOnDisk(
                kernel=kernel,
                version=version,
                flavour=info.flavour if info else None,
                path=path,
                kind="dkms" if by_dkms else "prebuilt",
                license=info.license if info else None,
                vermagic=info.vermagic if info else None,
                srcversion=info.srcversion if info else None,
                signer=info.signer if info else None,
            )
        )
    return tuple(found)


def _library(look: Context) -> Library | None:
    for path in _LIBRARIES:
        target = os.path.realpath(look.root.path(path))
        version = _LIBRARY_VERSION.search(target)
        if version and os.path.exists(target):
            return Library(target[len(look.root.top) :], version.group(1))
    return None


def _runfile(look: Context) -> Runfile:
    """The log alone outlives an uninstallation."""
    left = [path for path in _UNINSTALL if look.root.exists(path)]
    file = look.root.open(_INSTALLER_LOG) if look.root.exists(_INSTALLER_LOG) else None
    version = None
    if file is not None:
        with file:
            version = parse_installer_log(file.read(4096).decode("utf-8", "replace"))
    evidence = (*left, *([_INSTALLER_LOG] if file is not None else []))
    return Runfile(bool(left), version, evidence)


def driver(look: Context) -> Driver:
    built = dkms(look)
    return Driver(_running(look), _on_disk(look, built), _library(look), built, _runfile(look))
