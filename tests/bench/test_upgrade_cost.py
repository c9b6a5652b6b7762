# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's driver at another version, against a shell script of the same effect."""

from __future__ import annotations

import time
from pathlib import Path

from lab.nodes import Node, boot_id, run
from tests.bench.conftest import DRIVER, Bench, First, middle

FLOOR = Path(__file__).parent / "upgrade_floor.sh"
NEW = "580.173.02"
ROUNDS = 2
GOAL, LIMIT = 1.3, 3.0
"""What the table compares with, and what fails: worse than today, with room for the noise of a shared machine."""
UPGRADE = "baremetal.gpu.upgrade"


def by_hand(node: Node, version: str) -> float:
    """The script and one reboot, until the GPUs answer; seconds."""
    start, before = time.monotonic(), boot_id(node)
    done = run(node, ["env", f"DRIVER_VERSION={version}", "bash", "-c", FLOOR.read_text()])
    assert done.rc == 0, done.out + done.err
    run(node, ["systemctl", "reboot"])
    while boot_id(node) in (None, before) or run(node, ["nvidia-smi", "-L"]).rc != 0:
        assert time.monotonic() - start < 600, f"the GPUs of {node.name} do not answer after the reboot"
        time.sleep(0.1)
    return time.monotonic() - start


def running(node: Node) -> str:
    return run(node, ["cat", "/sys/module/nvidia/version"]).out.strip()


def test_an_upgrade_costs_little_more_than_a_script(first: First, bench: Bench) -> None:
    ours, theirs = first.ours, first.theirs
    seconds, script_seconds = [], []
    for round_number in range(ROUNDS):
        version = DRIVER if round_number % 2 else NEW
        seconds.append(bench.ansible(UPGRADE, {"bench-a": ours}, nvidia_driver_version=version).seconds)
        script_seconds.append(by_hand(theirs, version))
        assert running(ours) == running(theirs) == version
    ratio = middle(seconds) / middle(script_seconds)
    bench.note("upgrade of one node ÷ shell script of the same effect", f"{ratio:.2f}", f"≤ {GOAL}")
    assert ratio <= LIMIT
