# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi nvlink -s`: each GPU's NVLinks and their speed. Private to the collection."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping

from .._dataclass import dataclass
from .._errors import ParseError
from .nvidia_smi_text import GPU_LINE
from .nvidia_smi_types import NvLink
from .nvidia_smi_values import quantity

_WHAT = "nvidia-smi nvlink -s"
_LINK = re.compile(r"Link ([0-9]{1,3}): (\S.*)")
_STATE = re.compile(
    r"^[ \t]*Link [0-9]{1,3}: (?:[0-9.]+ GB/s|<inactive>)[ \t\r]*$"
    r"|all links are inactive|^Nvlink queries are not supported|^Device does not have or support Nvlink",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True)
class LinkedGpu:
    """One GPU; without links, `why` has nvidia-smi's words for it."""

    index: int
    name: str
    uuid: str
    links: tuple[NvLink, ...] | None
    why: Mapping[str, str]
    """Path within the GPU → reason"""


def has_states(text: str) -> bool:
    """Whether it is of this option: others of `nvidia-smi nvlink` print such lines with other values."""
    return _STATE.search(text) is not None


def _links(lines: List[str], why: Dict[str, str]) -> tuple[NvLink, ...]:
    links: List[NvLink] = []
    for match in filter(None, map(_LINK.fullmatch, lines)):
        state = match.group(2)
        speed = quantity(state, "GB/s")
        active = None if speed is None else True
        if state.lower() == "<inactive>":
            active = False
        if active is None:
            why[f"nvlinks[{len(links)}].active"] = f"unexpected value {state[:80]!r}"
        links.append(NvLink(int(match.group(1)), active, speed))
    return tuple(links)


def _gpu(heading: re.Match[str], lines: List[str]) -> LinkedGpu:
    why: Dict[str, str] = {}
    links = _links(lines, why) or None
    if links is None:
        why["nvlinks"] = lines[0][:200] if lines else "no answer"
    return LinkedGpu(int(heading.group(1)), heading.group(2), heading.group(3), links, why)


def parse_nvlink(text: str) -> tuple[LinkedGpu, ...]:
    """All GPUs, with what stands below the line of each."""
    found: List[tuple[re.Match[str], List[str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        heading = GPU_LINE.fullmatch(bare)
        if heading:
            found.append((heading, []))
        elif found and bare:
            found[-1][1].append(bare)
        elif _LINK.fullmatch(bare):
            raise ParseError(_WHAT, f"line {number}", "a link before any GPU")
    if not found:
        raise ParseError(_WHAT, "whole text", f"no line names a GPU: {text.strip()[:200]!r}")
    return tuple(_gpu(heading, lines) for heading, lines in found)


def is_link(line: str) -> bool:
    return _LINK.fullmatch(line.strip()) is not None
