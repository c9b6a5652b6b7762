# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the installation of a stack added to the node beside the stack, written down for the day that it goes.

Private to the collection.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, AbstractSet, Callable, Dict, Iterable, Iterator, List, Optional, Sequence

from .._compat import rpm_names
from .._compat.own_state import BROUGHT, FOLDER
from .._compat.package_names import TOOLKIT, is_driver
from .._errors import GpuError
from .._runtime.files import read, remove_empty, write

if TYPE_CHECKING:
    from .._root import Root
    from .stacks import Stack

ASKED, CAME = "asked", "came"
"""Named to the package manager, which takes that for the administrator's wish; or only needed by what was named."""
_KERNEL = re.compile(
    r"linux-(?:image|modules|generic|virtual|lowlatency)(?:-.*)?|kernel(?!-devel|-headers|-srpm)(?:-.*)?"
)
"""The node may boot into it."""


class Brought:
    """Names, each with how it came."""

    def __init__(self, root: Root, stack: Stack) -> None:
        self._path = root.path(BROUGHT.format(stack.part))
        self._folder = root.path(FOLDER)

    @property
    def names(self) -> Dict[str, str]:
        """What is written down; a file that is no record says nothing."""
        with suppress(ValueError):
            found = json.loads(read(self._path) or "{}")
            if isinstance(found, dict):
                return {str(name): str(how) for name, how in found.items()}
        return {}

    @property
    def is_there(self) -> bool:
        return os.path.exists(self._path)

    def write(self, names: Dict[str, str]) -> None:
        try:
            write(self._path, json.dumps(names, indent=1, sort_keys=True) + "\n" if names else None)
        except OSError as error:
            raise GpuError(f"{self._path} cannot be written: {error.strerror}") from error
        if not names:
            remove_empty(self._folder)

    @contextmanager
    def adding(
        self, asked: Iterable[str], coming: Iterable[str], there: Callable[[], AbstractSet[str]]
    ) -> Iterator[None]:
        """Written before they come, since not every end is seen; what did not come is struck out."""
        named, before = set(asked), there()
        new = {
            name: ASKED if name in named else CAME for name in coming if name not in before and self._is_beside(name)
        }
        if not new:
            yield
            return
        names = {**{name: how for name, how in self.names.items() if name in before}, **new}
        self.write(names)
        try:
            yield
        finally:
            after = there()
            self.write({name: how for name, how in names.items() if name in after})

    def _is_beside(self, name: str) -> bool:
        """The driver and the toolkit go by requests of their own, and a kernel may be what runs."""
        of_rpm = rpm_names.DRIVER.fullmatch(name) and not rpm_names.NEVER.fullmatch(name)
        return not (is_driver(name) or of_rpm or name in TOOLKIT or _KERNEL.fullmatch(name))

    def unneeded(
        self,
        going: Sequence[str],
        there: AbstractSet[str],
        wished: Callable[[], AbstractSet[str]],
        needed: Callable[[Sequence[str]], AbstractSet[str]],
    ) -> List[str]:
        """Those that can go with `going`: nobody asked for them meanwhile, and nothing that stays needs them.

        `needed` says which of some packages something needs that stays when they go.
        """
        found = {name: how for name, how in self.names.items() if name in there and name not in going}
        keep = wished() if CAME in found.values() else frozenset()
        left = sorted(name for name, how in found.items() if how == ASKED or name not in keep)
        while left:
            kept = set(needed([*going, *left]))
            if not kept:
                break
            left = [name for name in left if name not in kept] if kept & set(left) else []
        return left

    def close(self, there: AbstractSet[str], heir: Optional[Brought]) -> None:
        """The stack is gone. What is left of this is the other stack's, where that is there, or nobody's."""
        left = {name: how for name, how in self.names.items() if name in there}
        if heir and left:
            heir.write({**left, **heir.names})
        self.write({})
