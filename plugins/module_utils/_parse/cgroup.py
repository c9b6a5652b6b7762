# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/proc/PID/cgroup: which service a process belongs to. Private to the collection."""

from __future__ import annotations

_ENDS = (".service", ".scope")


def parse_unit(text: str) -> str | None:
    """The systemd service that a process is in; None for one in a container, a pod or a session."""
    for line in text.splitlines():
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[1] in ("", "name=systemd"):
            folders = parts[2].split("/")
            last = max((at for at, name in enumerate(folders) if name.endswith(_ENDS)), default=None)
            if last is None or folders[last].endswith(".scope") or any("pod" in name for name in folders[last + 1 :]):
                return None
            return folders[last]
    return None
