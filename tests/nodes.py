# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of the lab for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from lab.host import setup
from lab.nodes import Node, create, destroy, images, inventory, run
from lab.nodes.docker import ensure_network
from lab.silicon import repository

MakeNode = Callable[[str, str, str], Node]


def wait_for(node: Node, path: str) -> None:
    """For a file on the node."""
    deadline = time.monotonic() + 60
    while run(node, ["test", "-e", path]).rc:
        assert time.monotonic() < deadline, path
        time.sleep(0.2)


@pytest.fixture(scope="session")
def lab() -> None:
    """What every node needs: an Engine, the network, the packages. Reuses a lab that is up, and leaves it up."""
    setup.prepare()
    ensure_network()
    repository.ensure()
    inventory.write()


def nodes_of_a_scope(lab: None) -> Iterator[MakeNode]:
    """A fresh node with a bare OS: (name, OS, hardware) → Node; gone when the scope is done."""
    made: list[Node] = []

    def make(name: str, system: str, hardware: str) -> Node:
        node = Node(name, system, hardware)
        images.ensure([system])
        made.append(node)
        create(node)
        return node

    yield make
    for node in made:
        destroy(node)


make_node = pytest.fixture(scope="module")(nodes_of_a_scope)
