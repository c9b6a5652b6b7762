# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack brought to one version and locked, or taken away; each step read before it is done.

Private to the collection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ContextManager, Dict, List, Mapping, Optional, Sequence, Tuple

from .._busy import wait
from .._errors import GpuError
from .._observe.driver_packages import is_named
from .._packages.asked import is_as_asked
from .._packages.brought import Brought
from .._packages.outcome import Outcome, refuse_strangers, text
from .._packages.relock import relocked
from .._packages.stacks import other_stack
from .._parse.apt import Transaction, upstream
from . import transaction
from .installed import installed, mark, needed, wished
from .resolve import Resolved, Resolver

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._root import Root
    from .._runner import Runner
    from .installed import Installed


def _lines(before: Installed) -> Dict[str, Tuple[str, bool]]:
    return {name: (package.version, package.held) for name, package in before.packages.items()}


def _after(before: Installed, resolved: Resolved, *, hold: bool) -> Dict[str, Tuple[str, bool]]:
    """Of the stack is what is now, what comes in the version asked for, and what is named so."""
    lines = {name: (version, hold) for name, (version, _held) in _lines(before).items()}
    for one in resolved.transaction.installs:
        ours = one.name in before.packages or upstream(one.new) == resolved.version or is_named(one.name)
        lines[one.name] = (one.new, hold and ours)
    return {name: line for name, line in lines.items() if name not in resolved.transaction.removals}


class Work:
    """One run; `dry` only reads."""

    def __init__(self, stack: Stack, root: Root, runner: Runner, lock_timeout: int, *, dry: bool) -> None:
        self._stack = stack
        self._root = root
        self._runner = runner
        self._lock_timeout = lock_timeout
        self._dry = dry
        self._brought = Brought(root, stack)

    def present(
        self,
        packages: Sequence[Mapping[str, Any]],
        match: str,
        conflicting: Sequence[str],
        *,
        hold: bool,
        revisions: Optional[Mapping[str, str]] = None,
    ) -> Outcome:
        self._wait()
        before = self._installed()
        unfinished = bool(before.broken) and not self._dry and not transaction.configure_pending(self._runner)
        also = {name: one.upstream for name, one in before.packages.items() if name not in conflicting}
        # Of what was being unpacked dpkg does not say a version.
        also.update((name, "") for name in before.half if name not in conflicting and name not in also)
        gone = [name for name in before.packages if name in conflicting]
        carried = {(name, package.upstream) for name, package in before.packages.items()}
        exact = [(name, package.version) for name, package in before.packages.items()]
        if not before.broken and is_as_asked(carried, packages, match, exact, revisions):
            resolved = Resolved(match, (), (), Transaction((), ()))
        else:
            resolved = Resolver(self._runner, self._stack, revisions).resolve(packages, also, match, gone)
        removals = resolved.transaction.removals
        what = f"the installation of {resolved.version}"
        allowed = {*before.packages, *before.pinning}
        refuse_strangers(removals, allowed, what=what, title=self._stack.title)
        with self._locked_again(hold=hold):
            if not self._dry:
                self._install(resolved, before, unfinished=unfinished)
            changing = self._hold(before, resolved, hold=hold)
        after = _after(before, resolved, hold=hold)
        return Outcome(
            changed=bool(before.broken or resolved.install or removals or changing),
            before=text(_lines(before)),
            after=text(after),
            version=resolved.version,
            install=resolved.install,
            removals=removals,
            hold_changed=tuple(changing),
        )

    def _install(self, resolved: Resolved, before: Installed, *, unfinished: bool) -> None:
        asked = [line.partition("=")[0] for line in resolved.install]
        coming = [one.name for one in resolved.transaction.installs]
        moved = {*coming, *resolved.transaction.removals}
        anew = [line for line in before.spoiled if line.partition("=")[0] not in moved]
        if resolved.install or resolved.transaction.removals or anew:
            exact = [*resolved.install, *anew, *resolved.leaving]
            with self._brought.adding(asked, coming, lambda: self._installed().everything):
                transaction.install(exact, self._runner, self._lock_timeout, anew=bool(anew))
        elif unfinished:
            transaction.fix_broken(self._runner, self._lock_timeout)

    def absent(self) -> Outcome:
        self._wait()
        before = self._installed()
        names = sorted({*before.packages, *before.half, *before.pinning})
        if not before.packages and not before.half:
            names = []
        if not names and not self._brought.is_there:
            return Outcome(changed=False)
        removals = names
        if names and not before.broken:
            removals = transaction.purge_takes(names, self._runner)
            refuse_strangers(removals, names, what=f"the removal of the {self._stack.title}", title=self._stack.title)
        more = self._brought.unneeded(
            names, before.everything, lambda: wished(self._runner), lambda going: needed(going, self._runner)
        )
        if not self._dry:
            with self._locked_again(hold=any(before.held.values())):
                self._purge(names, more, before)
            self._close()
        return Outcome(changed=True, before=text(_lines(before)), removals=(*removals, *more))

    def _purge(self, names: Sequence[str], more: Sequence[str], before: Installed) -> None:
        spoiled = {line.partition("=")[0] for line in before.spoiled}
        half = [*names, *(name for name in more if name in spoiled)] if before.broken else []
        if half:
            transaction.purge_half(half, self._runner)
        going = [name for name in (*names, *more) if name not in half]
        if going:
            transaction.purge(going, self._runner, self._lock_timeout)
        after = self._installed()
        left = sorted({*after.packages, *after.half})
        if left:
            raise GpuError(f"apt was asked to remove the {self._stack.title} and left {', '.join(left)}")

    def _close(self) -> None:
        other = other_stack(self._stack)
        there = installed(other, self._root, self._runner)
        self._brought.close(there.everything, Brought(self._root, other) if there.packages else None)

    def _locked_again(self, *, hold: bool) -> ContextManager[None]:
        return relocked(lambda: self._lock(self._installed(), hold=hold), dry=self._dry)

    def _installed(self) -> Installed:
        return installed(self._stack, self._root, self._runner)

    def _wait(self) -> None:
        if not self._dry:
            wait(self._root, self._runner, self._lock_timeout)
            transaction.settle(self._root, self._runner)

    def _lock(self, there: Installed, *, hold: bool) -> List[str]:
        changing = sorted(name for name, held in there.held.items() if held != hold)
        if changing:
            mark(changing, self._runner, held=hold)
        return changing

    def _hold(self, before: Installed, resolved: Resolved, *, hold: bool) -> List[str]:
        """Read back what is there now, and mark what is not as asked."""
        if self._dry:
            held = before.held
            coming = _after(before, resolved, hold=True)
            return sorted(name for name, (_version, ours) in coming.items() if ours and held.get(name, False) != hold)
        moved = resolved.install or resolved.transaction.removals or before.broken
        there = self._installed() if moved else before
        missing = [line for line in resolved.install if not _is_there(line, there, resolved)]
        if missing:
            raise GpuError(f"apt was asked for {', '.join(missing)} and ended well, but dpkg does not have them so")
        if there.broken:
            raise GpuError(
                "apt ended well, but {} are not configured. Mend them (dpkg --configure --pending says why they "
                "are not), and run again".format(", ".join(there.broken))
            )
        return self._lock(there, hold=hold)


def _is_there(line: str, there: Installed, resolved: Resolved) -> bool:
    """What follows the kernel is not of the stack and not looked for."""
    name, _equals, version = line.partition("=")
    return upstream(version) != resolved.version or (name in there.packages and there.packages[name].version == version)
