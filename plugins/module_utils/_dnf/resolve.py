# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a request for packages of one version into an exact, simulated set. Private to the collection.

A stream serves every version of its branch, and what is not named comes at the newest one, so what a transaction would
bring is read first, and named until the whole set is of one version.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Container, Dict, List, Mapping, Optional, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import GpuError, NotAvailableError
from .._parse.dnf import Available, DnfTransaction, version_key, version_of
from . import kept
from .transaction import Dnf, Steps

if TYPE_CHECKING:
    from .._packages.stacks import Stack

_DRIVER_VERSION = re.compile(r"\d{3}\.\d{2,3}(\.\d+)?")
_ROUNDS = 5


@dataclass(frozen=True)
class Resolved:
    """The steps that bring exactly this version, and what they would do."""

    version: str
    steps: Steps
    transaction: DnfTransaction

    @property
    def moves(self) -> bool:
        does = self.transaction
        return bool(does.coming or does.removals or does.stream)


def _newest(versions: Sequence[Available]) -> Optional[Available]:
    return max(versions, key=lambda one: (one.epoch, version_key(one.version), version_key(one.release)), default=None)


def _carries(one: Available, wanted: str) -> bool:
    return one.version == wanted or one.version.startswith(wanted + ".")


class Resolver:
    """One request; commands only read."""

    def __init__(self, dnf: Dnf, stack: Stack, revisions: Optional[Mapping[str, str]] = None) -> None:
        self._dnf = dnf
        self._stack = stack
        self._revisions = revisions or {}
        self._known: Dict[str, List[Available]] = {}

    def _ask(self, names: Sequence[str]) -> None:
        usable = (os.uname().machine, "noarch")
        names = [name for name in names if name not in self._known]
        self._known.update({name: [] for name in names})
        for one in self._dnf.available(names) if names else ():
            if one.arch in usable:
                self._known.setdefault(one.name, []).append(one)

    def _of_version(self, name: str, version: str) -> Optional[Available]:
        """The release asked for where there is one, else the newest."""
        there, wanted = self._known.get(name, []), self._revisions.get(name)
        if wanted is None or version_of(wanted) != version:
            return _newest([one for one in there if one.version == version])
        found = [one for one in there if one.evr == wanted]
        if not found:
            raise NotAvailableError(
                "nvidia_driver_revisions asks for {} {}: no repository has it, nor has {}; available are {}. Point {} "
                "to a repository that has it, or leave it out".format(
                    name, wanted, kept.FOLDER, ", ".join(one.evr for one in there) or "none", self._stack.uri
                )
            )
        return found[0]

    def _is_there(self, package: Mapping[str, Any]) -> bool:
        name = str(package["name"])
        return bool(self._known[name] if package["version"] else self._dnf.available([name]))

    def _version(self, first: str, match: str) -> str:
        best = _newest([one for one in self._known[first] if _carries(one, match)])
        if best is None:
            offered = sorted({one.version for one in self._known[first]}, key=version_key, reverse=True)
            raise NotAvailableError(
                "{0} {1}: no repository has {2} of it; available are {3}. Set {0} to one of them, or point "
                "{4} to a repository that has it".format(
                    self._stack.variable(match), match, first, ", ".join(offered) or "none", self._stack.uri
                )
            )
        return best.version

    def exact(
        self, packages: Sequence[Mapping[str, Any]], also: Sequence[str], match: str, gone: Sequence[str] = ()
    ) -> Tuple[str, Dict[str, Available], List[str]]:
        """The version, the packages that carry it, and what else comes: it follows the kernel, or its own source."""
        named = [str(package["name"]) for package in packages if package["version"]]
        self._ask([*dict.fromkeys([*named, *also, *self._revisions])])
        packages = [one for one in packages if not one.get("optional") or self._is_there(one)]
        beside = {str(one["name"]): str(one["version"]) for one in packages if one.get("beside")}
        names = [str(one["name"]) for one in packages if one["version"] and one["name"] not in beside]
        missing = [name for name in names if not self._known[name]]
        if missing:
            raise NotAvailableError(
                "no repository has {}; check role nvidia_repository's variables, and that {} {} exists for this "
                "distribution".format(", ".join(missing), self._stack.variable(match), match)
            )
        version = self._version(names[0], match)
        chosen: Dict[str, Available] = {}
        together = [name for name, wanted in self._revisions.items() if version_of(wanted) == version]
        for name in dict.fromkeys([*names, *also, *(name for name in together if name not in gone)]):
            one = self._of_version(name, version)
            if one is not None:
                chosen[name] = one
            elif name in names:
                there = ", ".join(sorted({one.version for one in self._known[name]}, key=version_key))
                raise NotAvailableError(f"{names[0]} exists in {version}, but {name} does not ({there})")
        free = [str(package["name"]).replace("{version}", version) for package in packages if not package["version"]]
        with_them = [self._of_version(name, wanted) for name, wanted in beside.items()]
        return version, chosen, [*free, *(one.nevra for one in with_them if one is not None)]

    def resolve(
        self,
        packages: Sequence[Mapping[str, Any]],
        also: Sequence[str],
        match: str,
        gone: Sequence[str] = (),
        streams: Sequence[str] = (),
    ) -> Resolved:
        """`packages` must all come; `also` are installed ones that move along where the version exists for them.

        `gone` are installed ones that leave. Of the streams the first that exists and has the version is taken.
        """
        try:
            version, chosen, free = self.exact(packages, also, match, gone)
        except NotAvailableError:
            # What dnf keeps of the repositories may be two days old.
            self._known.clear()
            self._dnf.refresh()
            version, chosen, free = self.exact(packages, also, match, gone)
        # One that no longer exists at this version would keep the others back.
        gone = [*gone, *(name for name in also if name not in chosen and self._known.get(name))]
        problems = []
        asked = {str(package["name"]) for package in packages}
        choices: Sequence[Optional[str]] = streams or [None]
        for stream in choices:
            steps = Steps(stream=stream, remove=tuple(gone))
            resolved, problem = self._settle(version, dict(chosen), free, steps, asked)
            if resolved is not None:
                return resolved
            problems.append(f"{stream}: {problem}" if stream else problem)
        said = "; ".join(problems)
        hint = ". dkms is in EPEL: enable that repository" if "nothing provides dkms" in said else ""
        raise GpuError(f"dnf cannot install {version} together: {said}{hint}")

    def _settle(
        self, version: str, chosen: Dict[str, Available], free: Sequence[str], steps: Steps, asked: Container[str]
    ) -> Tuple[Optional[Resolved], str]:
        problem = ""
        for _dummy in range(_ROUNDS):
            steps = replace(steps, install=(*(one.nevra for one in chosen.values()), *free))
            transaction, problem = self._dnf.simulate(steps)
            if transaction is None:
                left = [name for name in chosen if name not in asked and f"argument: {chosen[name].nevra}" in problem]
                if not left:
                    return None, problem
                # The stream has no such package: what belongs to another stream leaves with it.
                steps = replace(steps, remove=(*steps.remove, *left))
                chosen = {name: one for name, one in chosen.items() if name not in left}
                continue
            strays = [one for one in transaction.coming if self._strays(one.version, version)]
            if not strays:
                return Resolved(version, steps, transaction), ""
            self._ask([one.name for one in strays])
            found = {one.name: self._of_version(one.name, version) for one in strays}
            lacking = [f"{one.name} {one.evr}" for one in strays if found[one.name] is None or one.name in chosen]
            if lacking:
                return None, f"it would bring {', '.join(lacking)}, and no repository has {version} of it"
            chosen.update({name: one for name, one in found.items() if one is not None})
        return None, problem or "what comes with it is of ever other versions"

    @staticmethod
    def _strays(found: str, version: str) -> bool:
        """Whether it is of a driver, and of another one."""
        return bool(_DRIVER_VERSION.fullmatch(found)) and found != version
