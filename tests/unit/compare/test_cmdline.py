# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules blocked on the kernel's command line."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import cmdline, nouveau
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

TEXT = 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modprobe.blacklist=nouveau,nova_core,nova_drm"\n'


def plan(node: Dict[str, Any], **variables: Any) -> Dict[str, Any]:
    made = make_plan(world.request(**variables), node)
    return {**made, "arguments": made["actions"]["nouveau"]["arguments"]}


def test_a_drop_in_for_grub_and_a_boot_that_was_told() -> None:
    node = world.healthy()
    assert plan(node)["arguments"] == {"path": cmdline.PATH, "content": None, "grub": False, "grubby": None}
    made = plan(node, nouveau_kernel_arguments=True)
    assert made["arguments"] == {"path": cmdline.PATH, "content": TEXT, "grub": True, "grubby": None}
    assert [(d["subject"], d["needs_reboot"]) for d in made["drifts"]] == [
        (cmdline.PATH, False),
        ("kernel command line", True),
    ]
    node["own_files"] = {cmdline.PATH: TEXT}
    node["modprobe"]["command_line"] = {"blacklist": ["nouveau", "nova_drm"], "options": {}}
    [drift] = plan(node, nouveau_kernel_arguments=True)["drifts"]
    assert (drift["have"], drift["needs_reboot"]) == ("not blocked: nova_core", True)
    node["modprobe"]["command_line"]["blacklist"].append("nova_core")
    assert plan(node, nouveau_kernel_arguments=True)["drifts"] == []


@pytest.mark.parametrize("variables", [{}, {"nouveau_state": "absent", "nouveau_kernel_arguments": True}])
def test_the_drop_in_goes(variables: Dict[str, Any]) -> None:
    node = world.healthy()
    node["own_files"] = {cmdline.PATH: TEXT}
    made = plan(node, **variables)
    assert (made["arguments"]["content"], made["arguments"]["grub"]) == (None, True)
    assert (cmdline.PATH, "absent") in [(drift["subject"], drift["want"]) for drift in made["drifts"]]


def test_grubby_where_there_are_no_drop_ins() -> None:
    node = world.healthy()
    node["os"]["family"] = "redhat"
    names = ",".join(nouveau.BLOCKED)
    asked = plan(node, nouveau_kernel_arguments=True)["arguments"]
    assert (asked["grub"], asked["grubby"]) == (False, f"rd.driver.blacklist={names} modprobe.blacklist={names}")
    node["modprobe"]["command_line"] = {"blacklist": list(nouveau.BLOCKED), "options": {}}
    assert plan(node, nouveau_kernel_arguments=True)["arguments"]["grubby"] is None


def test_another_boot_loader_is_refused() -> None:
    node = world.healthy()
    node["os"]["family"] = "suse"
    found = [one for one in plan(node, nouveau_kernel_arguments=True)["refusals"] if one["component"] == "nouveau"]
    assert "nouveau_kernel_arguments" in found[0]["remedy"]
