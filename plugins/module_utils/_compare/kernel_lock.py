# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that an upgrade brings have a module for the driver, or do not come. Private to the collection.

Prebuilt modules fit only the kernel that is there. DKMS builds them for each kernel whose headers come with it.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence, Tuple

from .._compat.kernel_followers import unfollowed
from .._compat.kernel_locks import PATH, content, rule, rules
from .driver_request import next_kernel
from .types import Observed, Options, Part

ALWAYS, NEVER, UNFOLLOWED = "always", "never", "unfollowed"
"""When the kernels are locked; the last one: when nothing brings their headers."""
RULES = "versionlock rules for the kernel"
Versions = List[Tuple[str, str]]


def _when(options: Options, kind: str) -> str:
    """`auto` looks after the kernels of a driver that is locked."""
    asked = str(options["hold_kernel"])
    if asked != "auto":
        return asked
    if not options["hold"]:
        return NEVER
    return ALWAYS if kind == "prebuilt" else UNFOLLOWED


def compare(part: Part, options: Options, observed: Observed, kind: str) -> None:
    """What brings headers is asked for where it may exist; the lock says that it does not."""
    kernels = sorted((one["name"], one["version"]) for one in observed["packages"].get("kernel") or ())
    when = _when(options, kind)
    part.actions["lock_kernel"] = when
    lone = unfollowed({name for name, _version in kernels}) if when == UNFOLLOWED else {}
    subject, have, locked = _lock(observed, kernels)
    if lone and have != locked:
        _ask(part, lone, kernels, observed)
        return
    text = locked if lone or when == ALWAYS else ""
    if have != text:
        part.drift(
            subject,
            want=text or "absent",
            have=have or "absent",
            why="a kernel would come without a module" if text else "the kernels are not tied to the driver",
        )


def _lock(observed: Observed, kernels: Versions) -> Tuple[str, str, str]:
    """What it is, what is there of it, and all of it."""
    if observed["packages"]["manager"] == "apt":
        return PATH, (observed.get("own_files") or {}).get(PATH, ""), content(kernels)
    return RULES, "\n".join(ours(observed)), "\n".join(rules(kernels))


def ours(observed: Observed) -> List[str]:
    """The rules of dnf that keep kernels for us."""
    return sorted(map(rule, observed["packages"].get("kernel_locks") or ()))


def _ask(part: Part, lone: Mapping[str, Sequence[str]], kernels: Versions, observed: Observed) -> None:
    """Those for the headers of the kernel that boots next come anyway where these are missing."""
    coming = [str(one["name"]) for one in part.actions["packages"]]
    wanted: Dict[str, Dict[str, Any]] = {}
    for kernel, names in lone.items():
        roots = [_root(name, kernel, kernels, observed) for name in names]
        if not any(name.startswith(f"{root['name']}.") for root in roots for name in coming):
            wanted.update((root["name"], root) for root in roots)
    if wanted:
        part.actions["packages"] += wanted.values()
        part.drift(
            "headers of new kernels",
            want=list(wanted),
            have="absent",
            why="an upgrade would bring a kernel for which no module can be built; without them the kernels are locked",
        )


def _root(name: str, kernel: str, kernels: Versions, observed: Observed) -> Dict[str, Any]:
    """At the version of what it follows: a newer one has headers of no kernel that is there, or brings a kernel."""
    versions = [version.rpartition(":")[2] for one, version in kernels if one == kernel]
    found: Dict[str, Any] = {"name": name, "version": None, "optional": True}
    if observed["packages"]["manager"] == "apt":
        return {**found, "preferred": versions[-1]}
    following = next_kernel(observed)
    return {**found, "name": f"{name}-{next((one for one in versions if following.startswith(one)), versions[-1])}"}
