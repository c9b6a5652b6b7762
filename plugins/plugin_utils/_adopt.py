# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a node has to the variables that ask for exactly that. Private to the collection.

The inverse of the comparison, found by it: of the ways to ask for a component the first one that the comparison has
nothing against is taken.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import COMPARISONS, drifts
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import UNMANAGED
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.package_names import DRIVER_VERSION

from ._request import resolve_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import Part

Variables = dict[str, Any]
LOCK = "lock"
"""The one difference that a component may be adopted with: to hold packages disturbs nobody."""
PINNED = ("nvidia_driver_version", "nvidia_container_toolkit_version")
"""Written even where they are the default, which the next release of the collection may change."""
_REPOSITORY = "nvidia_repository"


@dataclass
class Adopted:
    """One node's variables, and what they cannot say."""

    variables: Variables = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@cache
def _defaults() -> dict[str, dict[str, Any]]:
    return resolve_request(lambda name: (False, None))


class _Node:
    """The request as far as it was found."""

    def __init__(self, observed: Mapping[str, Any]) -> None:
        self.observed = observed
        self.found = Adopted()

    def request(self, variables: Variables) -> dict[str, dict[str, Any]]:
        request = {component: dict(options) for component, options in _defaults().items()}
        for name, value in {**self.found.variables, **variables}.items():
            component = next(word for word in request if name.startswith(f"{word}_"))
            request[component][name[len(component) + 1 :]] = value
        return request

    def against(self, component: str, variables: Variables) -> list[str]:
        """What the comparison has against these variables, in words."""
        return _words(COMPARISONS[component](self.request(variables), self.observed))

    def take(self, component: str, ways: Iterator[Variables], otherwise: Variables | None = None) -> None:
        """The first way without an objection, else the one with only a lock against it, else `otherwise`."""
        tried: list[tuple[list[str], Variables]] = []
        for variables in ways:
            objections = self.against(component, variables)
            if not objections:
                self.found.variables.update(variables)
                return
            tried.append((objections, variables))
        objections, variables = min(tried, key=lambda one: (not _only_lock(one[0]), len(one[0])))
        said = "; ".join(objections)
        if otherwise is not None and not _only_lock(objections):
            self.found.variables.update(otherwise)
            self.found.notes.append(f"{component} is left as it is ({_settings(otherwise)}): {said}")
        else:
            self.found.variables.update(variables)
            self.found.notes.append(f"{component}: the next run will change this: {said}")


def _words(part: Part) -> list[str]:
    return [f"{drift.subject} is {drift.have}, wanted {drift.want}" for drift in part.drifts] + [
        f"{refusal.subject} {refusal.value}: {refusal.why}" for refusal in part.refusals
    ]


def _only_lock(objections: list[str]) -> bool:
    return all(words.startswith(f"{LOCK} is ") for words in objections)


def _settings(variables: Variables) -> str:
    return ", ".join(f"{name}: {value}" for name, value in variables.items())


def _set(**values: Any) -> Variables:
    """Without those that are left at their default."""
    return {name: value for name, value in values.items() if value is not None}


def _holds(packages: list[Mapping[str, Any]]) -> list[bool | None]:
    """None is the default, which is to hold."""
    return [False, None] if packages and not any(package["held"] for package in packages) else [None, False]


def _driver_ways(observed: Mapping[str, Any], version: str) -> Iterator[Variables]:
    running, packages = observed["driver"]["running"], observed["packages"]["driver"]
    flavours = (None, running["flavour"]) if running else (None, "open", "proprietary")
    choices = itertools.product(
        (None, "cuda", "archive"),
        _holds(packages),
        flavours,
        (None, "dkms", "prebuilt"),
        (None, "absent", "present"),
        (None, "full"),
    )
    for source, hold, flavour, modules, fabric, extent in choices:
        yield _set(
            nvidia_driver_version=version,
            nvidia_repository_driver_source=source,
            nvidia_driver_hold=hold,
            nvidia_driver_flavour=flavour,
            nvidia_driver_modules=modules,
            nvidia_driver_fabric_manager=fabric,
            nvidia_driver_packages=extent,
        )


def _driver(node: _Node) -> None:
    observed = node.observed
    running, packages = observed["driver"]["running"], observed["packages"]["driver"]
    unmanaged = {"nvidia_driver_state": UNMANAGED}
    versions = sorted({p["upstream"] for p in packages if DRIVER_VERSION.fullmatch(p["upstream"] or "")})
    if not running and not packages:
        node.take("nvidia_driver", iter([{"nvidia_driver_state": "absent"}]), unmanaged)
        node.found.notes.append("nvidia_driver: none is installed, and none is asked for (nvidia_driver_state: absent)")
    elif not packages or len(versions) != 1:
        node.found.variables.update(unmanaged)
        why = (
            f"its packages have versions {', '.join(versions) or 'that no driver has'}"
            if packages
            else f"{running['version']} was not installed from packages (a .run file?)"
        )
        node.found.notes.append(f"nvidia_driver is left as it is ({_settings(unmanaged)}): {why}")
    else:
        node.take("nvidia_driver", _driver_ways(observed, versions[0]), unmanaged)


def _toolkit_ways(observed: Mapping[str, Any]) -> Iterator[Variables]:
    packages = observed["packages"]["toolkit"]
    if not packages:
        yield {"nvidia_container_toolkit_state": "absent"}
        return
    version = max(package["upstream"] for package in packages)
    there = [name for name, runtime in observed["runtimes"].items() if runtime]
    subsets = [list(some) for size in range(len(there), -1, -1) for some in itertools.combinations(there, size)]
    choices = itertools.product([None, *subsets], _holds(packages), (None, True, False), (None, True))
    for runtimes, hold, default, old in choices:
        yield _set(
            nvidia_container_toolkit_version=version,
            nvidia_container_toolkit_runtimes=runtimes,
            nvidia_container_toolkit_hold=hold,
            nvidia_container_toolkit_set_default=default,
            nvidia_container_toolkit_allow_old=old,
        )


def _toolkit(node: _Node) -> None:
    component = "nvidia_container_toolkit"
    node.take(component, _toolkit_ways(node.observed), {f"{component}_state": UNMANAGED})
    kept = node.found.variables.get(f"{component}_runtimes")
    if kept is not None:
        version = {name: value for name, value in node.found.variables.items() if name.endswith(("_version", "_old"))}
        for name in sorted(name for name, runtime in node.observed["runtimes"].items() if runtime and name not in kept):
            said = "; ".join(node.against(component, {**version, f"{component}_runtimes": [name]}))
            node.found.notes.append(f"{component}_runtimes leaves out {name}: {said}")


def _repository_ways() -> Iterator[Variables]:
    yield {}
    yield {f"{_REPOSITORY}_remove_old_lists": False}


def adopt(observed: Mapping[str, Any]) -> Adopted:
    """Pure: the variables for which a comparison with this look finds no difference, but for what the notes say."""
    node = _Node(observed)
    if not observed["pci"]["gpus"]:
        node.found.notes.append(str(drifts(node.request({}), observed).why_not))
        return node.found
    _driver(node)
    node.take(_REPOSITORY, _repository_ways(), {f"{_REPOSITORY}_state": UNMANAGED})
    node.take("nouveau", iter([{}, {"nouveau_state": "absent"}]))
    node.take("nvidia_gsp", iter([{}, {"nvidia_gsp_mode": "disabled"}]))
    node.take("nvidia_persistence", iter([{}, {"nvidia_persistence_state": "absent"}]))
    _toolkit(node)
    return node.found
