# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's driver at another version, against a shell script of the same effect."""

from __future__ import annotations

from lab.nodes import Node, run
from tests.bench.conftest import DRIVER, Bench, First, middle, script

NEW = "580.173.02"
ROUNDS = 2
GOAL, LIMIT = 1.3, 3.0
"""What the table compares with, and what fails: worse than today, with room for the noise of a shared machine."""
UPGRADE = "baremetal.gpu.upgrade"


def running(node: Node) -> str:
    return run(node, ["cat", "/sys/module/nvidia/version"]).out.strip()


def test_an_upgrade_costs_little_more_than_a_script(first: First, bench: Bench) -> None:
    ours, theirs = first.ours, first.theirs
    seconds, script_seconds = [], []
    for round_number in range(ROUNDS):
        version = DRIVER if round_number % 2 else NEW
        seconds.append(bench.ansible(UPGRADE, {"bench-a": ours}, nvidia_driver_version=version).seconds)
        script_seconds.append(script(theirs, "upgrade_floor.sh", DRIVER_VERSION=version))
        assert running(ours) == running(theirs) == version
    ratio = middle(seconds) / middle(script_seconds)
    bench.note("upgrade of one node ÷ shell script of the same effect", f"{ratio:.2f}", f"≤ {GOAL}")
    assert ratio <= LIMIT
