# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options on the command line of a daemon. Private to the collection."""

from __future__ import annotations

from .types import Unit


def option(unit: Unit | None, names: tuple[str, ...], default: str) -> str:
    """The value of an option in a unit's ExecStart."""
    words = (unit.exec_start if unit else "").replace("=", " ").split()
    return next((value for name, value in zip(words, words[1:]) if name in names), default)
