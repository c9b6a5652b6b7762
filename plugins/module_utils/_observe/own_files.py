# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of this collection, by their paths. Private to the collection."""

from __future__ import annotations

import re

from .context import Context

_FOLDERS = (
    "/etc/modprobe.d",
    "/etc/modules-load.d",
    "/etc/apt/apt.conf.d",
    "/etc/apt/preferences.d",
    "/etc/default/grub.d",
    "/var/lib/baremetal.gpu",
)
_MARK = re.compile("baremetal[.-]gpu")


def own_files(look: Context) -> dict[str, str]:
    """Path → text."""
    found = {}
    for path in (f"{folder}/{name}" for folder in _FOLDERS for name in look.root.listdir(folder)):
        text = look.root.text(path) if _MARK.search(path) else None
        if text is not None:
            found[path] = text
    return found
