# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels kept at their versions, by apt's pins or dnf's versionlock. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Sequence

from ._compat.kernel_followers import unfollowed
from ._compat.kernel_locks import PATH, content, rule, rules
from ._dnf import locks
from ._dnf.transaction import Dnf
from ._errors import GpuError
from ._observe.context import Context
from ._observe.packages import database, manager, packages
from ._runtime.files import FileChange, changes, read, write

if TYPE_CHECKING:
    from ._root import Root
    from ._runner import Runner


class KernelLock:
    """Lifted while the packages move, since they may bring a kernel; set again whatever becomes of that."""

    def __init__(self, root: Root, runner: Runner, when: str, *, dry: bool) -> None:
        self._context = Context(root, runner)
        self._when = when
        self._dry = dry
        self._root = root
        self._dnf = manager(self._context) == "dnf"
        self._five = self._dnf and Dnf(root, runner).five
        self._path = locks.file(root, five=self._five) if self._dnf else PATH
        if self._dnf and not self._five and when == "always" and root.exists(locks.PLUGIN) and not locks.heeded(root):
            raise GpuError(
                f"the kernels cannot be locked: dnf's versionlock plugin is switched off in {locks.PLUGIN}. Set "
                "enabled = 1 there, or set nvidia_driver_hold_kernel to never"
            )
        self._before = self._have()
        self._put("")

    def _have(self) -> str:
        """As text, one rule in a line for dnf."""
        if self._dnf:
            seen = packages(self._context, database(self._context))
            return "".join(f"{one}\n" for one in sorted(map(rule, seen.kernel_locks)))
        return read(self._root.path(PATH)) or ""

    def _put(self, text: str) -> None:
        place = self._root.path(self._path)
        if self._dry:
            return
        if self._dnf:
            before = read(place) or ""
            change = locks.kernel_toml_text if self._five else locks.kernel_list_text
            after = change(before, text.splitlines())
            if after != before:
                write(place, after)
        else:
            write(place, text or None)

    def set(self, coming: Sequence[str]) -> List[FileChange]:
        """`coming` is what a dry run found to be installed, as the package manager takes it."""
        kernels = packages(self._context, database(self._context)).kernel
        found = [(one.name, one.version) for one in kernels]
        names = {name for name, _version in found}
        names.update(word.rsplit("-", 2)[0] if self._dnf else word.partition("=")[0] for word in coming)
        lock = bool(unfollowed(names)) if self._when == "unfollowed" else self._when == "always"
        wanted = "".join(f"{one}\n" for one in rules(found)) if self._dnf else content(found)
        text = wanted if lock else ""
        self._put(text)
        return changes([FileChange(self._path, self._before or None, text or None)])
