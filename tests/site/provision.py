# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks of the collection against nodes that the lab's inventory does not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.ansible import Run, playbook
from lab.nodes import Node

GROUPS = {
    "debian12": "lab_debian",
    "ubuntu24": "lab_ubuntu_stand_in",
    "ubuntu24-docker": "lab_ubuntu_stand_in",
    "el9": "lab_el9_stand_in",
    "el10": "lab_el10_stand_in",
}
Provision = Callable[..., Run]
ABSENT = (
    "nvidia_container_toolkit_state",
    "nvidia_persistence_state",
    "nvidia_driver_state",
    "nouveau_state",
    "nvidia_repository_state",
)
"""The states that give a node back, the last role first."""


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
