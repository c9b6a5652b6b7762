# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a node has to the variables that ask for exactly that. Private to the collection.

The inverse of the comparison, found by it: of the ways to ask for a component the first one that the comparison has
nothing against is taken. What the inventory asks for already is tried first.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.driver_packages import versions
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import COMPARISONS, drifts
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import UNMANAGED
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.driver_packages import of_own_version

from ._request import defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import Part

    Variables = dict[str, Any]

LOCK = "lock"
"""The one difference that a component may be adopted with: to hold packages disturbs nobody."""
PINNED = ("nvidia_driver", "nvidia_container_toolkit")
"""Components whose version is written even where it is the default, which the next release may change."""


@dataclass
class Adopted:
    """One node's variables, and what they cannot say."""

    variables: Variables = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _Node:
    """A request that becomes the node's, component by component."""

    def __init__(self, observed: Mapping[str, Any], request: Mapping[str, Mapping[str, Any]]) -> None:
        self.observed = observed
        self.request = {component: dict(options) for component, options in request.items()}
        self.notes: list[str] = []

    def having(self, variables: Variables) -> dict[str, dict[str, Any]]:
        """The request with these variables instead."""
        request = {component: dict(options) for component, options in self.request.items()}
        for name, value in variables.items():
            component = next(word for word in request if name.startswith(f"{word}_"))
            request[component][name[len(component) + 1 :]] = value
        return request

    def against(self, component: str, variables: Variables) -> list[str]:
        """What the comparison has against these variables, in words."""
        return _words(COMPARISONS[component](self.having(variables), self.observed))

    def take(self, component: str, ways: Iterable[Variables], otherwise: Variables | None = None) -> None:
        """The first way without an objection, else the one with only a lock against it, else `otherwise`."""
        tried: list[tuple[list[str], Variables]] = []
        for variables in ways:
            objections = self.against(component, variables)
            if not objections:
                self.request = self.having(variables)
                return
            tried.append((objections, variables))
        objections, variables = min(tried, key=lambda one: (not _only_lock(one[0]), len(one[0])))
        said = "; ".join(objections)
        if otherwise is not None and not _only_lock(objections):
            self.leave(otherwise, said)
        else:
            self.request = self.having(variables)
            self.notes.append(f"{component}: the next run will change this: {said}")

    def leave(self, variables: Variables, why: str) -> None:
        """To whoever set it up."""
        self.request = self.having(variables)
        (name,) = variables
        self.notes.append(f"{name.rpartition('_')[0]} is left as it is ({name}: {variables[name]}): {why}")

    def variables(self) -> Variables:
        """What differs from the defaults, and the versions."""
        return {
            f"{component}_{name}": value
            for component, options in self.request.items()
            for name, value in options.items()
            if value != defaults()[component][name]
            or (component in PINNED and name == "version" and options["state"] == "present")
        }


def _words(part: Part) -> list[str]:
    return [f"{drift.subject} is {drift.have}, wanted {drift.want}" for drift in part.drifts] + [
        f"{refusal.subject} {refusal.value}: {refusal.why}" for refusal in part.refusals
    ]


def _only_lock(objections: list[str]) -> bool:
    return all(words.startswith(f"{LOCK} is ") for words in objections)


def _holds(packages: list[Mapping[str, Any]]) -> tuple[bool, bool]:
    """The likelier one first."""
    return (False, True) if packages and not any(package["held"] for package in packages) else (True, False)


def _driver_ways(observed: Mapping[str, Any], version: str) -> Iterator[Variables]:
    running, packages = observed["driver"]["running"], observed["packages"]["driver"]
    yield {"nvidia_driver_state": "present", "nvidia_driver_version": version}
    choices = itertools.product(
        ("auto", "cuda", "archive"),
        _holds(packages),
        ("auto", running["flavour"]) if running else ("auto", "open", "proprietary"),
        ("auto", "dkms", "prebuilt"),
        ("auto", UNMANAGED),
        ("compute", "full"),
        ("auto", "never"),
    )
    for source, hold, flavour, modules, fabric, extent, kernel in choices:
        yield {
            "nvidia_repository_driver_source": source,
            "nvidia_driver_state": "present",
            "nvidia_driver_version": version,
            "nvidia_driver_hold": hold,
            "nvidia_driver_flavour": flavour,
            "nvidia_driver_modules": modules,
            "nvidia_fabric_state": fabric,
            "nvidia_driver_packages": extent,
            "nvidia_driver_hold_kernel": kernel,
        }


def _driver(node: _Node) -> None:
    running, packages = node.observed["driver"]["running"], node.observed["packages"]["driver"]
    unmanaged = {"nvidia_driver_state": UNMANAGED}
    found = versions(packages, of_own_version(node.observed["os"]))
    if not running and not packages:
        node.take("nvidia_driver", [{"nvidia_driver_state": "absent"}])
        node.notes.append("nvidia_driver: none is installed, and none is asked for (nvidia_driver_state: absent)")
    elif not packages:
        node.leave(unmanaged, f"{running['version']} was not installed from packages (a .run file?)")
    elif len(found) != 1:
        node.leave(unmanaged, f"its packages have versions {', '.join(found) or 'that no driver has'}")
    else:
        node.take("nvidia_driver", _driver_ways(node.observed, found[0]), unmanaged)


def _toolkit_ways(observed: Mapping[str, Any]) -> Iterator[Variables]:
    packages = observed["packages"]["toolkit"]
    if not packages:
        yield {"nvidia_container_toolkit_state": "absent"}
        return
    present = {
        "nvidia_container_toolkit_state": "present",
        "nvidia_container_toolkit_version": max(package["upstream"] for package in packages),
    }
    yield present
    there = [name for name, runtime in observed["runtimes"].items() if runtime]
    subsets = [list(some) for size in range(len(there), -1, -1) for some in itertools.combinations(there, size)]
    for runtimes, hold, default, old in itertools.product(
        [None, *subsets], _holds(packages), (None, True, False), (False, True)
    ):
        yield {
            **present,
            "nvidia_container_toolkit_runtimes": runtimes,
            "nvidia_container_toolkit_hold": hold,
            "nvidia_container_toolkit_set_default": default,
            "nvidia_container_toolkit_allow_old": old,
        }


def _toolkit(node: _Node) -> None:
    component = "nvidia_container_toolkit"
    node.take(component, _toolkit_ways(node.observed), {f"{component}_state": UNMANAGED})
    options = node.request[component]
    if options["state"] != "present" or options["runtimes"] is None:
        return
    for name, runtime in sorted(node.observed["runtimes"].items()):
        if runtime and name not in options["runtimes"]:
            alone = {f"{component}_runtimes": [name], f"{component}_set_default": None}
            said = "; ".join(node.against(component, alone)) or "not asked for"
            node.notes.append(f"{component}_runtimes leaves out {name}: {said}")


def adopt(observed: Mapping[str, Any], request: Mapping[str, Mapping[str, Any]] | None = None) -> Adopted:
    """Pure: the variables for which a comparison with this look finds no difference, but for what the notes say.

    `request`: what the inventory asks for already; the defaults otherwise.
    """
    node = _Node(observed, defaults() if request is None else request)
    if not observed["pci"]["gpus"]:
        return Adopted(notes=[str(drifts(node.request, observed).why_not)])
    _driver(node)
    node.take(
        "nvidia_repository", [{}, {"nvidia_repository_remove_old_lists": False}], {"nvidia_repository_state": UNMANAGED}
    )
    node.take("nvidia_fabric", [{}, {"nvidia_fabric_state": UNMANAGED}])
    states: list[Variables] = [{}, *({"nouveau_state": state} for state in ("present", "absent"))]
    node.take("nouveau", [{**state, **more} for more in ({}, {"nouveau_kernel_arguments": False}) for state in states])
    node.take("nvidia_gsp", [{}, {"nvidia_gsp_mode": "default"}, {"nvidia_gsp_mode": "disabled"}])
    node.take(
        "nvidia_persistence",
        [{}, {"nvidia_persistence_state": "present"}, {"nvidia_persistence_state": "absent"}],
    )
    _toolkit(node)
    return Adopted(node.variables(), node.notes)
