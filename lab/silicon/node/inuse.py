# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has the driver's device files open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def opened(prefix: str) -> bool:
    """Whether any process of the node has a device file that begins so open."""
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for link in folder.iterdir():
                with suppress(OSError):
                    if str(link.readlink()).startswith(prefix):
                        return True
    return False
