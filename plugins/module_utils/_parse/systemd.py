# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`systemctl show` of several units, and the unit of a process. Private to the collection."""

from __future__ import annotations

import re

from .._dataclass import dataclass

PROPERTIES = (
    "Id",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "ExecStart",
    "DropInPaths",
    "FragmentPath",
    "NeedDaemonReload",
)
_ENDS = (".service", ".scope")
_ARGV = re.compile(r"argv\[\]=(.*?) ; ignore_errors=")


@dataclass(frozen=True)
class UnitState:
    """One unit; names as systemd has them, in snake case."""

    name: str
    load_state: str
    active_state: str
    unit_file_state: str
    exec_start: str
    dropins: tuple[str, ...]
    path: str
    sub_state: str = ""
    needs_reload: bool = False


def parse_show(text: str) -> dict[str, UnitState]:
    """Id → state. Units are separated by an empty line, and a unit need not print every property."""
    units = {}
    for block in re.split(r"\n\s*\n", text):
        values: dict[str, str] = {}
        for line in block.splitlines():
            name, equals, value = line.partition("=")
            if equals:
                values.setdefault(name, value)
        argv = _ARGV.search(values.get("ExecStart", ""))
        if "Id" in values:
            units[values["Id"]] = UnitState(
                name=values["Id"],
                load_state=values.get("LoadState", ""),
                active_state=values.get("ActiveState", ""),
                unit_file_state=values.get("UnitFileState", ""),
                exec_start=argv.group(1) if argv else "",
                dropins=tuple(values.get("DropInPaths", "").split()),
                path=values.get("FragmentPath", ""),
                sub_state=values.get("SubState", ""),
                needs_reload=values.get("NeedDaemonReload") == "yes",
            )
    return units


def parse_unit(text: str) -> str | None:
    """The service that a process is in, by its /proc/PID/cgroup; None for one in a container, a pod or a session."""
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[1] in ("", "name=systemd"):
            folders = parts[2].split("/")
            last = max((at for at, name in enumerate(folders) if name.endswith(_ENDS)), default=None)
            if last is None or folders[last].endswith(".scope") or any("pod" in name for name in folders[last + 1 :]):
                return None
            return folders[last]
    return None
