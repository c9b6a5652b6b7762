# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done with packages. Private to the collection."""

from __future__ import annotations

from typing import Any, Container, Dict, Mapping, Optional, Sequence, Tuple

from .._dataclass import dataclass
from .._errors import GpuError


@dataclass(frozen=True)
class Outcome:
    """What was done, or in a dry run would be; `before` and `after` are the two sides of a diff."""

    changed: bool
    before: str = ""
    after: str = ""
    version: Optional[str] = None
    install: Tuple[str, ...] = ()
    removals: Tuple[str, ...] = ()
    hold_changed: Tuple[str, ...] = ()
    unresolved: Optional[str] = None

    def result(self) -> Dict[str, Any]:
        """As a module returns it."""
        found = {key: value for key, value in vars(self).items() if value is not None}
        diff = {side: found.pop(side) for side in ("before", "after")}
        return {**found, "diff": diff}


def text(packages: Mapping[str, Tuple[str, bool]]) -> str:
    """Version and lock of each package, for a diff."""
    return "".join(
        "{} {}{}\n".format(name, version, " held" if held else "") for name, (version, held) in sorted(packages.items())
    )


def refuse_strangers(removals: Sequence[str], allowed: Container[str], *, what: str, title: str) -> None:
    """Packages that are not of the stack are nobody's to remove unasked."""
    strangers = [name for name in removals if name not in allowed]
    if strangers:
        raise GpuError(
            "{} would remove {}, which are not of the {}; remove them by hand if that is meant".format(
                what, ", ".join(strangers), title
            )
        )
