# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which driver is meant: version, branch, flavour, packages. Private to the collection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Dict, List, Mapping, Optional, Tuple

from .._compat.architectures import (
    ARCHITECTURES,
    FIRST_BRANCH_WITHOUT_PROPRIETARY,
    FIRST_OPEN_BRANCH,
    FIRST_OPEN_DEFAULT_BRANCH,
    of_gpu,
)
from .._compat.driver_packages import known, package_set
from .._dataclass import dataclass
from .repository import driver_source
from .types import Observed, Options, Part, Request

if TYPE_CHECKING:
    from .._compat.package_sets import PackageSet

_VERSION = re.compile(r"\d{3}\.\d{2,3}(\.\d{2})?")
_BRANCH = re.compile(r"\d{3}")


@dataclass(frozen=True)
class Driver:
    """The driver asked for, with everything that was left open decided."""

    branch: int
    version: Optional[str]
    flavour: str
    source: str
    packages: Optional[PackageSet]

    @property
    def title(self) -> str:
        return "{} {}".format(self.version or f"branch {self.branch}", self.flavour)

    @property
    def free(self) -> Tuple[str, ...]:
        """Packages that do not carry the driver's version."""
        return self.packages.free if self.packages else ()

    def matches(self, version: Optional[str]) -> bool:
        """Whether an installed or running version is what was asked for."""
        if not version:
            return False
        return version == self.version if self.version else version.split(".", 1)[0] == str(self.branch)


def next_kernel(observed: Observed) -> str:
    """The kernel that modules have to fit; empty where none is visible."""
    return str(observed["kernel"]["next"] or observed["kernel"]["running"] or "")


def architectures(observed: Observed) -> Dict[str, List[str]]:
    """Known architectures on the node → the GPUs of each."""
    found: Dict[str, List[str]] = {}
    for gpu in observed["pci"]["gpus"]:
        name = of_gpu(gpu["architecture"], gpu["device"])
        if name:
            found.setdefault(name, []).append("{bus_id} ({vendor}:{device})".format(**gpu))
    return {name: sorted(found[name]) for name in sorted(found)}


def possible_flavours(names: List[str], branch: int) -> Tuple[str, ...]:
    """Flavours that drive every one of these architectures on this branch, the better one first."""
    flavours = ["open", "proprietary"] if branch >= FIRST_OPEN_DEFAULT_BRANCH else ["proprietary", "open"]
    if branch < FIRST_OPEN_BRANCH:
        flavours.remove("open")
    if branch >= FIRST_BRANCH_WITHOUT_PROPRIETARY:
        flavours.remove("proprietary")
    return tuple(f for f in flavours if all(f in ARCHITECTURES[name].flavours for name in names))


def resolve(
    request: Request, observed: Observed, part: Optional[Part] = None, *, packaged: bool = True
) -> Optional[Driver]:
    """Decide version, branch and flavour; refuse on `part` what this node's GPUs cannot have.

    `packaged`: whether it has to come as packages that this collection knows.
    """
    part = part or Part("nvidia_driver")
    options = request["nvidia_driver"]
    version, branch_text = options["version"], str(options["branch"] or "")
    if version is not None and not _VERSION.fullmatch(str(version)):
        part.refuse(
            "version",
            value=version,
            why="a driver version looks like 580.159.04 (quoted in YAML, else 580.10 becomes 580.1)",
            remedy="set nvidia_driver_version",
        )
        return None
    if version is None and not _BRANCH.fullmatch(branch_text):
        part.refuse(
            "branch",
            value=options["branch"],
            why="a driver branch is three digits, such as 580",
            remedy="set nvidia_driver_branch",
        )
        return None
    branch = int(str(version).split(".", 1)[0]) if version else int(branch_text)
    source = driver_source(request["nvidia_repository"], observed)
    packages = package_set(observed["os"], source, branch)
    if packages is None and packaged:
        part.refuse(
            "operating system",
            value="{} with source {}, branch {}".format(observed["os"]["pretty"], source, branch),
            why="known are " + ", ".join(known()),
            remedy="set nvidia_repository_driver_source, or install the driver by other means",
        )
    if packaged and not next_kernel(observed):
        part.refuse(
            "kernel",
            value=None,
            why="neither the running kernel nor one in /boot is visible, so nobody knows what modules have to fit",
            remedy="mount /proc and /boot, or set nvidia_driver_state to unmanaged",
        )
        return None
    flavour = _flavour(options, observed, branch, part)
    return Driver(branch, str(version) if version else None, flavour, source, packages)


def _flavour(options: Options, observed: Observed, branch: int, part: Part) -> str:
    on_node = architectures(observed)
    for name, gpus in on_node.items():
        limits = ARCHITECTURES[name]
        if branch < limits.first_branch or (limits.last_branch and branch > limits.last_branch):
            limit = (
                f"first supported by {limits.first_branch}"
                if branch < limits.first_branch
                else f"last supported by {limits.last_branch}"
            )
            part.refuse(
                "branch",
                value=branch,
                why="branch {} does not drive {} GPUs ({}), {}".format(branch, limits.title, ", ".join(gpus), limit),
                remedy="set nvidia_driver_branch or nvidia_driver_version to a branch that does",
            )
    possible = possible_flavours(list(on_node), branch)
    asked = str(options["flavour"])
    if asked == "auto" and (possible or part.refusals):
        return possible[0] if possible else "open"
    if asked not in possible:
        part.refuse(
            "flavour",
            value=asked,
            why="{}; possible here: {}".format(_why_not(asked, on_node, branch), ", ".join(possible) or "none"),
            remedy="set nvidia_driver_flavour to auto"
            if possible
            else "no one driver is for all of these GPUs: take some out, or set nvidia_driver_state to unmanaged",
        )
    return "open" if asked == "auto" else asked


def _why_not(asked: str, on_node: Mapping[str, List[str]], branch: int) -> str:
    """Which limit a flavour meets, and at which GPUs."""
    reasons = []
    if asked == "open" and branch < FIRST_OPEN_BRANCH:
        reasons.append(f"open kernel modules begin with branch {FIRST_OPEN_BRANCH}, and {branch} is asked for")
    if asked == "proprietary" and branch >= FIRST_BRANCH_WITHOUT_PROPRIETARY:
        first = FIRST_BRANCH_WITHOUT_PROPRIETARY
        reasons.append(f"from branch {first} on there are no proprietary kernel modules, and {branch} is asked for")
    for name, gpus in on_node.items():
        only = ARCHITECTURES[name].flavours
        if asked not in only and len(only) == 1:
            reasons.append(
                "{} GPUs ({}) work with {} kernel modules only, of branch {} too".format(
                    ARCHITECTURES[name].title, ", ".join(gpus), only[0], branch
                )
            )
    return "; ".join(reasons)
