# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of containerd as sites and packages leave them."""

from __future__ import annotations

import importlib

import pytest

from ..runtime.nodes import ContainerdNode, Node
from .conftest import MODULES

NAME = "container_runtime_config"
BINARY = "/usr/bin/nvidia-container-runtime"
SITE = """\
# The site's own.
version = 2
root = "/data/containerd"

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    max_container_log_line_size = 32768
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "/etc/containerd/certs.d"
"""
SITE_3 = """\
version = 3
[plugins.'io.containerd.cri.v1.runtime']
  max_container_log_line_size = 32768
"""
CRLF = SITE.replace("\n", "\r\n")
DOCKERS = '# Made by Docker\'s package\n\ndisabled_plugins = ["cri"]\n'
OFF = """\
version = 2
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.grpc.v1.cri",
]
[debug]
"""
OFF_3 = 'version = 3\ndisabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]\n'
IMPORTS = 'version = 2\nimports = ["/nowhere/*.toml"]\n'


def use(monkeypatch: pytest.MonkeyPatch, node: Node) -> None:
    """The module runs its commands on this node."""
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "SubprocessRunner", lambda: node)


def start(node: ContainerdNode, version: str, main: str | None) -> None:
    """A node whose containerd runs with this file."""
    node.version = version
    if main is not None:
        node.put(node.config, main)
    node.restart()
    node.restarts = 0
