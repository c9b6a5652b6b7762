# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a request for packages of one driver version into an exact, simulated set. Private to the collection.

Metapackages depend on `>=` a version and pull newer branches, so the simulation prefers the version asked for in every
package of the driver, and what it would do is read before anything is done.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import GpuError, NotAvailableError
from .._parse.apt import Transaction, parse_madison, parse_simulation, parse_unmet, upstream
from .transaction import SIMULATION

if TYPE_CHECKING:
    from .._packages.stacks import Stack
    from .._runner import Runner

_DRIVER_VERSION = re.compile(r"\d{3}\.\d{2,3}(\.\d+)?")
_ROUNDS = 8
_PIN = "Package: /nvidia|cuda/\nPin: version {0}-*\nPin-Priority: 1002\n"
"""Above the pins that NVIDIA's own pinning packages bring."""
_SIMULATE = (
    "--simulate",
    "--yes",
    "--fix-broken",
    "--no-install-recommends",
    "--allow-downgrades",
    "--allow-change-held-packages",
    "install",
)


@dataclass(frozen=True)
class Resolved:
    """An exact set: `name=version` and `name-` for apt, what comes with it, and what goes."""

    version: str
    install: Tuple[str, ...]
    leaving: Tuple[str, ...]
    transaction: Transaction


def pick_version(versions: Sequence[str], wanted: str) -> Optional[str]:
    """The newest package version that carries this driver version, or a version of this branch."""
    for version in versions:
        carried = upstream(version)
        if carried == wanted or carried.startswith(wanted + "."):
            return version
    return None


class Resolver:
    """One request; commands only read."""

    def __init__(self, runner: Runner, stack: Stack, revisions: Optional[Mapping[str, str]] = None) -> None:
        self._runner = runner
        self._stack = stack
        self._revisions = revisions or {}

    def available(self, names: Sequence[str]) -> Dict[str, List[str]]:
        result = self._runner.run(["apt-cache", "madison", *names], timeout=60.0)
        if result.rc != 0:
            raise GpuError(f"apt-cache madison failed with rc {result.rc}: {result.err.strip() or result.out.strip()}")
        return parse_madison(result.out)

    def _pick(self, name: str, available: Mapping[str, List[str]], version: str) -> Optional[str]:
        """The release asked for where there is one, else the newest of this version."""
        there, wanted = available.get(name, []), self._revisions.get(name)
        if wanted is None or upstream(wanted) != version:
            return pick_version(there, version)
        if wanted not in there:
            raise NotAvailableError(
                "nvidia_driver_revisions asks for {} {}: no source has it, nor has /var/cache/apt/archives; available "
                "are {}. Point {} to a source that has it, or leave it out".format(
                    name, wanted, ", ".join(there) or "none", self._stack.uri
                )
            )
        return wanted

    def exact(
        self, packages: Sequence[Mapping[str, Any]], also: Sequence[str], match: str
    ) -> Tuple[str, Dict[str, str], List[str], Dict[str, List[str]]]:
        """The version, the packages that carry it, those that follow something else, and what the sources have."""
        available = self.available([*(str(package["name"]) for package in packages), *also])
        packages = [one for one in packages if one["name"] in available or not one.get("optional")]
        packages = [one for one in packages if not one.get("beside")]
        names = [str(package["name"]) for package in packages]
        missing = [name for name in names if name not in available]
        if any(name.startswith("linux-headers-") for name in missing):
            raise NotAvailableError(
                "no package source has {}, without which no module can be built for the kernel that boots next. "
                "Enable the source that this kernel came from, or install a kernel whose headers it has".format(
                    ", ".join(missing)
                )
            )
        if missing:
            raise NotAvailableError(
                "no package source has {}; check role nvidia_repository's variables, and that {} {} exists "
                "for this distribution{}".format(
                    ", ".join(missing),
                    self._stack.variable(match),
                    match,
                    # Prebuilt modules are made for some kernels.
                    ", or set nvidia_driver_modules to dkms" if missing[0].startswith("linux-modules-") else "",
                )
            )
        first = next(str(package["name"]) for package in packages if package["version"])
        best = pick_version(available[first], match)
        if best is None:
            offered = sorted({upstream(version) for version in available[first]}, reverse=True)
            raise NotAvailableError(
                "{0} {1}: no source has {2} of it; available are {3}. Set {0} to one of them, or point "
                "{4} to a source that has it. /var/cache/apt/archives does not have it either".format(
                    self._stack.variable(match), match, first, ", ".join(offered), self._stack.uri
                )
            )
        version = upstream(best)
        exact: Dict[str, str] = {}
        for package in packages:
            name = str(package["name"])
            chosen = self._pick(name, available, version) if package["version"] else None
            if package["version"] and chosen is None:
                raise NotAvailableError(
                    "{} exists in {}, but {} does not ({})".format(first, version, name, ", ".join(available[name]))
                )
            if chosen:
                exact[name] = chosen
        for package in packages:
            if package.get("preferred") in available[str(package["name"])]:
                exact[str(package["name"])] = str(package["preferred"])
        free = [str(package["name"]) for package in packages if not package["version"]]
        return version, exact, free, available

    def resolve(
        self,
        packages: Sequence[Mapping[str, Any]],
        also: Mapping[str, str],
        match: str,
        gone: Sequence[str] = (),
    ) -> Resolved:
        """`packages` must all come, but for optional ones that no source has; those beside have versions of their own.

        `also` are installed ones, with the version that they carry: they move along where the version exists for them,
        and leave where they are of another version of the driver; apt does not find that by itself across a renaming.
        `gone` are installed ones that leave.
        """
        version, exact, free, available = self.exact(packages, [*also, *self._revisions], match)
        beside = {str(one["name"]): str(one["version"]) for one in packages if one.get("beside")}
        with_them = {name: pick_version(available.get(name, []), wanted) for name, wanted in beside.items()}
        exact.update({name: chosen for name, chosen in with_them.items() if chosen})
        leaving = [f"{name}-" for name in gone]
        together = [
            name for name, wanted in self._revisions.items() if upstream(wanted) == version and name not in gone
        ]
        for name, carried in {**dict.fromkeys(together, version), **also}.items():
            chosen = self._pick(name, available, version)
            if name in free:
                continue
            if chosen:
                exact[name] = chosen
            elif carried != version and _DRIVER_VERSION.fullmatch(carried):
                leaving.append(f"{name}-")
        return self._settle(exact, free, available, version, leaving)

    def _settle(
        self,
        exact: Dict[str, str],
        free: List[str],
        available: Dict[str, List[str]],
        version: str,
        leaving: Sequence[str],
    ) -> Resolved:
        tried: Dict[str, int] = {}
        problem = ""
        for _dummy in range(_ROUNDS):
            wanted = [f"{name}={value}" for name, value in exact.items()]
            wanted += [name for name in free if name not in exact]
            transaction, problem = self._simulate([*wanted, *leaving], version)
            if transaction is not None:
                return self._checked(transaction, exact, free, version, leaving)
            if not self._lost(problem, exact, version) and not self._older(exact, free, available, tried):
                break
        raise GpuError(f"apt cannot install {version} together: {problem}")

    def _checked(
        self, transaction: Transaction, exact: Mapping[str, str], free: List[str], version: str, leaving: Sequence[str]
    ) -> Resolved:
        """apt takes versions other than the newest only by name, so the whole closure is named."""
        # What another stack lost by force comes back by name, at its own version.
        known = {*free, *(name for name in exact if not self._stack.owns(name))}
        strays = [
            i
            for i in transaction.installs
            if i.name not in known and _DRIVER_VERSION.fullmatch(upstream(i.new)) and upstream(i.new) != version
        ]
        if strays:
            found = ", ".join(f"{stray.name} {stray.new}" for stray in strays)
            raise GpuError(f"the installation of {version} would bring {found}, and no source has {version} of it")
        named = [i for i in transaction.installs if i.name in exact or i.name in free or upstream(i.new) == version]
        return Resolved(version, tuple(f"{i.name}={i.new}" for i in named), tuple(leaving), transaction)

    def _lost(self, problem: str, exact: Dict[str, str], version: str) -> bool:
        """What installed packages need and somebody removed by force: apt mends nothing beside what is named."""
        lost = {name: only for name, only in parse_unmet(problem).items() if name not in exact}
        there = self.available(sorted(lost)) if lost else {}
        found = {name: self._pick(name, there, version) or only for name, only in lost.items()}
        new = {name: chosen for name, chosen in found.items() if chosen and chosen in there.get(name, [])}
        exact.update(new)
        return bool(new)

    def _older(
        self, exact: Dict[str, str], free: List[str], available: Dict[str, List[str]], tried: Dict[str, int]
    ) -> bool:
        """Packages that follow the kernel exist once per driver version: try the next older of each."""
        moved = False
        for name in free:
            position = tried.get(name, 0) + 1
            if position < len(available[name]):
                tried[name] = position
                exact[name] = available[name][position]
                moved = True
        return moved

    def _simulate(self, wanted: Sequence[str], version: str) -> Tuple[Optional[Transaction], str]:
        with tempfile.NamedTemporaryFile("w", suffix=".pref") as preferences:
            os.chmod(preferences.name, 0o644)
            preferences.write(_PIN.format(version))
            preferences.flush()
            result = self._runner.run(
                ["apt-get", "-o", "Dir::Etc::preferences=" + preferences.name, *_SIMULATE, *wanted], timeout=SIMULATION
            )
        if result.rc == 0:
            return parse_simulation(result.out), ""
        if result.timed_out:
            raise GpuError(
                f"apt-get --simulate did not end within {SIMULATION:.0f} s; the node may be busy. Nothing was installed"
            )
        lines = [line.strip() for line in (result.out + result.err).splitlines()]
        return None, " ".join(line for line in lines if " : Depends: " in line or line.startswith(("Depends:", "E:")))
