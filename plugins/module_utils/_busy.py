# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until nobody else is at the packages; a wait in vain says who is. Private to the collection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, List

from ._errors import GpuError
from ._observe.context import Context
from ._observe.types import Lock
from ._observe.upgrades import locks

if TYPE_CHECKING:
    from ._root import Root
    from ._runner import Runner

_BUILDERS = ("dkms", "update-initramfs", "mkinitramfs", "dracut")
"""They take no lock, and spoil what another of them is at. They outlive the package manager that is killed."""
_PAUSE = 1.0
_OPTIONS = "nvidia_driver_lock_timeout and nvidia_container_toolkit_lock_timeout"


def _builds(look: Context) -> List[Lock]:
    """Modules and images that are built now, by whom ever; not those of a container, which are its own."""
    here = look.root.readlink("/proc/self/ns/mnt")
    found: List[Lock] = []
    for pid in look.root.listdir("/proc"):
        words = (look.root.text(f"/proc/{pid}/cmdline") or "").split("\0") if pid.isdigit() else []
        # They are scripts: the first word is their shell.
        path = next((word for word in words[:2] if word.rpartition("/")[2] in _BUILDERS), None)
        if path and look.root.readlink(f"/proc/{pid}/ns/mnt") == here:
            found.append(Lock(path, int(pid), " ".join(words).strip()))
    return found


def wait(root: Root, runner: Runner, seconds: int, options: str = _OPTIONS) -> None:
    """Until no lock is held and nothing is built; after that many seconds an error says by whom."""
    deadline = time.monotonic() + seconds
    while True:
        context = Context(root, runner)
        held = [*locks(context), *_builds(context)]
        if not held:
            return
        if time.monotonic() >= deadline:
            who = sorted({f"{one.path} by process {one.pid} ({one.command})" for one in held})
            raise GpuError(
                f"the package manager was locked for {seconds} s: {'; '.join(who)}. Nothing was changed. Wait until it "
                f"is done, or see why it hangs; how long to wait is set by {options}"
            )
        time.sleep(_PAUSE)
