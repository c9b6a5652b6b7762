# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pure parts take by the clock; that they are in step with their input is a unit test's business."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat import driver_packages, repositories
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from tests.bench.conftest import Bench
from tests.unit.controller.test_looks import saved, seconds
from tests.unit.parse.test_nvidia_smi_speed import many, quickest

PARSE_GOAL, COMPARE_GOAL, MORE_GOAL = 0.015, 3.0, 1.1
TIMES, MORE_LIMIT = 500, 1.5
"""So many distributions for each one; what fails. A table that is worked through for each node was at 4.5."""
NOISE = 2.0
"""What fails: so many times the goal. The machine need not be the one that the goal was set on."""


def test_a_document_of_16_gpus(table: Bench) -> None:
    text = many(16, 7)
    took = quickest(parse_xml, text, 20)
    table.note("ms to read 16 GPUs with 112 processes", f"{1000 * took:.1f}", f"≤ {1000 * PARSE_GOAL:.0f}")
    assert took <= NOISE * PARSE_GOAL


def test_a_thousand_saved_looks(table: Bench) -> None:
    took = seconds([json.loads(saved())] * 1000)
    table.note("seconds to compare 1,000 saved looks", f"{took:.2f}", f"≤ {COMPARE_GOAL:.0f}")
    assert took <= NOISE * COMPARE_GOAL


def test_many_times_the_distributions_cost_a_run_again_nothing(table: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The node's look knows of none; what the comparison looks up gets many rows for each row, the node's own last."""
    looks = [json.loads(saved())] * 200
    rows, directories = driver_packages.PACKAGE_SETS, repositories.CUDA_DIRECTORIES
    others = tuple(replace(row, system=f"{row.system}-{number}") for number in range(TIMES) for row in rows)
    more = {
        (f"{system}-{number}", version): found
        for (system, version), found in directories.items()
        for number in range(TIMES)
    }
    today, grown = [], []
    for _round in range(5):
        today.append(seconds(looks))
        with monkeypatch.context() as patch:
            patch.setattr(driver_packages, "PACKAGE_SETS", others + rows)
            patch.setattr(driver_packages, "_BY_SYSTEM", driver_packages.by_system(others + rows))
            patch.setattr(repositories, "CUDA_DIRECTORIES", more | directories)
            grown.append(seconds(looks))
    ratio = min(grown) / min(today)
    table.note(f"comparison with {TIMES} times the distributions ÷ with today's", f"{ratio:.2f}", f"≤ {MORE_GOAL}")
    assert ratio <= MORE_LIMIT
