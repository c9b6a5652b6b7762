# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack's installed packages, and their locks. Private to the collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Container, Dict, FrozenSet, List, Sequence, Tuple

from .._compat import rpm_names
from .._compat.package_names import TOOLKIT
from .._dataclass import dataclass
from .._errors import GpuError
from .._observe.context import Context
from .._observe.package_locks import rules
from .._observe.packages import database, packages
from .._runtime.files import read, write
from . import locks

if TYPE_CHECKING:
    from .._observe.package_types import Package
    from .._packages.stacks import Stack
    from .._parse.rpm import RpmPackage
    from .._root import Root
    from .._runner import Runner

_NEED = re.compile(r"^\s+(.+) is needed by ", re.MULTILINE)


@dataclass(frozen=True)
class Installed:
    """What rpm's database has of the stack; `broken` are there in two versions, `old` is the earlier one of each."""

    packages: Tuple[Package, ...]
    broken: Tuple[str, ...]
    old: Tuple[str, ...]
    everything: FrozenSet[str]
    """Names of all installed packages, and name-version-release.architecture"""
    locked: Tuple[str, ...]
    """Every other installed package that a rule of others keeps at its version"""

    @property
    def names(self) -> List[str]:
        return sorted({package.name for package in self.packages})

    @property
    def held(self) -> Dict[str, bool]:
        """Name → whether each of that name is locked."""
        found: Dict[str, bool] = {}
        for package in self.packages:
            found[package.name] = found.get(package.name, True) and package.held
        return found

    @property
    def lines(self) -> Dict[str, Tuple[str, bool]]:
        return {package.name: (package.version, package.held) for package in self.packages}


def installed(stack: Stack, root: Root, runner: Runner) -> Installed:
    """As rpm's database has it now."""
    context = Context(root, runner)
    known = database(context)
    if not known.rpm:
        raise GpuError("; ".join(f"{one.subject}: {one.why}" for one in context.findings) or "rpm -qa lists nothing")
    found = packages(context, known)
    ours = getattr(found, stack.part)
    names = {package.name for package in ours}
    kept = [rule for _path, rule in rules(Context(root, runner)) if rule.comment != rpm_names.KERNEL_LOCK]
    others = (one for one in known.rpm if one.name not in names)
    locked = tuple(
        one.name
        for one in others
        if any(rule.holds(one.name, one.epoch, one.version, one.release, one.architecture) for rule in kept)
    )
    broken = tuple(name for name in found.broken if name in names)
    everything = frozenset(spec for one in known.rpm for spec in (one.name, _spec(one)))
    return Installed(ours, broken, _old(known.rpm, broken), everything, locked)


def _spec(one: RpmPackage) -> str:
    return f"{one.name}-{one.version}-{one.release}.{one.architecture}"


def _old(known: Sequence[RpmPackage], broken: Container[str]) -> Tuple[str, ...]:
    """All but the one that was installed last, each as rpm --erase takes it."""
    last: Dict[Tuple[str, str], RpmPackage] = {}
    twice = [one for one in known if one.name in broken]
    for one in sorted(twice, key=lambda one: one.installed_at):
        last[one.name, one.architecture] = one
    old = [one for one in twice if last[one.name, one.architecture] is not one]
    return tuple(map(_spec, old))


def _evr(package: Package) -> str:
    return package.version if ":" in package.version else "0:" + package.version


class _OfStack:
    """Names that rules of ours may be about: of what is installed, and of what was."""

    def __init__(self, stack: Stack, there: Installed) -> None:
        self._part = stack.part
        self._names = set(there.names)

    def __contains__(self, name: object) -> bool:
        was = (
            self._part == "driver"
            and rpm_names.DRIVER.fullmatch(str(name))
            and not rpm_names.NEVER.fullmatch(str(name))
        )
        return name in self._names or bool(was) or (self._part == "toolkit" and name in TOOLKIT)


def lock(stack: Stack, there: Installed, root: Root, *, five: bool, hold: bool) -> None:
    """Rules for exactly what is installed and not locked by a rule of somebody else, or for nothing."""
    if hold and not (five or locks.heeded(root)):
        raise GpuError(
            f"the {stack.title}'s packages cannot be locked: dnf's versionlock plugin is not installed or switched off "
            f"in {locks.PLUGIN}. Install python3-dnf-plugin-versionlock and set enabled = 1 there, or set "
            f"{stack.hold} to false"
        )
    wanted = [(package.name, _evr(package)) for package in there.packages] if hold else []
    place = root.path(locks.file(root, five=five))
    before = read(place)
    write_text = locks.toml_text if five else locks.list_text
    after = write_text(before or "", _OfStack(stack, there), wanted)
    if after != (before or ""):
        write(place, after)


def other_rules(stack: Stack, there: Installed, root: Root) -> bool:
    """Whether dnf 4's list locks anything but what is ours."""
    text = root.text(locks.file(root, five=False)) or ""
    return bool(locks.list_text(text, _OfStack(stack, there), ()).strip())


def needed(names: Sequence[str], runner: Runner) -> FrozenSet[str]:
    """Of these, what something that stays needs; all of them where rpm does not tell."""
    result = runner.run(["rpm", "--erase", "--test", "--allmatches", *names], timeout=120.0)
    if result.rc == 0:
        return frozenset()
    wanted = sorted({word for need in _NEED.findall(result.err) for word in _words(need)})
    argv = ["rpm", "--query", "--whatprovides", "--queryformat", "%{NAME}\\n%{NVRA}\\n", *wanted]
    found = runner.run(argv).out.split() if wanted else []
    return frozenset(names) & frozenset(found) or frozenset(names)


def _words(need: str) -> List[str]:
    """What a dependency is about: `gcc`, `gcc >= 12`, `(kernel-devel if kernel)`."""
    return re.findall(r"[^\s()]+", need) if need.startswith("(") else [need.partition(" ")[0]]
