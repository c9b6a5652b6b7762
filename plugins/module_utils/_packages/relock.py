# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks that outlast whatever cuts a transaction short. Private to the collection."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator

from .._errors import GpuError


@contextmanager
def relocked(lock: Callable[[], Any], *, dry: bool) -> Iterator[None]:
    """`lock` brings what is there then to the locks asked for; what went through has them already."""
    through = dry
    try:
        yield
        through = True
    finally:
        if not through:
            with suppress(GpuError, OSError):
                lock()
