# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack brought to one version and locked, or taken away; each step read before it is done.

Private to the collection.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Container, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from .._busy import wait
from .._errors import GpuError
from .._packages.asked import is_as_asked
from .._packages.outcome import Outcome, refuse_strangers, text
from .._parse.dnf import DnfTransaction
from .._parse.dnf_files import parse_streams
from . import locks
from .installed import Installed, installed, lock
from .resolve import Resolved, Resolver
from .transaction import STREAMS, Dnf, Steps

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._parse.dnf import Available, Coming
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

    def present(
        self,
        packages: Sequence[Mapping[str, Any]],
        match: str,
        conflicting: Sequence[str],
        streams: Sequence[str] = (),
        *,
        hold: bool,
    ) -> Outcome:
        self._wait()
        before = self._installed()
        # A kernel's headers may be gone from the repositories; those that are there are as good.
        packages = [one for one in packages if one["version"] or one["name"] not in before.everything]
        packages += self._plugin(needed=hold or self._locks_kernels)
        also = [name for name in before.names if name not in conflicting]
        gone = [name for name in before.names if name in conflicting]
        carried = {(package.name, package.upstream) for package in before.packages}
        as_asked = not before.broken and is_as_asked(carried, packages, match)
        resolver, unlock = Resolver(self._dnf, self._stack), False
        if self._dnf.five and not as_asked:
            # It heeds its locks in a simulation as well.
            guess = self._guess(resolver.exact(packages, also, match), before, gone, hold=hold)
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
                resolved = _again(resolved, before)
            self._refuse(resolved, before)
            if (resolved.moves or before.broken) and not self._dry:
                self._dnf.carry_out(resolved.steps)
                self._erase_left(gone)
            after = _after(before, resolved, hold=hold)
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

    def absent(self) -> Outcome:
        before = self._installed()
        if not before.packages:
            return Outcome(changed=False)
        self._wait()
        steps = Steps(reset=self._module(), remove=tuple(before.names))
        if self._dnf.five and self._dry:
            return Outcome(changed=True, before=text(before.lines), removals=steps.remove)
        transaction, problem = self._dnf.simulate(steps)
        if transaction is None:
            raise GpuError(f"dnf cannot remove {', '.join(steps.remove)}: {problem}")
        what = f"the removal of the {self._stack.title}"
        refuse_strangers(transaction.removals, before.names, what=what, title=self._stack.title)
        if not self._dry:
            with self._locked_again(hold=any(before.held.values())):
                self._dnf.carry_out(steps)
                after = self._installed()
                if after.packages:
                    left = ", ".join(after.names)
                    raise GpuError(f"dnf was asked to remove the {self._stack.title} and left {left}")
            lock(self._stack, after, self._root, five=self._dnf.five, hold=False)
        return Outcome(changed=True, before=text(before.lines), removals=transaction.removals)

    @contextmanager
    def _locked_again(self, *, hold: bool) -> Iterator[None]:
        """Whatever cuts this short, what is there then is locked, or not, as asked."""
        through = self._dry
        try:
            yield
            through = True
        finally:
            if not through:
                with suppress(GpuError, OSError):
                    lock(self._stack, self._installed(), self._root, five=self._dnf.five, hold=hold)

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
            coming = _after(before, resolved, hold=True)
            moved = {one.name for one in resolved.transaction.coming}
            return sorted(
                name
                for name, (_version, ours) in coming.items()
                if ours and (held.get(name, False) and not (hold and name in moved)) != hold
            )
        there = self._installed()
        have = {(package.name, package.version) for package in there.packages}
        missing = [f"{one.name}-{one.evr}" for one in resolved.transaction.coming if not _is_there(one, have, resolved)]
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


def _again(resolved: Resolved, before: Installed) -> Resolved:
    """What was installed when the power went may not have run its scripts.

    dnf cannot be asked to install and to reinstall the same package, and then does neither.
    """
    coming = {one.name for one in resolved.transaction.coming}
    again = tuple(name for name in before.broken if name not in coming)
    install = tuple(spec for spec in resolved.steps.install if spec.rsplit("-", 2)[0] not in again)
    return replace(resolved, steps=replace(resolved.steps, install=install, reinstall=again))


def _is_there(one: Coming, have: Container[Tuple[str, str]], resolved: Resolved) -> bool:
    """What follows the kernel, or its own source, is not of the stack and not looked for."""
    return one.version != resolved.version or (one.name, one.evr) in have


def _after(before: Installed, resolved: Resolved, *, hold: bool) -> Dict[str, Tuple[str, bool]]:
    """Of the stack is what is now, and what comes in the version asked for."""
    lines = {name: (version, hold) for name, (version, _held) in before.lines.items()}
    for one in resolved.transaction.coming:
        lines[one.name] = (one.evr, hold and (one.name in before.lines or one.version == resolved.version))
    return {name: line for name, line in lines.items() if name not in resolved.transaction.removals}
