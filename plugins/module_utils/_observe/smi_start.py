# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of nvidia-smi that every look makes, begun before the rest is imported. Private to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, List, Tuple

from .._dataclass import dataclass

if TYPE_CHECKING:
    from .._root import Root
    from .._runner import Result, Starter

DOCUMENT = ("nvidia-smi", "-q", "-x")
TIMEOUT = 60.0
"""Seconds. Without persistence every call initialises every GPU, which takes seconds each."""
EXTRA: Tuple[Tuple[str, str, int], ...] = (
    ("compute_cap", "compute_cap", 510),
    ("gsp.mode.current", "gsp_mode", 550),
    ("gsp.mode.default", "gsp_mode_default", 550),
    ("inforom.checksum_validation", "inforom_checksum", 550),
)
"""What the document lacks: the field, its name here, and the first branch that is asked for it."""


@dataclass(frozen=True)
class Begun:
    """Calls on their way; each waits for its end."""

    document: Callable[[], Result]
    fields: Tuple[str, ...]
    extra: Callable[[], Result] | None


def extra_fields(version: str | None) -> List[str]:
    """Those of a driver's branch; none of a version that is none."""
    branch = (version or "").partition(".")[0]
    known = int(branch) if branch.isascii() and branch.isdigit() and len(branch) <= 4 else 0
    return [field for field, _name, since in EXTRA if known >= since]


def query(fields: List[str]) -> Tuple[str, ...]:
    return ("nvidia-smi", "--query-gpu=" + ",".join(["uuid", *fields]), "--format=csv,noheader,nounits")


def begin(runner: Starter, root: Root) -> Begun:
    """Both at once where the loaded module says which fields its nvidia-smi knows."""
    document = runner.start(DOCUMENT, timeout=TIMEOUT)
    fields = extra_fields(root.text("/sys/module/nvidia/version"))
    extra = runner.start(query(fields), timeout=TIMEOUT) if fields else None
    return Begun(document, tuple(fields), extra)
