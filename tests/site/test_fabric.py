# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node whose GPUs are behind NVSwitches: its fabric manager comes with the driver, and goes when told to."""

from __future__ import annotations

import pytest

from lab.nodes import Node
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.provision import Provision

UNIT = "nvidia-fabricmanager"
PACKAGES = (
    "dpkg-query --show --showformat '${db:Status-Abbrev}${Package} ${Version}\\n' nvidia-fabricmanager libnvidia-nscq"
)


def fabric(node: Node) -> set[str]:
    return set(sh(node, "nvidia-smi --query-gpu=fabric.state,fabric.status --format=csv,noheader").splitlines())


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    return make_node("site-fabric", "debian12", "h100-sxm*2+nvswitch*2")


def test_the_fabric_manager_comes_with_the_driver_and_is_held(node: Node, provision: Provision) -> None:
    done = provision(node)
    assert done.rc == 0
    driver = sh(node, "cat /sys/module/nvidia/version")
    assert sh(node, PACKAGES).splitlines() == [
        f"hi libnvidia-nscq {driver}-1",
        f"hi nvidia-fabricmanager {driver}-1",
    ]
    assert sh(node, "grep -c ' install .*nvidia-fabricmanager' /var/log/dpkg.log") == "1"
    assert sh(node, f"systemctl is-enabled {UNIT}; systemctl is-active {UNIT}") == "enabled\nactive"
    assert fabric(node) == {"Completed, Success"}
    assert provision(node).changed == {node.name: 0}


def test_a_fabric_manager_that_was_stopped_is_started(node: Node, provision: Provision) -> None:
    boot = sh(node, "cat /proc/sys/kernel/random/boot_id")
    sh(node, f"systemctl disable --now {UNIT}")
    assert fabric(node) == {"In Progress, N/A"}
    checked = provision(node, check=True)
    assert f"{UNIT}.service" in checked.said
    assert fabric(node) == {"In Progress, N/A"}, "a check starts nothing"
    assert provision(node).rc == 0
    assert fabric(node) == {"Completed, Success"}
    assert sh(node, "cat /proc/sys/kernel/random/boot_id") == boot


def test_absent_takes_it_away_and_unmanaged_leaves_it_alone(node: Node, provision: Provision) -> None:
    assert provision(node, nvidia_fabric_state="absent").rc == 0
    assert sh(node, f"{PACKAGES} 2>/dev/null | grep -c '^.i' || true") == "0"
    assert provision(node, nvidia_fabric_state="unmanaged").changed == {node.name: 0}
