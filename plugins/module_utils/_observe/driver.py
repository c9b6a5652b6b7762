# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GPU kernel modules: in memory, and on disk for every kernel. Private to the collection."""

from __future__ import annotations

import re

from .._parse.debian_version import version_key
from .._parse.modinfo import parse_modinfo
from .._parse.proc_driver import parse_params, parse_version
from .context import Context
from .types import Driver, LoadedModule, ModuleOnDisk, Modules, RunningDriver

_GPU_MODULE = re.compile(r"nvidia(_.*)?|nouveau|nova(_.*)?")
_NVIDIA = re.compile(r"nvidia(?:-current(?:-open)?|-tesla(?:-\d+)?)?\.ko(?:\.(?:gz|xz|zst))?")
_TREES = ("updates", "extra", "weak-updates")
_DEEPEST = 4


def modules(look: Context) -> Modules:
    """Loaded ones have an initstate; /sys/module lists built-in ones as well."""
    loaded = {}
    for name in look.root.listdir("/sys/module"):
        here = f"/sys/module/{name}/"
        if _GPU_MODULE.fullmatch(name) and look.root.exists(here + "initstate"):
            loaded[name] = LoadedModule(look.root.line(here + "version"), look.root.line(here + "srcversion"))
    return Modules(loaded)


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


def _on_disk(look: Context) -> tuple[ModuleOnDisk, ...]:
    kernels = sorted(look.root.listdir("/lib/modules"), key=version_key)
    files = [(kernel, path) for kernel in kernels for path in _files(look, kernel)]
    if not files:
        return ()
    result = look.run("modinfo", *(look.root.path(path) for _kernel, path in files))
    known = {info.path: info for info in (parse_modinfo(result.out) if result else ())}
    found = []
    for kernel, path in files:
        info = known.get(look.root.path(path))
        kind = "dkms" if "/updates/dkms/" in path else "prebuilt"
        version, flavour = (info.version, info.flavour) if info else (None, None)
        found.append(ModuleOnDisk(kernel, version, flavour, path, kind))
    return tuple(found)


def driver(look: Context) -> Driver:
    return Driver(_running(look), _on_disk(look))
