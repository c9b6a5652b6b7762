# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible on a node by the lab's own connection, as it would be by ssh."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import REPO
from lab.nodes import Node
from lab.nodes.docker import docker
from tests.nodes import MakeNode, wait_for

Task = Callable[[str, str], subprocess.Popen[str]]


@pytest.fixture
def node(make_node: MakeNode) -> Node:
    return make_node("connection", "debian12", "")


@pytest.fixture
def task(node: Node) -> Task:
    def go(module: str, arguments: str) -> subprocess.Popen[str]:
        program = str(Path(sys.executable).parent / "ansible")
        ways = {"ansible_connection": "gpulab", "ansible_python_interpreter": "/usr/bin/python3"}
        argv = [program, "all", "-i", f"{node.container},", "-m", module, "-a", arguments, "-e", json.dumps(ways)]
        env = os.environ | {"ANSIBLE_CONFIG": str(REPO / "ansible.cfg"), "ONLY_OF_THE_CONTROLLER": "1"}
        return subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)

    return go


def test_files_and_commands(node: Node, task: Task, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    (tmp_path / "there").write_bytes(content)
    with task("copy", f"src={tmp_path}/there dest='/root/it is'") as process:
        assert process.wait() == 0, process.communicate()
    with task("fetch", f"src='/root/it is' dest={tmp_path}/back flat=yes") as process:
        assert process.wait() == 0, process.communicate()
    assert (tmp_path / "back").read_bytes() == content

    with task("shell", "id -un; hostname; env; echo bad >&2; exit 3") as process:
        said = process.communicate()[0]
    assert "rc=3" in said and "root\nconnection\n" in said and "bad" in said
    assert "ONLY_OF_THE_CONTROLLER" not in said


def test_what_runs_goes_on_when_ansible_is_killed(node: Node, task: Task) -> None:
    with task("shell", "touch /root/begun; sleep 3; touch /root/ended") as process:
        wait_for(node, "/root/begun")
        os.killpg(process.pid, signal.SIGKILL)
    wait_for(node, "/root/ended")


def test_a_node_that_is_down_is_unreachable(node: Node, task: Task) -> None:
    docker("stopping it", "stop", "--time", "0", node.container)
    with task("command", "true") as process:
        assert "UNREACHABLE" in process.communicate()[0]
