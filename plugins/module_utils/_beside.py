# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes and goes with packages: small files of ours, and the pins of the kernel. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Sequence

from ._compat.kernel_followers import unfollowed
from ._compat.kernel_pins import PATH, content
from ._errors import GpuError
from ._observe.context import Context
from ._observe.packages import database, packages
from ._runtime.files import FileChange, changes, read, write

if TYPE_CHECKING:
    from ._root import Root
    from ._runner import Runner


def place(files: Sequence[Mapping[str, Any]], *, dry: bool) -> List[FileChange]:
    """What differs, and is written unless only looked at."""
    found = changes([FileChange(str(one["path"]), read(str(one["path"])), one["content"]) for one in files])
    for change in () if dry else found:
        try:
            write(change.path, change.after)
        except OSError as error:
            raise GpuError(f"{change.path} cannot be written: {error.strerror}. It is as it was") from error
    return found


class KernelPins:
    """Lifted while the packages move, since they may bring a kernel; set again whatever becomes of that."""

    def __init__(self, root: Root, runner: Runner, *, dry: bool) -> None:
        self._context = Context(root, runner)
        self._path = root.path(PATH)
        self._dry = dry
        self._before = read(self._path)
        if not dry:
            write(self._path, None)

    def set(self, when: str, coming: Sequence[str]) -> List[FileChange]:
        """`coming` are packages that a dry run found to be installed."""
        found = packages(self._context, database(self._context)).kernel
        names = {*(one.name for one in found), *coming}
        lock = bool(unfollowed(names)) if when == "unfollowed" else when == "always"
        text = content((one.name, one.version) for one in found) if lock else ""
        if not self._dry:
            write(self._path, text or None)
        return changes([FileChange(PATH, self._before, text or None)])


def diff_of(change: FileChange) -> Dict[str, str]:
    return {
        "before_header": change.path,
        "after_header": change.path,
        "before": change.before or "",
        "after": change.after or "",
    }
