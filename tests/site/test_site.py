# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fleet from bare to schedulable; the tests run in this order, each on what the one before left."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import CHART, CHART_VERSION, KUBECONFIG, REPO, TOOLS, demo
from lab.ansible import Run, playbook
from lab.cluster.control import NO_RIGHTS, kubectl
from lab.cluster.pod import run_gpu_pod
from lab.nodes import run
from lab.nodes.fleet import FLEET
from tests.site.conftest import GPU_NODES, sh, state

pytestmark = pytest.mark.usefixtures("fleet")
GPUS = {"debian-h100": "8", "ubuntu-l40s": "2", "ubuntu-t4-docker": "1", "no-gpu": "0"}
SICK = "ubuntu-l40s"
UNLOCK = (
    "apt-mark unhold $(apt-mark showhold) >/dev/null; rm /etc/apt/apt.conf.d/52baremetal-gpu-driver; unattended-upgrade"
)


def site(*arguments: str) -> Run:
    done = playbook("site", *arguments, quiet=True)
    assert done.rc == 0, done.said
    return done


def pod_of(app: str, node: str) -> dict[str, Any]:
    pods = json.loads(kubectl("-n", "gpu-operator", "get", "pods", "-l", f"app={app}", "-o", "json"))["items"]
    found: dict[str, Any] = next(pod for pod in pods if pod["spec"]["nodeName"] == node)
    return found


def not_ready(nodes: dict[str, str]) -> str:
    """What the module that waits says after a look."""
    arguments = {"kubeconfig": str(KUBECONFIG), "nodes": nodes, "timeout": 0}
    argv = [str(Path(sys.executable).parent / "ansible"), "localhost", "-m", "baremetal.gpu.gpu_operator_ready"]
    env = os.environ | {"ANSIBLE_CONFIG": str(REPO / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        [*argv, "-a", json.dumps(arguments)], cwd=REPO, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, done.stdout
    return done.stdout


def renew(app: str, node: str) -> None:
    """Delete an operand's pod on a node, as a restart of the node would."""
    where = f"spec.nodeName={node}"
    kubectl("-n", "gpu-operator", "delete", "pods", "-l", f"app={app}", "--field-selector", where, "--wait=true")


def wait_for_gpus(node: str, count: str, patience: float = 90.0) -> None:
    deadline = time.monotonic() + patience
    while demo.allocatable()[node] != count and time.monotonic() < deadline:
        time.sleep(1)
    assert demo.allocatable()[node] == count


def test_check_on_bare_nodes_prints_the_plan_and_touches_nothing(fleet: dict[str, list[str]]) -> None:
    done = site("--check", "--diff")
    assert "\n+nvidia_driver: packages: " in done.said
    assert "+chart: v25.3.2" in done.said
    assert {name: state(name) for name in FLEET} == fleet


def test_first_run() -> None:
    done = site()
    assert done.failed == []
    assert {name: demo.reboots(name) for name in FLEET} == {**dict.fromkeys(GPU_NODES, "1"), "no-gpu": "0"}
    assert demo.allocatable() == GPUS


def test_second_run_changes_nothing_and_warns_of_nothing() -> None:
    revision = kubectl("-n", "gpu-operator", "get", "secrets", "-l", "owner=helm", "-o", "name")
    done = site()
    assert set(done.changed.values()) == {0}, done.said
    assert "WARNING" not in done.said
    assert {demo.reboots(name) for name in GPU_NODES} == {"1"}
    assert kubectl("-n", "gpu-operator", "get", "secrets", "-l", "owner=helm", "-o", "name") == revision


def test_check_on_finished_nodes_finds_nothing_to_do() -> None:
    assert set(site("--check", "--diff").changed.values()) == {0}


def test_running_every_role_on_finished_nodes_changes_nothing() -> None:
    done = site("-e", '{"gpu_site_full_run": true}')
    assert set(done.changed.values()) == {0}, done.said
    assert "nvidia_driver : Install" in done.said


@pytest.mark.parametrize("name", GPU_NODES)
def test_a_pod_that_asks_for_one_gpu_sees_one(name: str) -> None:
    proof = run_gpu_pod(name)
    assert proof.devices == 1
    assert proof.listed.count("GPU-") == 1


def test_no_driver_and_no_toolkit_comes_from_the_operator() -> None:
    names = kubectl("-n", "gpu-operator", "get", "daemonsets", "-o", "name")
    assert "nvidia-operator-validator" in names
    assert not re.search("driver-daemonset|toolkit-daemonset", names)


def test_a_node_without_a_card_is_left_untouched(fleet: dict[str, list[str]]) -> None:
    assert state("no-gpu") == fleet["no-gpu"]


def test_the_docker_node_runs_what_was_asked_for() -> None:
    node = "ubuntu-t4-docker"
    assert "Open Kernel Module" not in sh(node, "cat /proc/driver/nvidia/version")
    assert sh(node, "nvidia-smi -q | sed -n 's/.*GSP Firmware Version *: //p'") == "N/A"
    config = json.loads(sh(node, "cat /etc/docker/daemon.json"))
    assert "nvidia" in config["runtimes"]
    own = json.loads((REPO / "lab/nodes/image/docker/etc/docker/daemon.json").read_text())
    assert {key: config[key] for key in own if key != "features"} == {k: v for k, v in own.items() if k != "features"}
    assert config["features"]["buildkit"] is True
    assert "nvidia" in sh(node, "docker info --format '{{json .Runtimes}}'")


def test_the_table_has_one_row_for_each_node() -> None:
    rows = demo.report()
    assert len(rows) == 1 + len(FLEET)
    for name in GPU_NODES:
        row = next(row for row in rows if row.startswith(name))
        assert "as requested" in row
        assert re.search(rf" 1 +{GPUS[name]} ", row), row


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"gpu_operator_chart_version": "v99.1.0"}, "chart_version v99.1.0: .* is version v25.3.2"),
        ({"gpu_operator_kubeconfig": str(NO_RIGHTS)}, "they may not create namespaces"),
        ({"gpu_operator_kubeconfig": "/nonexistent"}, "/nonexistent.* gpu_operator_kubeconfig"),
        ({"gpu_operator_helm_binary": "/no/helm"}, "expected /no/helm .* gpu_operator_helm_binary"),
        ({"gpu_operator_values": {"driver": {"enabled": True}}}, "driver.enabled True: the nodes have the driver"),
    ],
    ids=["chart version", "no rights", "no kubeconfig", "no helm", "a driver of its own"],
)
def test_what_the_cluster_cannot_have_is_refused(variables: dict[str, object], why: str) -> None:
    before = kubectl("-n", "gpu-operator", "get", "secrets", "-l", "owner=helm", "-o", "name")
    done = playbook("operator", "-e", json.dumps(variables), quiet=True)
    assert done.failed == ["localhost"]
    assert re.search(why, done.said), done.said
    assert kubectl("-n", "gpu-operator", "get", "secrets", "-l", "owner=helm", "-o", "name") == before


@pytest.fixture(scope="module")
def chart_repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The chart as NVIDIA, or a mirror, publishes it."""
    folder = tmp_path_factory.mktemp("charts")
    shutil.copy(CHART, folder)
    subprocess.run([str(TOOLS / "helm"), "repo", "index", str(folder)], check=True)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("version", [CHART_VERSION, "v99.1.0"])
def test_the_chart_of_a_repository_is_the_same_chart(chart_repository: str, version: str) -> None:
    chart = {"gpu_operator_chart_ref": "gpu-operator", "gpu_operator_chart_repository": chart_repository}
    done = playbook("operator", "-e", json.dumps({**chart, "gpu_operator_chart_version": version}), quiet=True)
    if version == CHART_VERSION:
        assert done.rc == 0 and set(done.changed.values()) == {0}, done.said
    else:
        assert done.failed == ["localhost"]
        assert "v99.1.0" in done.said and "gpu_operator_chart_version" in done.said


def test_without_the_handler_the_validator_stays_in_init_and_the_role_says_why() -> None:
    sh(SICK, "rm /etc/containerd/conf.d/99-nvidia.toml; systemctl restart containerd")
    renew("nvidia-operator-validator", SICK)
    time.sleep(10)
    assert pod_of("nvidia-operator-validator", SICK)["status"]["phase"] == "Pending"

    said = not_ready({SICK: GPUS[SICK]})
    assert "nvidia-operator-validator on " + SICK in said
    assert "no handler nvidia in force" in said
    # The role waits only for nodes that are as requested, and names the others.
    others = playbook("operator", quiet=True)
    assert others.rc == 0, others.said
    assert f"Not waited for, since they are not as requested: {SICK}" in others.said

    assert site().changed[SICK] > 0
    assert run(FLEET[SICK], ["test", "-e", "/etc/containerd/conf.d/99-nvidia.toml"]).rc == 0


def test_an_unattended_upgrade_of_an_unlocked_driver_takes_the_gpus_away() -> None:
    sh(SICK, UNLOCK)
    assert run(FLEET[SICK], ["nvidia-smi"]).rc == 18
    renew("nvidia-device-plugin-daemonset", SICK)
    wait_for_gpus(SICK, "0")

    assert site().changed[SICK] > 0
    wait_for_gpus(SICK, GPUS[SICK])


def test_a_held_driver_stays() -> None:
    before = sh(SICK, "dpkg-query --show '*nvidia*'")
    sh(SICK, "unattended-upgrade")
    assert sh(SICK, "dpkg-query --show '*nvidia*'") == before
    assert run(FLEET[SICK], ["nvidia-smi"]).rc == 0
