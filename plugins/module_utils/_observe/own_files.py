# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drop-ins that this collection wrote: nothing but their names says whose they are. Private to the collection."""

from __future__ import annotations

from .context import Context

_FOLDERS = (
    "/etc/modprobe.d",
    "/etc/modules-load.d",
    "/etc/apt/apt.conf.d",
    "/etc/apt/preferences.d",
    "/etc/default/grub.d",
)
_MARK = "baremetal-gpu"


def own_files(look: Context) -> dict[str, str]:
    """Path → text."""
    found = {}
    for folder in _FOLDERS:
        for name in look.root.listdir(folder):
            text = look.root.text(f"{folder}/{name}") if _MARK in name else None
            if text is not None:
                found[f"{folder}/{name}"] = text
    return found
