# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands of the lab, and lanes of its tests, run beside each other: what is shared is made by one at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from lab import CACHE, NUMBER

FOLDER = CACHE / "locks"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """The second waits, and finds the first one's work. Not to be taken twice by one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def alone(what: str) -> AbstractContextManager[None]:
    """In one lab."""
    return locked(FOLDER / f"{what}-{NUMBER}")
