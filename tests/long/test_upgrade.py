# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Six nodes of a real cluster upgraded in turn; the tests run in this order, each on what the one before left."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab import KUBECONFIG, demo
from lab.ansible import Run, playbook, start
from lab.cluster import control, images, join
from lab.cluster.control import kubectl
from lab.nodes import Node, run
from lab.nodes.node import put
from tests.nodes import MakeNode
from tests.site.conftest import sh

OLD, NEW = "580.159.04", "580.173.02"
NAMES = [f"roll-{number}" for number in range(1, 7)]
CANARY, BLOCKED, BY_HAND = NAMES[0], NAMES[2], NAMES[5]
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "nodeSelector": {"kubernetes.io/hostname": BLOCKED},
                "terminationGracePeriodSeconds": 0,
                "containers": [
                    {
                        "name": "web",
                        "image": "gpulab/pod:1",
                        "imagePullPolicy": "Never",
                        "command": ["sleep", "100000"],
                    }
                ],
            },
        },
    },
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
}

DROP = f"""python3 - <<'END'
import glob
for path in glob.glob("/var/lib/apt/lists/*Packages"):
    with open(path) as stream:
        stanzas = stream.read().split("\\n\\n")
    with open(path, "w") as stream:
        stream.write("\\n\\n".join(one for one in stanzas if "\\nVersion: {OLD}-1" not in one))
END
rm -f /var/cache/apt/*.bin
! apt-cache madison libcuda1 | grep -q {OLD}"""
"""What apt would know after an update from a mirror without the old version."""


@dataclass(frozen=True)
class Rolling:
    """Six nodes, members of a cluster, with the old driver."""

    nodes: dict[str, Node]
    folder: Path

    def arguments(self, **variables: object) -> list[str]:
        hosts = {name: {"ansible_host": node.container} for name, node in self.nodes.items()}
        inventory = self.folder / "inventory.json"
        groups = {"rolling": {"hosts": hosts}, "lab_debian": {"hosts": dict.fromkeys(hosts)}}
        inventory.write_text(json.dumps(groups))
        given = {
            "gpu_hosts": "rolling",
            "gpu_operator_kubeconfig": str(KUBECONFIG),
            # The operator's validator sleeps through its whole grace of 30 s.
            "gpu_upgrade_drain_timeout": 60,
            "gpu_upgrade_ready_timeout": 900,
            "node_reboot_timeout": 600,
            **variables,
        }
        return ["-i", str(inventory), "--forks", "6", "-e", json.dumps(given)]

    def run(self, name: str, *more: str, **variables: object) -> Run:
        done = playbook(name, *self.arguments(**variables), *more, quiet=True)
        print(done.said)
        return done

    def versions(self) -> dict[str, str]:
        return {name: sh(node, "cat /sys/module/nvidia/version") for name, node in self.nodes.items()}

    def remembers_an_upgrade(self, name: str) -> bool:
        return run(self.nodes[name], ["test", "-e", "/var/lib/baremetal.gpu/upgrade.json"]).rc == 0


def apply(*objects: dict[str, Any]) -> None:
    for one in objects:
        kubectl("apply", "-f", "-", stdin=json.dumps(one))


def cordoned() -> set[str]:
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    return {node["metadata"]["name"] for node in nodes if node["spec"].get("unschedulable")}


def out_of_service() -> set[str]:
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    return {
        node["metadata"]["name"]
        for node in nodes
        if "baremetal.gpu/out-of-service" in node["metadata"].get("annotations", {})
        or node["metadata"]["labels"].get("nvidia.com/gpu.deploy.operands") == "false"
    }


def refuse(node: Node, versions: list[str]) -> None:
    """Cards on which the module of these versions does not load."""
    hardware = json.loads(sh(node, "cat /etc/silicon/hardware.json"))
    for gpu in hardware["gpus"]:
        gpu["refuses"] = versions
    put(node, "/etc/silicon/hardware.json", json.dumps(hardware).encode())


@pytest.fixture(scope="module")
def rolling(make_node: MakeNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    demo.wait_for_builds()
    control.down()
    control.up()
    images.archive()

    def member(name: str) -> Node:
        node = make_node(name, "debian12", "l40s")
        join.join(node)
        return node

    with ThreadPoolExecutor(3) as pool:
        found = Rolling(dict(zip(NAMES, pool.map(member, NAMES), strict=True)), tmp_path_factory.mktemp("inventory"))
    assert found.run("provision").rc == 0
    join.wait_until_ready(NAMES, timeout=600.0)
    done = found.run("operator", gpu_operator_hosts=NAMES, gpu_operator_timeout=1800)
    assert done.rc == 0, done.said
    apply(WEB, BUDGET)
    kubectl("rollout", "status", "deployment/web", "--timeout=300s")
    # Somebody's reason; not ours to end.
    kubectl("cordon", BY_HAND)
    yield found
    control.down()


def test_a_check_prints_the_plan_and_changes_nothing(rolling: Rolling) -> None:
    done = rolling.run("upgrade", "--check", nvidia_driver_version=NEW)
    assert done.rc == 0, done.said
    for name in NAMES:
        assert f"{name}  " in done.said
    assert f"{OLD} open, toolkit 1.20.0  {NEW} open, toolkit 1.20.0  " in done.said
    assert set(rolling.versions().values()) == {OLD}
    assert (cordoned(), out_of_service()) == ({BY_HAND}, set())


def test_a_canary_whose_module_does_not_load_is_rolled_back_and_nobody_follows(rolling: Rolling) -> None:
    refuse(rolling.nodes[CANARY], [NEW])
    done = rolling.run("upgrade", nvidia_driver_version=NEW, gpu_upgrade_on_failure="rollback", node_reboot_timeout=60)
    assert done.failed == [CANARY]
    assert f"{CANARY} did not get through. " in done.said and "It was rolled back: as requested" in done.said
    assert set(rolling.versions().values()) == {OLD}
    assert (cordoned(), out_of_service()) == ({BY_HAND}, set())
    assert demo.allocatable() == dict.fromkeys(NAMES, "1")
    refuse(rolling.nodes[CANARY], [])


def test_a_budget_that_blocks_a_node_stops_the_fleet_there(rolling: Rolling) -> None:
    done = rolling.run("upgrade", nvidia_driver_version=NEW, gpu_upgrade_batches=["2"])
    assert done.failed == [BLOCKED]
    assert "default/web-" in done.said and "The disruption budget web needs 1 healthy pods" in done.said
    through = NAMES[:2]
    assert rolling.versions() == {name: NEW if name in through else OLD for name in NAMES}
    assert (cordoned(), out_of_service()) == ({BY_HAND}, set())
    assert not rolling.remembers_an_upgrade(BLOCKED)
    assert demo.allocatable() == dict.fromkeys(NAMES, "1")


def test_an_interrupted_upgrade_is_continued_and_ends_with_every_node_as_it_was(rolling: Rolling) -> None:
    kubectl("delete", "pdb", "web")
    variables = {"nvidia_driver_version": NEW, "gpu_upgrade_canary": 2, "gpu_upgrade_batches": ["2"]}
    process = start("upgrade", *rolling.arguments(**variables))
    deadline = time.monotonic() + 900
    installed = f"dpkg-query --show --showformat '${{Version}}\\n' nvidia-driver-cuda | grep -q {NEW}"
    while run(rolling.nodes[BLOCKED], ["sh", "-c", installed]).rc != 0:
        assert process.poll() is None and time.monotonic() < deadline, "it was never seen upgrading"
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert rolling.remembers_an_upgrade(BLOCKED)
    assert BLOCKED in cordoned()

    done = rolling.run("upgrade", **variables)
    assert done.rc == 0, done.said
    assert set(rolling.versions().values()) == {NEW}
    assert (cordoned(), out_of_service()) == ({BY_HAND}, set())
    assert not any(rolling.remembers_an_upgrade(name) for name in NAMES)
    assert demo.allocatable() == dict.fromkeys(NAMES, "1")
    assert "Every node is as requested" in rolling.run("upgrade", nvidia_driver_version=NEW).said


def test_rollback_goes_back_to_what_was_proven_when_the_mirror_has_dropped_it_too(rolling: Rolling) -> None:
    sh(rolling.nodes[CANARY], DROP)
    done = rolling.run("rollback", "--limit", CANARY, nvidia_driver_version=NEW)
    assert done.rc == 0, done.said
    assert rolling.versions()[CANARY] == OLD
    assert out_of_service() == set()
