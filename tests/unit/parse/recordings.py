# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of recordings beside the project."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "recordings"
INDEX = RECORDINGS / "INDEX.tsv"
NEEDED = pytest.mark.skipif(not INDEX.is_file(), reason="the folder shared/recordings beside the project is absent")


def rows(kind: str) -> list[Any]:
    return list(read_rows(kind))


def read_rows(kind: str) -> Iterator[Any]:
    if not INDEX.is_file():
        yield pytest.param({}, id="absent")
        return
    with INDEX.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] in kind.split():
                yield pytest.param(row, id=row["file"])


def text_of(row: dict[str, str]) -> str:
    return (RECORDINGS / row["file"]).read_text(encoding="utf-8", errors="replace")


def models(row: dict[str, str]) -> list[str]:
    """`Tesla T4 x2; Quadro P400 x1` → one name for each GPU"""
    names: list[str] = []
    for part in row["gpu_models"].split("; "):
        name, _x, count = part.rpartition(" x")
        names += [name] * int(count)
    return sorted(names)


def file(name: str) -> str:
    return (RECORDINGS / name).read_text(encoding="utf-8", errors="replace")


def value(gpu: Any, path: str) -> Any:
    for name in path.split("."):
        gpu = getattr(gpu, name)
    return gpu


def mig(gpu: Any) -> list[tuple[Any, ...]]:
    names = ("index", "gpu_instance_id", "memory_total_mib", "memory_used_mib", "multiprocessors")
    return [tuple(getattr(device, name) for name in names) for device in gpu.mig.devices]


def check(gpu: Any, wanted: Mapping[str, Any]) -> None:
    assert {path: value(gpu, path) for path in wanted} == wanted
