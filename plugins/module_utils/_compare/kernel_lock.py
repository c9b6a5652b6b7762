# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that stay at their version, since the driver's prebuilt modules fit no other. Private to the collection."""

from __future__ import annotations

from .._compat.kernel_pins import PATH, content
from .types import Observed, Options, Part


def wanted(options: Options, kind: str) -> bool:
    """`auto`: where prebuilt modules tie them, and the driver is locked."""
    asked = str(options["hold_kernel"])
    return (kind == "prebuilt" and bool(options["hold"])) if asked == "auto" else asked == "always"


def compare(part: Part, options: Options, observed: Observed, kind: str) -> bool:
    """Whether the kernels are to be locked."""
    kernels = [(one["name"], one["version"]) for one in observed["packages"].get("kernel") or ()]
    text = content(kernels) if wanted(options, kind) else ""
    have = (observed.get("own_files") or {}).get(PATH, "")
    if have != text:
        part.drift(
            PATH,
            want=text or "absent",
            have=have or "absent",
            why="prebuilt modules fit only their kernel" if text else "the kernels are not tied to the driver",
        )
    return bool(text)
