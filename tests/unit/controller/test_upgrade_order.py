# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of an upgrade, in the order in which Ansible takes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from .test_upgrade import NEW, plan

COLLECTIONS = Path(__file__).parents[3] / ".build"
NAMES = [f"n{number}" for number in range(24, 0, -1)]
"""As the inventory has them; so many that they do not end a task in this order by chance."""
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: baremetal.gpu.gpu_upgrade
- hosts: "{{ groups.gpu_upgrade_nodes }}"
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ 'order', ansible_play_hosts, gpu_upgrade_steps | map(attribute='node') }}"
      run_once: true
"""


def test_nodes_are_taken_in_the_order_of_the_plan(tmp_path: Path) -> None:
    hosts = {name: {"gpu_node_plan": plan(nvidia_driver_version=NEW)} for name in NAMES}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    (tmp_path / "play.yml").write_text(PLAY)
    program = Path(sys.executable).parent / "ansible-playbook"
    settings = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": "20"}
    done = subprocess.run(
        [str(program), "-i", str(tmp_path / "hosts.json"), str(tmp_path / "play.yml")],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.partition('"order",')[2].partition("]\n}")[0]
    assert json.loads(f"[{said}]") == [NAMES, NAMES], done.stdout
