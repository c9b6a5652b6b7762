# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules blocked on the kernel's command line."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import cmdline, nouveau
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world

TEXT = 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX modprobe.blacklist=nouveau,nova_core,nova,nova_drm"\n'


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
    node["modprobe"]["command_line"] = {"blacklist": ["nouveau", "nova", "nova_drm"], "options": {}}
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


NAMES = ",".join(nouveau.BLOCKED)


def on_el(*listed: str, blacklist: Sequence[str] = ()) -> Dict[str, Any]:
    node = world.healthy()
    node["os"]["family"] = "redhat"
    node["modprobe"]["next_command_line"] = {"blacklist": [*blacklist, *listed], "module_blacklist": list(listed)}
    return node


@pytest.mark.parametrize(
    ("node", "variables", "wanted"),
    [
        (on_el(), {}, f"--args=module_blacklist={NAMES}"),
        (on_el(), {"nouveau_kernel_arguments": True}, f"--args=module_blacklist={NAMES}"),
        # What NVIDIA's packages leave there is not enough, and somebody's own list stays in it.
        (on_el(blacklist=["nouveau"]), {}, f"--args=module_blacklist={NAMES}"),
        (on_el("floppy", "nova"), {}, "--args=module_blacklist=floppy,nova,nouveau,nova_core,nova_drm"),
        (on_el(blacklist=nouveau.BLOCKED), {}, None),
        (on_el(*nouveau.BLOCKED), {}, None),
        (on_el(), {"nouveau_kernel_arguments": False}, None),
        (on_el("nouveau"), {"nouveau_state": "absent"}, None),
        (on_el(*nouveau.BLOCKED), {"nouveau_kernel_arguments": False}, "--remove-args=module_blacklist"),
        (on_el(*nouveau.BLOCKED), {"nouveau_state": "absent"}, "--remove-args=module_blacklist"),
        (on_el("floppy", *nouveau.BLOCKED), {"nouveau_state": "absent"}, "--args=module_blacklist=floppy"),
    ],
)
def test_grubby_where_the_boot_loader_has_entries(
    node: Dict[str, Any], variables: Dict[str, Any], wanted: Optional[str]
) -> None:
    made = plan(node, **variables)
    assert (made["arguments"]["grub"], made["arguments"]["grubby"]) == (False, wanted)
    found = [drift["needs_reboot"] for drift in made["drifts"] if drift["subject"] == "boot loader entries"]
    assert found == ([] if wanted is None else [False])


def test_arguments_block_for_an_image_that_is_for_any_host() -> None:
    node = on_el(*nouveau.BLOCKED)
    node["modprobe"]["image"].update(blacklist=[], files=[])
    assert [drift for drift in plan(node)["drifts"] if drift["component"] == "nouveau"] == []
    assert plan(node, nouveau_kernel_arguments=False)["actions"]["nouveau"]["initramfs"]


@pytest.mark.parametrize("family", ["redhat", "suse"])
def test_without_entries_nothing_is_asked_of_grubby(family: str) -> None:
    node = world.healthy()
    node["os"]["family"] = family
    made = plan(node)
    assert made["arguments"]["grubby"] is None
    assert "kernel arguments" not in [one["subject"] for one in made["refusals"]]


@pytest.mark.parametrize("family", ["redhat", "suse"])
def test_another_boot_loader_is_refused(family: str) -> None:
    node = world.healthy()
    node["os"]["family"] = family
    found = [one for one in plan(node, nouveau_kernel_arguments=True)["refusals"] if one["component"] == "nouveau"]
    assert "nouveau_kernel_arguments" in found[0]["remedy"]
