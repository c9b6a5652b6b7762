# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack brought to one version and locked, or taken away; each step read before it is done.

Private to the collection.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ContextManager, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from .._busy import wait
from .._compat.package_names import TOOLKIT
from .._errors import GpuError
from .._packages.asked import is_as_asked
from .._packages.brought import Brought
from .._packages.outcome import Outcome, refuse_strangers, text
from .._packages.relock import relocked
from .._packages.stacks import other_stack
from .._parse.dnf import DnfTransaction
from .._parse.dnf_files import parse_streams
from . import kept, locks, reading
from .installed import Installed, installed, lock, needed, other_rules
from .resolve import Resolved, Resolver
from .transaction import STREAMS, Dnf, Steps

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._parse.dnf import Available
    from .._root import Root
    from .._runner import Runner

_PLUGIN = {"name": "python3-dnf-plugin-versionlock", "version": None}


class Work:
    """One run; `dry` only reads."""

    def __init__(
        self, stack: Stack, root: Root, runner: Runner, lock_timeout: int, *, dry: bool, locks_kernels: bool = False
    ) -> None:
        self._stack = stack
        self._root = root
        self._runner = runner
        self._lock_timeout = lock_timeout
        self._dry = dry
        self._locks_kernels = locks_kernels
        self._dnf = Dnf(root, runner)
        self._brought = Brought(root, stack)

    def present(
        self,
        packages: Sequence[Mapping[str, Any]],
        match: str,
        conflicting: Sequence[str],
        streams: Sequence[str] = (),
        *,
        hold: bool,
        revisions: Optional[Mapping[str, str]] = None,
    ) -> Outcome:
        self._wait()
        before = self._installed()
        # A kernel's headers may be gone from the repositories; those that are there are as good.
        packages = [one for one in packages if one["version"] or one["name"] not in before.everything]
        packages += self._plugin(needed=hold or self._locks_kernels)
        also = [name for name in before.names if name not in conflicting]
        gone = [name for name in before.names if name in conflicting]
        carried = {(package.name, package.upstream) for package in before.packages}
        exact = [(package.name, package.version) for package in before.packages]
        as_asked = not before.broken and is_as_asked(carried, packages, match, exact, revisions)
        resolver, unlock = Resolver(self._dnf, self._stack, revisions), False
        if self._dnf.five and not as_asked:
            # It heeds its locks in a simulation as well.
            guess = self._guess(resolver.exact(packages, also, match, gone), before, gone, hold=hold)
            if self._dry:
                return guess
            unlock = bool(guess.install) and any(before.held.values())
        with self._locked_again(hold=hold):
            if unlock:
                lock(self._stack, before, self._root, five=True, hold=False)
            if before.broken and not self._dry:
                self._erase_old(before)
            if as_asked:
                resolved = Resolved(match, Steps(), DnfTransaction())
            else:
                resolved = resolver.resolve(packages, also, match, gone, self._by_preference(streams))
            if before.broken:
                resolved = reading.again(resolved, before)
            self._refuse(resolved, before)
            if (resolved.moves or before.broken) and not self._dry:
                self._carry_out(resolved, gone)
            after = reading.after(before, resolved, hold=hold)
            changing = self._hold(before, resolved, hold=hold)
        return Outcome(
            changed=bool(before.broken or resolved.moves or changing),
            before=text(before.lines),
            after=text(after),
            version=resolved.version,
            install=tuple(f"{one.name}-{one.evr}" for one in resolved.transaction.coming),
            removals=resolved.transaction.removals,
            hold_changed=tuple(changing),
        )

    def _carry_out(self, resolved: Resolved, gone: Sequence[str]) -> None:
        coming = {reading.key(one): one for one in resolved.transaction.coming}
        asked = [key for key, one in coming.items() if reading.is_named(one, resolved.steps.install)]
        with self._brought.adding(asked, coming, lambda: self._installed().everything):
            self._dnf.carry_out(resolved.steps)
            self._erase_left(gone)
        there = [(package.name, package.version) for package in self._installed().packages]
        with suppress(OSError):  # a full disk: what is there is there all the same
            new = resolved.transaction.coming
            kept.keep(self._root, new, lambda one: (one.name, one.evr) in there or one.name in TOOLKIT)
            kept.prune(self._root, there, self._is_ours)

    def _is_ours(self, name: str) -> bool:
        """Of the packages that are kept, which are of the driver or of the toolkit."""
        return (name in TOOLKIT) == (self._stack.part == "toolkit")

    def absent(self) -> Outcome:
        before = self._installed()
        if not before.packages and not self._brought.is_there:
            return Outcome(changed=False)
        self._wait()
        more = self._brought.unneeded(
            before.names, before.everything, self._dnf.wished, lambda names: self._needed(names, before)
        )
        steps = Steps(reset=self._module(), remove=(*before.names, *more))
        if self._dnf.five and self._dry:
            return Outcome(changed=True, before=text(before.lines), removals=steps.remove)
        removals: Tuple[str, ...] = ()
        if steps.remove:
            transaction, problem = self._dnf.simulate(steps)
            if transaction is None:
                raise GpuError(f"dnf cannot remove {', '.join(steps.remove)}: {problem}")
            removals = transaction.removals
        what = f"the removal of the {self._stack.title}"
        allowed = {*before.names, *more, *(spec.rsplit("-", 2)[0] for spec in more if reading.SIDE_BY_SIDE.match(spec))}
        refuse_strangers(removals, allowed, what=what, title=self._stack.title)
        if not self._dry:
            with self._locked_again(hold=any(before.held.values())):
                # Before the plugin that has the file of the rules goes as well.
                lock(self._stack, before, self._root, five=self._dnf.five, hold=False)
                if steps.remove:
                    self._dnf.carry_out(steps)
                after = self._installed()
                if after.packages:
                    left = ", ".join(after.names)
                    raise GpuError(f"dnf was asked to remove the {self._stack.title} and left {left}")
            self._close()
        return Outcome(changed=True, before=text(before.lines), removals=removals)

    def _needed(self, names: Sequence[str], before: Installed) -> FrozenSet[str]:
        plugin = str(_PLUGIN["name"])
        if plugin in names and other_rules(self._stack, before, self._root):
            return frozenset({plugin})
        return needed(names, self._runner)

    def _close(self) -> None:
        kept.forget(self._root, self._is_ours)
        other = other_stack(self._stack)
        there = installed(other, self._root, self._runner)
        self._brought.close(there.everything, Brought(self._root, other) if there.packages else None)

    def _locked_again(self, *, hold: bool) -> ContextManager[None]:
        def again() -> None:
            lock(self._stack, self._installed(), self._root, five=self._dnf.five, hold=hold)

        return relocked(again, dry=self._dry)

    def _installed(self) -> Installed:
        return installed(self._stack, self._root, self._runner)

    def _wait(self) -> None:
        """dnf would wait for as long as it takes, and say so to nobody."""
        if not self._dry:
            wait(self._root, self._runner, self._lock_timeout)

    def _plugin(self, *, needed: bool) -> List[Mapping[str, Any]]:
        """dnf 4 heeds locks only with its plugin."""
        return [_PLUGIN] if needed and not self._dnf.five and not self._root.exists(locks.PLUGIN) else []

    def _enabled(self, module: str) -> Optional[str]:
        stream = parse_streams(self._root.text(STREAMS.format(module)) or "").get(module)
        return f"{module}:{stream}" if stream else None

    def _by_preference(self, streams: Sequence[str]) -> List[str]:
        """The one that is enabled first: it is switched only where it does not serve."""
        enabled = {self._enabled(stream.partition(":")[0]) for stream in streams}
        return sorted(streams, key=lambda stream: stream not in enabled)

    def _module(self) -> Optional[str]:
        """The module of the driver, where one of its streams is enabled."""
        return "nvidia-driver" if self._stack.part == "driver" and self._enabled("nvidia-driver") else None

    def _refuse(self, resolved: Resolved, before: Installed) -> None:
        what = f"the installation of {resolved.version}"
        refuse_strangers(resolved.transaction.removals, before.names, what=what, title=self._stack.title)
        locked = sorted(one.name for one in resolved.transaction.coming if one.name in before.locked)
        if locked:
            raise GpuError(
                f"{what} would move {', '.join(locked)}, which versionlock keeps; unlock them if that is meant"
            )

    def _erase_old(self, before: Installed) -> None:
        """Of a package that an interrupted upgrade left in two versions, the one that it was to erase."""
        for spec in before.old:
            result = self._runner.run(["rpm", "--erase", "--nodeps", spec], timeout=600.0)
            if result.rc != 0:
                raise GpuError(f"rpm cannot erase {spec}, which an interrupted upgrade left: {result.err.strip()}")

    def _erase_left(self, gone: Sequence[str]) -> None:
        """dnf 5 installs and removes in two transactions."""
        left = [name for name in gone if name in self._installed().names] if self._dnf.five and gone else []
        if left:
            self._dnf.carry_out(Steps(remove=tuple(left)))

    @staticmethod
    def _guess(
        exact: Tuple[str, Dict[str, Available], List[str]], before: Installed, gone: Sequence[str], *, hold: bool
    ) -> Outcome:
        """Without a simulation only what is named is known."""
        version, chosen, _free = exact
        have = {package.name: package.version for package in before.packages}
        install = tuple(f"{name}-{one.evr}" for name, one in chosen.items() if have.get(name) != one.evr)
        changing = sorted(
            name for name, held in {**dict.fromkeys(chosen, False), **before.held}.items() if held != hold
        )
        after = {**before.lines, **{name: (one.evr, hold) for name, one in chosen.items()}}
        return Outcome(
            changed=bool(install or gone or changing or before.broken),
            before=text(before.lines),
            after=text({name: line for name, line in after.items() if name not in gone}),
            version=version,
            install=install,
            removals=tuple(gone),
            hold_changed=tuple(changing),
        )

    def _hold(self, before: Installed, resolved: Resolved, *, hold: bool) -> List[str]:
        """Read back what is there now, and lock what is not as asked."""
        if self._dry:
            held = before.held
            coming = reading.after(before, resolved, hold=True)
            moved = {one.name for one in resolved.transaction.coming}
            return sorted(
                name
                for name, (_version, ours) in coming.items()
                if ours and (held.get(name, False) and not (hold and name in moved)) != hold
            )
        there = self._installed()
        have = {(package.name, package.version) for package in there.packages}
        missing = [
            f"{one.name}-{one.evr}" for one in resolved.transaction.coming if not reading.is_there(one, have, resolved)
        ]
        if missing:
            raise GpuError(f"dnf was asked for {', '.join(missing)} and ended well, but rpm does not have them so")
        changing = sorted(name for name, held in there.held.items() if held != hold)
        if changing:
            lock(self._stack, there, self._root, five=self._dnf.five, hold=hold)
            wrong = sorted(name for name, held in self._installed().held.items() if held != hold)
            if wrong:
                rules = sorted({str(one.lock) for one in there.packages if one.name in wrong and one.lock})
                raise GpuError(
                    f"{', '.join(wrong)}: still {'not ' if hold else ''}locked ({'; '.join(rules) or 'no rule'})"
                )
        return changing
