# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi -L` and `nvidia-smi --query-gpu=… --format=csv`. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping, Sequence

from .._errors import ParseError
from .nvidia_smi_types import ListedGpu, ListedMig, MigDevice, SmiGpu

GPU_LINE = re.compile(r"GPU ([0-9]{1,6}): (.+) \(UUID: ([^)\s]+)\)")
_MIG = re.compile(r"MIG (\S+)\s+Device\s+([0-9]{1,6}): \(UUID: ([^)\s]+)\)")
_HEADER_UNIT = re.compile(r" \[[^\]]*\]$")


def parse_list(text: str) -> tuple[ListedGpu, ...]:
    """GPUs and their MIG devices; other lines, such as errors about single GPUs, are skipped."""
    found: list[tuple[int, str, str]] = []
    instances: dict[int, list[ListedMig]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        gpu, mig = GPU_LINE.fullmatch(line.strip()), _MIG.fullmatch(line.strip())
        if gpu:
            found.append((int(gpu.group(1)), gpu.group(2), gpu.group(3)))
        elif mig and not found:
            raise ParseError("nvidia-smi -L", f"line {number}", "a MIG device before any GPU")
        elif mig:
            instances.setdefault(len(found) - 1, []).append(ListedMig(mig.group(1), int(mig.group(2)), mig.group(3)))
    return tuple(ListedGpu(*gpu, mig=tuple(instances.get(place, ()))) for place, gpu in enumerate(found))


def is_listed(line: str) -> bool:
    """Whether a line names a GPU or a MIG device."""
    return any(pattern.fullmatch(line.strip()) for pattern in (GPU_LINE, _MIG))


def _with_name(device: MigDevice, listed: ListedGpu) -> MigDevice:
    for mig in listed.mig:
        if mig.device == device.index:
            return replace(device, uuid=mig.uuid, profile=mig.profile)
    return device


def with_names(gpu: SmiGpu, listed: ListedGpu) -> SmiGpu:
    """A GPU with the names of its MIG devices, which have neither UUID nor profile in the document."""
    return replace(gpu, mig=replace(gpu.mig, devices=tuple(_with_name(device, listed) for device in gpu.mig.devices)))


def parse_query(text: str, fields: Sequence[str] | None = None) -> tuple[Mapping[str, str], ...]:
    """CSV rows as field → cell. Without `fields` the first line names them."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if fields is None:
        if not lines:
            raise ParseError("nvidia-smi --query-gpu", "line 1", "no header")
        fields = [_HEADER_UNIT.sub("", name.strip()) for name in lines.pop(0)[1].split(",")]
    rows = []
    for number, line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(fields):
            why = f"expected {len(fields)} values, found {len(cells)}: {line[:200]!r}"
            raise ParseError("nvidia-smi --query-gpu", f"line {number}", why)
        rows.append(dict(zip(fields, cells)))
    return tuple(rows)
