# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that an upgrade brings have a module for the driver, or do not come. Private to the collection.

Prebuilt modules fit only the kernel that is there. DKMS builds them for each kernel whose headers come with it.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .._compat.kernel_followers import unfollowed
from .._compat.kernel_pins import PATH, content
from .types import Observed, Options, Part

ALWAYS, NEVER, UNFOLLOWED = "always", "never", "unfollowed"
"""When the kernels are locked; the last one: when nothing brings their headers."""


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
    kernels = dict(sorted((one["name"], one["version"]) for one in observed["packages"].get("kernel") or ()))
    when = _when(options, kind)
    part.actions["lock_kernel"] = when
    lone = unfollowed(kernels) if when == UNFOLLOWED else {}
    locked = content(kernels.items())
    have = (observed.get("own_files") or {}).get(PATH, "")
    if lone and have != locked:
        wanted = _roots(lone, kernels)
        part.actions["packages"] += wanted
        part.drift(
            "headers of new kernels",
            want=[one["name"] for one in wanted],
            have="absent",
            why="an upgrade would bring a kernel for which no module can be built; without them the kernels are locked",
        )
        return
    text = locked if lone or when == ALWAYS else ""
    if have != text:
        part.drift(
            PATH,
            want=text or "absent",
            have=have or "absent",
            why="prebuilt modules fit only their kernel" if text else "the kernels are not tied to the driver",
        )


def _roots(lone: Mapping[str, Any], kernels: Mapping[str, str]) -> List[Dict[str, Any]]:
    """At the version of what they follow, where that is offered: a newer one has headers of no kernel that is there."""
    return [
        {"name": name, "version": None, "optional": True, "preferred": kernels[kernel]}
        for kernel, wanted in lone.items()
        for name in wanted
    ]
