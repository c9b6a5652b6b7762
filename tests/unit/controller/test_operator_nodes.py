# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator's side knows of a node from its look."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import plan_of
from ansible_collections.baremetal.gpu.plugins.plugin_utils._operator import operator_nodes

from ..compare import world

LEFT_OUT: dict[str, Any] = {"nvidia_container_toolkit_runtimes": []}
UNMANAGED: dict[str, Any] = {"nvidia_container_toolkit_state": "unmanaged"}


@pytest.mark.parametrize(
    ("version", "switched_on", "variables", "cdi"),
    [
        ("1.7.27", False, {}, True),
        ("1.7.27", False, LEFT_OUT, False),
        ("1.7.27", False, UNMANAGED, False),
        ("2.1.4", True, UNMANAGED, True),
        ("1.6.20", None, {}, False),
        ("1.6.20", None, UNMANAGED, False),
    ],
)
def test_cdi_is_what_the_node_will_have(
    version: str, switched_on: bool | None, variables: dict[str, Any], cdi: bool
) -> None:
    look = world.healthy()
    look["runtimes"]["containerd"].update(version=version, cdi_enabled=switched_on)
    look["cluster"] = {"kubelet": {"node_name": "n1", "runtime_endpoint": "unix:///run/containerd/containerd.sock"}}
    hostvars = {"n1": {"gpu_node_plan": plan_of(look, variables)}, "other": {}}
    (found,) = operator_nodes(hostvars)
    assert (found["host"], found["name"], found["runtime"], found["cdi"]) == ("n1", "n1", "containerd", cdi)
