# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CRI-O's configuration: a file and its drop-ins, merged as CRI-O does. Private to the collection."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from .._dataclass import dataclass
from .toml import parse_toml


@dataclass(frozen=True)
class CrioSettings:
    """What the files together say; what none says is CRI-O's own default."""

    handlers: Mapping[str, str | None]
    """Runtime handler → its binary; None where CRI-O looks for it by the handler's name"""
    default_handler: str | None
    cdi_directories: tuple[str, ...] | None


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def parse_crio(texts: Iterable[str]) -> CrioSettings:
    """Later files win: by value, and of runtimes by the whole handler."""
    handlers: dict[str, str | None] = {}
    default: str | None = None
    directories: tuple[str, ...] | None = None
    for text in texts:
        runtime = _table(_table(parse_toml(text).get("crio")).get("runtime"))
        for name, handler in _table(runtime.get("runtimes")).items():
            path = _table(handler).get("runtime_path")
            handlers[name] = path if isinstance(path, str) and path else None
        named, folders = runtime.get("default_runtime"), runtime.get("cdi_spec_dirs")
        default = named if isinstance(named, str) and named else default
        if isinstance(folders, list):
            directories = tuple(str(folder) for folder in folders)
    return CrioSettings(handlers, default, directories)
