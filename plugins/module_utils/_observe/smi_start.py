# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first call of nvidia-smi, on its way before anything else is imported. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from .._runner import Result, Starter

FIRST = ("nvidia-smi", "-q", "-x")
TIMEOUT = 60.0
"""Seconds. Without persistence every call initialises every GPU, which takes seconds each."""


def begin(runner: Starter) -> Callable[[], Result]:
    """The call that takes longest; what is returned waits for its end."""
    return runner.start(FIRST, timeout=TIMEOUT)
