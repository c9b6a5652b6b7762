# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's main() in this process, as Ansible starts it."""

from __future__ import annotations

import importlib
import json
from typing import Any, Protocol

import pytest

from ..runtime.fixtures import containerd_node, docker_node, node_root

__all__ = ["containerd_node", "docker_node", "node_root", "run"]

MODULES = "ansible_collections.baremetal.gpu.plugins.modules"


class Run(Protocol):
    """What `run` is."""

    def __call__(self, name: str, *, check: bool = False, **arguments: Any) -> Any:
        """The JSON that the module printed; whether it failed is in it."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    basic = pytest.importorskip("ansible.module_utils.basic", reason="the modules need ansible-core")

    def call(name: str, *, check: bool = False, **arguments: Any) -> Any:
        given = {"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_check_mode": check}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            importlib.import_module(f"{MODULES}.{name}").main()
        result = json.loads(capsys.readouterr().out)
        assert bool(result.get("failed")) is (ended.value.code != 0)
        return result

    return call
