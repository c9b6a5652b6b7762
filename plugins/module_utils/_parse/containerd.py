# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's configuration: the file, and what `containerd config dump` makes of it. Private to the collection."""

from __future__ import annotations

from typing import Any, Mapping

from .._dataclass import dataclass
from .toml import parse_toml

CRI_PLUGINS = ("io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "cri")
"""Where the CRI settings stand: schema 3 and later, schema 2, schema 1."""
_CRI_IDS = frozenset((*CRI_PLUGINS, "io.containerd.cri.v1.images"))
_DISABLING = frozenset((*CRI_PLUGINS, "io.containerd.cri.v1.images"))


@dataclass(frozen=True)
class ContainerdFile:
    """What only the file says."""

    version: int
    imports: tuple[str, ...]


@dataclass(frozen=True)
class ContainerdSettings:
    """What is in force."""

    cri_enabled: bool
    """Neither switched off nor, which containerd only tells its log, without a handler of the default's name"""
    handlers: Mapping[str, str | None]
    """Runtime handler → its binary; None where containerd chooses it by the handler's type"""
    default_handler: str | None
    cdi_enabled: bool | None


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def parse_config_file(text: str) -> ContainerdFile:
    """A file that names no version is of version 1."""
    document = parse_toml(text)
    version = document.get("version", 1)
    return ContainerdFile(version if isinstance(version, int) else 1, _texts(document.get("imports")))


def parse_settings(text: str) -> ContainerdSettings:
    """`containerd config dump`, or a configuration file with everything in it."""
    document = parse_toml(text)
    plugins = _table(document.get("plugins"))
    cri = next((_table(plugins[name]) for name in CRI_PLUGINS if name in plugins), {})
    containerd = _table(cri.get("containerd"))
    handlers = {}
    for name, runtime in _table(containerd.get("runtimes")).items():
        binary = _table(_table(runtime).get("options")).get("BinaryName")
        handlers[name] = binary if isinstance(binary, str) and binary else None
    default, cdi = containerd.get("default_runtime_name"), cri.get("enable_cdi")
    default = default if isinstance(default, str) and default else None
    switched_off = _DISABLING.intersection(_texts(document.get("disabled_plugins")))
    return ContainerdSettings(
        cri_enabled=not switched_off and (default is None or default in handlers),
        handlers=handlers,
        default_handler=default,
        cdi_enabled=cdi if isinstance(cdi, bool) else None,
    )


def failed_cri_plugins(text: str) -> tuple[str, ...]:
    """`ctr plugins ls`: the CRI plugins that did not start."""
    rows = [line.split() for line in text.splitlines()[1:]]
    names = ((row[0] + "." + row[1], row[-1]) for row in rows if len(row) > 2)
    return tuple(name for name, status in names if name in _CRI_IDS and status == "error")
