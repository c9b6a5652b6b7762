# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that hold the driver: none of its modules can be unloaded before they end. Private to the collection."""

from __future__ import annotations

import os
import pwd
import re
from contextlib import suppress

from .._parse.systemd import parse_unit
from .context import Context
from .driver_types import Holder, Modules

_DEVICES = "/dev/nvidia"
_MOST_PER_PROCESS = 1024
_MOST = 30_000
"""Open files to look at: more take longer than the answer is worth."""


def _devices(look: Context, folder: str) -> tuple[int, set[str]]:
    """How many open files were looked at, and the driver's among them."""
    names = os.listdir(look.root.path(folder))[:_MOST_PER_PROCESS]
    targets = set()
    for name in names:
        with suppress(FileNotFoundError):  # it was closed meanwhile
            targets.add(os.readlink(look.root.path(f"{folder}/{name}")))
    return len(names), {target for target in targets if target.startswith(_DEVICES)}


def _owner(groups: str, status: os.stat_result | None) -> str | None:
    container = re.search("[0-9a-f]{64}", groups)
    if container or status is None:
        return f"container {container.group()[:12]}" if container else None
    with suppress(KeyError):
        return f"user {pwd.getpwuid(status.st_uid).pw_name}"
    return f"user {status.st_uid}"


def holders(look: Context, modules: Modules) -> tuple[Holder, ...]:
    """Only where the driver is loaded and in use."""
    nvidia = modules.loaded.get("nvidia")
    if nvidia is None or nvidia.refcount == 0:
        return ()
    found = []
    seen = hidden = 0
    for pid in sorted((name for name in look.root.listdir("/proc") if name.isdigit()), key=int):
        if seen > _MOST:
            look.note("/proc", f"processes from {pid} on were not searched for open devices: too many open files")
            break
        try:
            count, devices = _devices(look, f"/proc/{pid}/fd")
        except PermissionError:
            hidden += 1
            continue
        except OSError:
            continue  # it ended meanwhile
        seen += count
        if devices:
            command = (look.root.text(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()
            groups = look.root.text(f"/proc/{pid}/cgroup") or ""
            owner = _owner(groups, look.root.stat(f"/proc/{pid}"))
            found.append(Holder(int(pid), command, tuple(sorted(devices)), parse_unit(groups), owner))
    if hidden:
        look.note("/proc", f"open devices of {hidden} processes are not visible here")
    return tuple(found)
