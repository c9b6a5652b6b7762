# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's daemon.json. Private to the collection."""

from __future__ import annotations

from typing import Any, Mapping

from .._dataclass import dataclass
from .json_object import parse_object


@dataclass(frozen=True)
class DockerSettings:
    """What daemon.json says of runtimes; values of the wrong type count as unsaid, as the daemon would not start."""

    handlers: Mapping[str, str | None]
    """Runtime → its binary; None where the daemon finds it by its type"""
    default_handler: str | None
    cdi: bool | None


def parse_daemon_json(text: str) -> dict[str, Any]:
    """The daemon takes an empty file for no configuration."""
    return parse_object(text, "daemon.json") if text.strip() else {}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def settings(config: Mapping[str, Any]) -> DockerSettings:
    handlers: dict[str, str | None] = {"runc": None}
    for name, runtime in _table(config.get("runtimes")).items():
        path = _table(runtime).get("path")
        handlers[name] = path if isinstance(path, str) and path else None
    default, cdi = config.get("default-runtime"), _table(config.get("features")).get("cdi")
    return DockerSettings(
        handlers, default if isinstance(default, str) and default else None, cdi if isinstance(cdi, bool) else None
    )
