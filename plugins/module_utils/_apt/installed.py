# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack's installed packages and their holds. Private to the collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, AbstractSet, Dict, FrozenSet, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import CommandError, GpuError
from .._observe.context import Context
from .._observe.packages import database, packages

if TYPE_CHECKING:
    from .._observe.package_types import Package
    from .._packages.stacks import Stack
    from .._root import Root
    from .._runner import Runner

_KEPT = re.compile(r"^dpkg: error processing package ([^\s:]+)", re.MULTILINE)


@dataclass(frozen=True)
class Installed:
    """Package → what dpkg says of it; `broken` are those of the whole database that wait to be configured.

    `half` are those of the stack among them.
    """

    packages: Dict[str, Package]
    broken: Tuple[str, ...]
    half: Tuple[str, ...] = ()
    pinning: Tuple[str, ...] = ()
    """Packages that keep apt on a branch of the stack"""
    everything: FrozenSet[str] = frozenset()
    """Names of all packages that are there, whole or not"""
    spoiled: Tuple[str, ...] = ()
    """Those of the whole database that dpkg wants unpacked anew and that have a version, as name=version"""

    @property
    def held(self) -> Dict[str, bool]:
        return {name: package.held for name, package in self.packages.items()}


def installed(stack: Stack, root: Root, runner: Runner) -> Installed:
    """As dpkg's database has it now."""
    context = Context(root, runner)
    known = database(context)
    found = packages(context, known)
    if context.findings:
        raise GpuError("; ".join(f"{finding.subject}: {finding.why}" for finding in context.findings))
    half = tuple(name for name in found.broken if stack.owns(name))
    pinning = tuple(one.name for one in found.repository if stack.pinning and one.name.startswith(stack.pinning))
    there = {package.name: package for package in getattr(found, stack.part)}
    everything = frozenset(one.name for one in known.dpkg if one.installed or one.broken)
    spoiled = tuple(f"{one.name}={one.version}" for one in known.dpkg if one.error == "R" and one.version)
    return Installed(there, found.broken, half, pinning, everything, spoiled)


def mark(names: Sequence[str], runner: Runner, *, held: bool) -> None:
    """Hold them, or let them go, in one call."""
    result = runner.run(["apt-mark", "hold" if held else "unhold", *names])
    if result.rc != 0:
        raise CommandError(f"apt-mark failed with rc {result.rc}: {(result.err or result.out).strip()}")


def wished(runner: Runner) -> AbstractSet[str]:
    """What apt takes for the administrator's wish."""
    result = runner.run(["apt-mark", "showmanual"])
    if result.rc != 0:
        raise CommandError(f"apt-mark failed with rc {result.rc}: {(result.err or result.out).strip()}")
    return frozenset(line.partition(":")[0] for line in result.out.split())


def needed(names: Sequence[str], runner: Runner) -> AbstractSet[str]:
    """Of these, what something that stays depends on; all of them where dpkg does not tell."""
    argv = ["dpkg", "--no-act", "--force-hold", "--force-remove-reinstreq", "--purge", *names]
    result = runner.run(argv, timeout=120.0)
    return frozenset(_KEPT.findall(result.out + result.err)) or frozenset(names if result.rc else ())
