# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input changes nothing and stops no daemon; all cases on one node."""

from __future__ import annotations

import pytest

from lab.nodes import Node
from tests.nodes import MakeNode
from tests.site.conftest import sh, state
from tests.site.provision import Provision


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
