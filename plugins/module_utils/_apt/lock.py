# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until nobody else is at the packages. Private to the collection.

apt waits by itself, dpkg does not, and neither says at once who it is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._errors import GpuError
from .._observe.context import Context
from .._observe.upgrades import locks

if TYPE_CHECKING:
    from .._root import Root
    from .._runner import Runner

_PAUSE = 1.0


def wait(root: Root, runner: Runner, seconds: int) -> None:
    """Until the locks are free; after that many seconds an error says who has them."""
    deadline = time.monotonic() + seconds
    while True:
        held = locks(Context(root, runner))
        if not held:
            return
        if time.monotonic() >= deadline:
            who = sorted({f"{one.path} by process {one.pid} ({one.command})" for one in held})
            raise GpuError(
                f"the package manager was locked for {seconds} s: {'; '.join(who)}. Nothing was changed. Wait until it "
                "is done, or see why it hangs; nvidia_driver_lock_timeout and nvidia_container_toolkit_lock_timeout "
                "say how long to wait"
            )
        time.sleep(_PAUSE)
