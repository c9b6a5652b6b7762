# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look costs the node: the payload that Ansible sends, run there, against that of a module that does nothing."""

from __future__ import annotations

import pytest

from lab.nodes import Node
from tests.bench.conftest import NOTHING, Bench, middle, payload, shell
from tests.nodes import MakeNode

LOOK = "baremetal.gpu.gpu_node_info"
ROUNDS = 7
CPU_GOAL = 0.5
"""Seconds, for the table."""
LIMIT = 3.0
"""What fails. Measured: 2.2 to 2.4 times an empty module. A third of the rest is Python; most of the others' share is
`containerd config dump`, `ctr`, `systemctl show`, `dpkg-query` and the decompression of the initramfs, each once."""


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    return make_node("bench-look", "debian12", "h100-sxm*2")


def cpu(node: Node, path: str) -> float:
    """Seconds on the node's processors, with every process that it waited for."""
    used = shell(node, f"TIMEFORMAT='%U %S'; {{ time python3 {path} >/dev/null; }} 2>&1")
    return sum(map(float, used.split()))


def test_a_look_costs_the_node_no_more_than_a_few_empty_modules(node: Node, bench: Bench) -> None:
    look, nothing = payload(node, LOOK), payload(node, NOTHING)
    rounds = [(cpu(node, look), cpu(node, nothing)) for _round in range(ROUNDS)]
    mine, least = (middle(values) for values in zip(*rounds, strict=True))
    sizes = [int(shell(node, f"stat --format %s {path}")) / 1024 for path in (look, nothing)]
    bench.note("CPU seconds of a look on the node", f"{mine:.2f}", f"≤ {CPU_GOAL}")
    bench.note("look ÷ module that does nothing, CPU on the node", f"{mine / least:.2f}", f"≤ {LIMIT}")
    bench.note("KB that Ansible sends for a look", f"{sizes[0]:.0f}", "none")
    bench.note("KB that it sends for a module that does nothing", f"{sizes[1]:.0f}", "none")
    assert mine / least <= LIMIT
