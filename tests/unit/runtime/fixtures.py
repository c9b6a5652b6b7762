# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for the runtimes' files and daemons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime import containerd, daemons, docker, files

from .nodes import Clock, ContainerdNode, DockerNode


def relocate(monkeypatch: pytest.MonkeyPatch, holder: Any, top: Path) -> None:
    """Every path of /etc that a module or class names, below a temporary folder."""
    for name, value in list(vars(holder).items()):
        if isinstance(value, str) and "/etc/" in value and not name.startswith("__"):
            monkeypatch.setattr(holder, name, value.replace("/etc/", f"{top}/etc/"))


@pytest.fixture
def node_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The node's files; waiting for a daemon costs no time."""
    top = tmp_path / "node"
    top.mkdir()
    for holder in (containerd, docker, daemons, daemons.Containerd, daemons.Docker):
        relocate(monkeypatch, holder, top)
    monkeypatch.setattr(files, "time", Clock())
    return top


@pytest.fixture
def containerd_node(node_root: Path) -> ContainerdNode:
    return ContainerdNode(node_root, "1.6.20")


@pytest.fixture
def docker_node(node_root: Path) -> DockerNode:
    return DockerNode(node_root, "26.1.3")
