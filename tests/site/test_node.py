# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are asked for what they cannot have, interrupted, or given back; each test on nodes of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.ansible import Run, playbook
from lab.nodes import Node
from tests.nodes import MakeNode
from tests.site.conftest import sh, state

GROUPS = {
    "debian12": "lab_debian",
    "ubuntu24": "lab_ubuntu_stand_in",
    "ubuntu24-docker": "lab_ubuntu_stand_in",
    "el9": "lab_el9_stand_in",
    "el10": "lab_el10_stand_in",
}
Provision = Callable[..., Run]


@pytest.fixture
def provision(tmp_path: Path) -> Iterator[Provision]:
    """Runs a playbook of the collection against nodes that the lab's inventory does not know."""

    def go(*nodes: Node, name: str = "provision", check: bool = False, **variables: object) -> Run:
        done = playbook(name, *arguments(tmp_path, nodes, variables), *(["--check"] if check else []), quiet=True)
        print(done.said)
        return done

    yield go


def arguments(folder: Path, nodes: tuple[Node, ...], variables: dict[str, object]) -> list[str]:
    children: dict[str, Any] = {}
    for node in nodes:
        children.setdefault(GROUPS[node.os], {"hosts": {}})["hosts"][node.name] = {"ansible_host": node.container}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"gpu_nodes": {"children": children}}))
    limit = ":".join(node.name for node in nodes)
    return ["-i", str(inventory), "--limit", limit, "-e", json.dumps(variables)]


@pytest.fixture(scope="module")
def docker_node(make_node: MakeNode) -> Node:
    return make_node("site-bad", "ubuntu24-docker", "t4")


BAD: dict[str, tuple[str, dict[str, object], list[str]]] = {
    "version": ("", {"nvidia_driver_version": "580.999.99"}, ["580.999.99", "nvidia_driver_version"]),
    "toolkit version": (
        "",
        {"nvidia_container_toolkit_version": "1.17.8"},
        ["1.17.8", "nvidia_container_toolkit_version"],
    ),
    "repository": (
        "",
        {"nvidia_repository_driver_uri": "http://172.30.0.1:9/ubuntu"},
        ["172.30.0.1:9", "nvidia_repository_driver"],
    ),
    "fingerprint": (
        "",
        {"nvidia_repository_driver_key_fingerprint": "0123456789ABCDEF0123456789ABCDEF01234567"},
        ["0123456789ABCDEF0123456789ABCDEF01234567", "nvidia_repository_driver_key"],
    ),
    "daemon.json": (
        "echo '{\"log-driver\": ' >/etc/docker/daemon.json",
        {},
        ["/etc/docker/daemon.json", "Nothing was changed"],
    ),
    "containerd": (
        "echo 'version = [' >>/etc/containerd/config.toml",
        {},
        ["/etc/containerd/config.toml", "Nothing was changed"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_a_node_cannot_have_stops_it_and_changes_nothing(
    case: str, docker_node: Node, provision: Provision
) -> None:
    spoil, variables, said = BAD[case]
    sh(docker_node, "tar -C / -cf /root/kept.tar etc/docker etc/containerd")
    if spoil:
        sh(docker_node, spoil)
    before = state(docker_node)
    pids = sh(docker_node, "systemctl show --property=MainPID --value docker containerd")

    done = provision(docker_node, **variables)

    assert done.failed == [docker_node.name]
    for word in said:
        assert word in done.said
    after = state(docker_node)
    assert set(before) ^ set(after) == set()
    assert sh(docker_node, "systemctl show --property=MainPID --value docker containerd") == pids
    sh(docker_node, "tar -C / -xf /root/kept.tar")


@pytest.mark.parametrize(
    ("unit", "path"),
    [("docker", "/etc/docker/daemon.json"), ("containerd", "/etc/containerd/conf.d/99-nvidia.toml")],
)
def test_a_daemon_that_does_not_come_up_with_the_new_file_is_up_again_with_its_old_one(
    unit: str, path: str, docker_node: Node, provision: Provision
) -> None:
    """The file is valid; what refuses it is the daemon's start, as a port that is taken would."""
    drop_in = f"/etc/systemd/system/{unit}.service.d/picky.conf"
    sh(
        docker_node,
        f"""mkdir -p {drop_in.rpartition("/")[0]}
        printf '[Service]\nExecStartPre=/bin/sh -c "! grep -qs nvidia {path}"\n' >{drop_in}
        systemctl daemon-reload""",
    )
    kept = sh(docker_node, f"cat {path} 2>&1 || true")

    toolkit_only = {"nvidia_driver_state": "unmanaged", "nvidia_persistence_state": "absent"}
    done = provision(docker_node, **toolkit_only, nvidia_container_toolkit_runtimes=[unit])

    assert done.failed == [docker_node.name]
    assert unit in done.said and path.rpartition("/")[0] in done.said
    assert sh(docker_node, f"cat {path} 2>&1 || true") == kept
    assert sh(docker_node, f"systemctl is-active {unit}") == "active"
    sh(docker_node, f"rm {drop_in}; systemctl daemon-reload")


def test_a_branch_that_dropped_the_card_is_refused_and_other_nodes_go_on(
    make_node: MakeNode, provision: Provision
) -> None:
    old, new = make_node("site-old", "debian12", "v100"), make_node("site-new", "debian12", "h100-sxm")
    before = state(old)
    done = provision(old, new, nvidia_driver_version="595.71.05")
    assert done.failed == [old.name]
    for word in ("Volta", "595", "nvidia_driver"):
        assert word in done.said
    assert state(old) == before
    assert sh(new, "cat /sys/module/nvidia/version") == "595.71.05"


def test_without_consent_the_node_waits_for_its_reboot(make_node: MakeNode, provision: Provision) -> None:
    node = make_node("site-consent", "ubuntu24", "l40s")
    done = provision(node, node_reboot_allowed=False)
    assert done.failed == [node.name]
    assert "Reboot needed, because" in done.said
    assert "node_reboot_allowed" in done.said

    done = provision(node, node_reboot_allowed=True)
    assert done.rc == 0
    assert sh(node, "nvidia-smi -L | wc -l") == "1"
    assert provision(node).changed == {node.name: 0}


ABSENT = (
    "nvidia_container_toolkit_state",
    "nvidia_persistence_state",
    "nvidia_driver_state",
    "nouveau_state",
    "nvidia_repository_state",
)


def packages(lines: list[str]) -> set[str]:
    return {line for line in lines if " ok " in line}


def files(lines: list[str]) -> set[str]:
    """Their paths; users' and groups' files have a copy of what they were."""
    found = {word for line in lines for word in line.split() if word.startswith(("/etc/", "/usr/", "/boot/"))}
    return {path for path in found if not path.endswith("-")}


def test_absent_gives_the_node_back(make_node: MakeNode, provision: Provision) -> None:
    node = make_node("site-absent", "debian12", "h100-sxm")
    before = state(node)
    assert provision(node).rc == 0
    off = dict.fromkeys(ABSENT, "absent")
    assert provision(node, check=True, **off).rc == 0
    assert sh(node, "nvidia-smi -L | wc -l") == "1", "a check removes nothing"

    assert provision(node, **off).rc == 0
    assert (
        sh(node, "dpkg-query --show --showformat '${db:Status-Status} ${Package}\\n' | grep -c 'ed .*nvidia' || true")
        == "0"
    )
    assert sh(node, "basename $(readlink /sys/bus/pci/devices/0000:1b:00.0/driver)") == "nouveau"
    after = state(node)
    assert packages(after) == packages(before)
    assert files(after) == files(before)
    left = [line for line in set(after) - set(before) if "nvidia" in line.lower() or "gpu" in line.lower()]
    assert left == []
    assert sh(node, "ls -d /var/lib/baremetal.gpu /etc/nvidia* 2>/dev/null || true") == ""
    assert provision(node, **off).changed == {node.name: 0}
