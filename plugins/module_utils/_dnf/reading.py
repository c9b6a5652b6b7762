# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a resolved transaction means for a stack. Private to the collection."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Container, Dict, Sequence, Tuple

from .._compat.rpm_names import BUILD

if TYPE_CHECKING:
    from .._parse.dnf import Coming
    from .installed import Installed
    from .resolve import Resolved

SIDE_BY_SIDE = re.compile(rf"{BUILD}-devel")


def again(resolved: Resolved, before: Installed) -> Resolved:
    """What was installed when the power went may not have run its scripts.

    dnf cannot be asked to install and to reinstall the same package, and then does neither.
    """
    coming = {one.name for one in resolved.transaction.coming}
    again = tuple(name for name in before.broken if name not in coming)
    install = tuple(spec for spec in resolved.steps.install if spec.rsplit("-", 2)[0] not in again)
    return replace(resolved, steps=replace(resolved.steps, install=install, reinstall=again))


def key(one: Coming) -> str:
    """What stands side by side in several versions is known by its own."""
    if not SIDE_BY_SIDE.match(one.name):
        return one.name
    return f"{one.name}-{one.evr.rpartition(':')[2]}.{os.uname().machine}"


def is_named(one: Coming, specs: Sequence[str]) -> bool:
    bare = f"{one.name}-{one.evr.rpartition(':')[2]}"
    return any(spec == one.name or spec.startswith((bare, f"{one.name}-{one.evr}")) for spec in specs)


def is_there(one: Coming, have: Container[Tuple[str, str]], resolved: Resolved) -> bool:
    """What follows the kernel, or its own source, is not of the stack and not looked for."""
    return one.version != resolved.version or (one.name, one.evr) in have


def after(before: Installed, resolved: Resolved, *, hold: bool) -> Dict[str, Tuple[str, bool]]:
    """Of the stack is what is now, and what comes in the version asked for."""
    lines = {name: (version, hold) for name, (version, _held) in before.lines.items()}
    for one in resolved.transaction.coming:
        lines[one.name] = (one.evr, hold and (one.name in before.lines or one.version == resolved.version))
    return {name: line for name, line in lines.items() if name not in resolved.transaction.removals}
