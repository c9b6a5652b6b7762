# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container toolkit's packages and the runtimes' `nvidia` handler. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .._compat.own_state import BROUGHT
from .types import UNMANAGED, Observed, Options, Part

COMPONENT = "nvidia_container_toolkit"
PACKAGES: Tuple[str, ...] = (
    "libnvidia-container1",
    "libnvidia-container-tools",
    "nvidia-container-toolkit-base",
    "nvidia-container-toolkit",
)
RECORD = BROUGHT.format("toolkit")
"""What the node remembers of the packages that came with it"""
FLOOR = (1, 19, 1)
"""Earlier ones overwrite `imports`, write CRI-O's drop-in where it is not read, or have known container escapes."""

CDI_SINCE = (1, 7)
"""containerd's CRI plugin knows CDI from here on; 2.0 has it on by default."""


def _numbers(version: str) -> Tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


WRITTEN = ("containerd", "docker")
"""The runtimes whose configuration module container_runtime_config writes; a handler in others is their owner's."""


def wanted_runtimes(options: Options, observed: Observed) -> List[str]:
    """The runtimes to configure: those asked for, or every one installed."""
    asked = options["runtimes"]
    return (
        [name for name in ("containerd", "docker", "crio") if observed["runtimes"].get(name)]
        if asked is None
        else [str(name) for name in asked]
    )


def _handlers(name: str, runtime: Mapping[str, Any]) -> List[str]:
    if name == "docker":
        found = (runtime.get("config") or {}).get("runtimes")
        return sorted(found) if isinstance(found, dict) else []
    return sorted(runtime.get("handlers") or ())


def _default(name: str, runtime: Mapping[str, Any]) -> Any:
    return (
        (runtime.get("config") or {}).get("default-runtime", "runc") if name == "docker" else runtime["default_handler"]
    )


class _Installed(NamedTuple):
    """A package, for every architecture that it is installed for."""

    versions: List[str]
    held: bool


def _installed(observed: Observed) -> Dict[str, _Installed]:
    found: Dict[str, _Installed] = {}
    for package in observed["packages"]["toolkit"]:
        versions, held = found.get(package["name"], _Installed([], True))
        versions = sorted({*versions, package["upstream"]})
        found[package["name"]] = _Installed(versions, held and bool(package["held"]))
    return found


def to_come(options: Options, observed: Observed) -> List[Dict[str, str]]:
    """The packages with their version, for a node that has none of them."""
    if options["state"] != "present" or observed["packages"]["toolkit"]:
        return []
    return _packages(str(options["version"]))


def _packages(version: str) -> List[Dict[str, str]]:
    return [{"name": name, "version": version} for name in PACKAGES]


def compare(options: Options, observed: Observed) -> Part:
    part = Part(COMPONENT)
    if options["state"] == UNMANAGED:
        part.actions = {"state": UNMANAGED, "runtimes": []}
        return part
    installed = _installed(observed)
    runtimes = wanted_runtimes(options, observed)
    if options["state"] == "absent":
        return _absent(part, installed, runtimes, observed)
    version = str(options["version"])
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        part.refuse(
            "version",
            value=version,
            why="a toolkit version looks like 1.20.0",
            remedy="set nvidia_container_toolkit_version",
        )
        return part
    if _numbers(version) < FLOOR and not options["allow_old"]:
        part.refuse(
            "version",
            value=version,
            why="below {} the toolkit has defects that break containerd or CRI-O and known container escapes".format(
                ".".join(map(str, FLOOR))
            ),
            remedy="set nvidia_container_toolkit_version, or nvidia_container_toolkit_allow_old to true",
        )
    wrong = {
        name: ", ".join(installed[name].versions) if name in installed else "absent"
        for name in PACKAGES
        if name not in installed or installed[name].versions != [version]
    }
    if wrong:
        part.drift("packages", want=version, have=wrong, why="the four packages work at one version only")
    free = [name for name in PACKAGES if name in installed and not installed[name].held]
    if options["hold"] and (free or wrong):
        part.drift(
            "lock", want="held", have=free or "absent", why="an unattended upgrade of one of the four breaks the others"
        )
    held = [name for name in PACKAGES if name in installed and installed[name].held]
    if held and not options["hold"]:
        part.drift("lock", want="not held", have=held, why="nvidia_container_toolkit_hold is false")
    for runtime in runtimes:
        _runtime(part, runtime, options, observed)
    part.actions = {
        "state": "present",
        "version": version,
        "packages": _packages(version),
        "hold": bool(options["hold"]),
        "runtimes": [
            {"name": name, "set_default": _set_default(name, options, observed) is True}
            for name in runtimes
            if name in WRITTEN
        ],
    }
    return part


def _set_default(name: str, options: Options, observed: Observed) -> Optional[bool]:
    """Whether the handler is to be the default; None: as the owner has it."""
    if options["set_default"] is not None:
        return bool(options["set_default"])
    version = (observed["runtimes"].get(name) or {}).get("version")
    needed = name == "containerd" and version is not None and _numbers(version) < CDI_SINCE
    return True if needed else None


def _runtime(part: Part, name: str, options: Options, observed: Observed) -> None:
    runtime = observed["runtimes"].get(name)
    if not runtime:
        part.refuse(
            "runtime",
            value=name,
            why=f"{name} is not installed on this node",
            remedy="install it, or set nvidia_container_toolkit_runtimes",
        )
        return
    if runtime.get("error"):
        part.refuse(
            "configuration of " + name,
            value=runtime["config_path"],
            why=runtime["error"],
            remedy="mend the file; it was left as it is",
        )
        return
    handlers, default = _handlers(name, runtime), _default(name, runtime)
    if name not in WRITTEN:
        if "nvidia" not in handlers:
            part.refuse(
                "runtime",
                value=name,
                why=f"{name} has no handler nvidia, and its configuration is not written by this collection",
                remedy=f"run nvidia-ctk runtime configure --runtime={name} and restart it, or set "
                "nvidia_container_toolkit_runtimes",
            )
        return
    if runtime.get("cri_enabled") is False:
        part.drift(name, want="CRI enabled", have="CRI disabled", why=f"the kubelet cannot use {name} without it")
    if "nvidia" not in handlers:
        part.drift(name, want="runtime handler nvidia", have=handlers, why="pods of the GPU operator start through it")
    if name == "containerd" and _numbers(runtime["version"] or "0")[:2] == CDI_SINCE and not runtime["cdi_enabled"]:
        part.drift(
            name, want="CDI enabled", have="CDI disabled", why="the GPU operator's device plugin hands out CDI names"
        )
    set_default = _set_default(name, options, observed)
    if set_default is not None and set_default != (default == "nvidia"):
        part.drift(
            name,
            want="default runtime {}".format("nvidia" if set_default else "not nvidia"),
            have=default,
            why="nvidia_container_toolkit_set_default"
            if options["set_default"] is not None
            else "containerd before 1.7 knows no CDI: only the default runtime gives a pod the driver's files",
        )


def _absent(part: Part, installed: Mapping[str, Any], runtimes: List[str], observed: Observed) -> Part:
    # Half of a package goes as well: whatever apt does next would configure it.
    names = [name for name in PACKAGES if name in installed or name in observed["packages"]["broken"]]
    if names:
        part.drift("packages", want="absent", have=names, why="nvidia_container_toolkit_state is absent")
    if RECORD in (observed.get("own_files") or {}):
        part.drift(RECORD, want="absent", have="present", why="nvidia_container_toolkit_state is absent")
    for name in runtimes:
        if name in WRITTEN and "nvidia" in _handlers(name, observed["runtimes"].get(name) or {}):
            part.drift(
                name, want="no runtime handler nvidia", have="present", why="nvidia_container_toolkit_state is absent"
            )
    part.actions = {
        "state": "absent",
        "runtimes": [{"name": name, "set_default": False} for name in runtimes if name in WRITTEN],
    }
    return part
