# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed modules in the place of those in memory, or everything as it was. Private to the collection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ._dataclass import dataclass
from ._errors import GpuError
from ._observe import driver, holders
from ._observe.context import Context
from ._parse.proc_driver import parse_version

if TYPE_CHECKING:
    from ._root import Root
    from ._runner import Runner

TRIES = 3
PAUSE = 2.0
"""Seconds between tries to unload: a process that has just ended, or nvidia-smi of somebody else, lets go by itself."""


@dataclass(frozen=True)
class Outcome:
    """`why_not` where the modules in memory, or none, are not the ones asked for."""

    swapped: bool
    why_not: Tuple[str, ...] = ()
    before: Optional[str] = None
    after: Optional[str] = None
    not_started: Tuple[str, ...] = ()


class Swap:
    """One attempt."""

    def __init__(self, root: Root, runner: Runner, sleep: Callable[[float], None] = time.sleep) -> None:
        self._root = root
        self._runner = runner
        self._sleep = sleep

    def carry_out(self, asked: Mapping[str, Any], *, dry: bool) -> Outcome:
        """Look who holds the driver, and only then touch anything."""
        before = self._title()
        held = self._held(asked["stop"])
        if held:
            return Outcome(swapped=False, why_not=held, before=before, after=before)
        if dry:
            return Outcome(swapped=True, before=before, after="{match} {flavour}".format(**asked))
        try:
            self._stop(asked["stop"])
            self._unload(asked["unload"])
            self._load(asked["load"], asked["match"], asked["flavour"])
        except GpuError as error:
            left = self._start([name for name in asked["start"] if name in asked["stop"]])
            return Outcome(swapped=False, why_not=(str(error),), before=before, after=self._title(), not_started=left)
        return Outcome(swapped=True, before=before, after=self._title(), not_started=self._start(asked["start"]))

    def _context(self) -> Context:
        return Context(self._root, self._runner)

    def _loaded(self) -> Dict[str, Any]:
        return dict(driver.modules(self._context()).loaded)

    def _title(self) -> Optional[str]:
        text = self._root.text("/proc/driver/nvidia/version")
        if text is None:
            return None
        found = parse_version(text)
        return f"{found.version} {found.flavour}"

    def _held(self, services: Sequence[str]) -> Tuple[str, ...]:
        context = self._context()
        found = holders.holders(context, driver.modules(context))
        return tuple(
            f"process {holder.pid} ({holder.command}) has {', '.join(holder.devices)} open"
            for holder in found
            if holder.unit not in services
        )

    def _run(self, *argv: str) -> None:
        result = self._runner.run(argv, timeout=300.0)
        if result.rc != 0 or result.timed_out:
            said = " ".join((result.err or result.out).split())
            how = "did not end" if result.timed_out else f"ended with {result.rc}"
            raise GpuError(f"{' '.join(argv)} {how}: {said or 'it said nothing'}")

    def _stop(self, services: Sequence[str]) -> None:
        if services:
            self._run("systemctl", "stop", *services)

    def _unload(self, modules: Sequence[str]) -> None:
        for left in reversed(range(TRIES)):
            there = self._loaded()
            names = [name for name in modules if name in there]
            if not names:
                return
            try:
                self._run("modprobe", "-r", *names)
            except GpuError as error:
                if not left:
                    held = "; ".join(self._held(()))
                    raise GpuError(f"{error}; {held}" if held else str(error)) from error
                self._sleep(PAUSE)

    def _load(self, modules: Sequence[str], match: str, flavour: str) -> None:
        for name in modules:
            self._run("modprobe", name)
        title = self._title() or "no driver"
        version, _space, found = title.partition(" ")
        if not (version == match or version.startswith(f"{match}.")) or found != flavour:
            raise GpuError(f"{title} was loaded, wanted {match} {flavour}")

    def _start(self, services: Sequence[str]) -> Tuple[str, ...]:
        """Each by itself, so that one that fails leaves none of the others out."""
        failed: List[str] = []
        for name in services:
            try:
                self._run("systemctl", "start", name)
            except GpuError as error:
                failed.append(str(error))
        return tuple(failed)
