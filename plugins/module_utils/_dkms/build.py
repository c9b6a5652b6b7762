# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel module for the kernel that boots next, built where it is missing. Private to the collection.

Packages that were installed well may leave it without one: they build for kernels whose headers are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional, Tuple

from .._dataclass import dataclass
from .._errors import GpuError
from .._observe.context import Context
from .._observe.driver import driver
from .._observe.kernel import kernel
from .words import words

if TYPE_CHECKING:
    from .._observe.driver_types import Driver
    from .._root import Root
    from .._runner import Runner

_LIMIT = 7200.0
_SOURCES = "/usr/src"


@dataclass(frozen=True)
class Seen:
    """Of the kernel that boots next: the modules on disk, those of them that were asked for, and its headers."""

    kernel: str
    have: Tuple[str, ...]
    right: bool
    headers: bool
    drivers: Driver


class Modules:
    """One version and flavour; `dry` only reads."""

    def __init__(self, root: Root, runner: Runner, version: str, flavour: str, *, dry: bool) -> None:
        self._root = root
        self._runner = runner
        self._version = version
        self._flavour = flavour
        self._dry = dry

    def see(self) -> Optional[Seen]:
        """None where no kernel is visible."""
        context = Context(self._root, self._runner)
        kernels = kernel(context)
        following = kernels.next
        if not following:
            return None
        drivers = driver(context)
        of_next = [module for module in drivers.on_disk if module.kernel == following]
        return Seen(
            kernel=following,
            have=tuple(f"{module.version} {module.flavour} ({module.path})" for module in of_next),
            right=any(m.version == self._version and m.flavour == self._flavour for m in of_next),
            headers=following in kernels.headers,
            drivers=drivers,
        )

    def ensure(self) -> bool:
        """Whether it was, or in a dry run would be, built; an error says what DKMS said."""
        seen = self.see()
        if seen is None or seen.right:
            return False
        if self._dry:
            return True
        self._build(seen)
        after = self.see()
        if after is None or not after.right:
            raise GpuError(self._failure(after or seen))
        return True

    def _build(self, seen: Seen) -> None:
        """By its name where there is one: autoinstall passes over a module whose file alone was lost."""
        known = [module.name for module in seen.drivers.dkms if module.version == self._version]
        names = known or self._sources()
        if names:
            argv = ["dkms", "install", "-m", names[0], "-v", self._version, "-k", seen.kernel, "--force"]
        else:
            argv = ["dkms", "autoinstall", "-k", seen.kernel]
        self._runner.run(argv, timeout=_LIMIT)

    def _sources(self) -> List[str]:
        """What DKMS can be told of: an rpm that is reinstalled takes its module away from it, and leaves the source."""
        end = f"-{self._version}"
        names = [entry[: -len(end)] for entry in sorted(self._root.listdir(_SOURCES)) if entry.endswith(end)]
        return [name for name in names if self._root.exists(f"{_SOURCES}/{name}{end}/dkms.conf") and "nvidia" in name]

    def _failure(self, seen: Seen) -> str:
        said: List[str] = [
            "kernel {} boots next and has no module {} {}, but {}".format(
                seen.kernel, self._version, self._flavour, ", ".join(seen.have) or "none"
            )
        ]
        if not seen.headers:
            said.append(f"its headers are not installed (no /lib/modules/{seen.kernel}/build)")
        said += words(seen.drivers.dkms)
        return "; ".join(said) + ". Nothing was rebooted: the driver would be lost. Mend that and run again"
