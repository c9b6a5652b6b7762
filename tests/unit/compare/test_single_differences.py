# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each single difference on a node that is as requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import gsp
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world
from .world import KERNEL, VERSION, Node, spoil

if TYPE_CHECKING:
    from collections.abc import Callable


def _no_driver(node: Node) -> None:
    node["packages"]["driver"] = []
    node["driver"] = {"running": None, "on_disk": []}
    node["persistence"]["unit"] = None
    node["modules"]["loaded"] = {}
    node["smi"] = {"condition": "not_installed", "message": "", "remedy": "", "gpus": []}


SINGLE: list[tuple[str, Callable[[Node], object], list[str], bool]] = [
    (
        "nova is not blocked on disk",
        lambda n: n["modprobe"]["disk"]["blacklist"].remove("nova_core"),
        ["nouveau"],
        False,
    ),
    (
        "nouveau is not blocked in the image",
        lambda n: n["modprobe"]["image"]["blacklist"].remove("nouveau"),
        ["nouveau"],
        False,
    ),
    ("nouveau is loaded", lambda n: n["modules"]["loaded"].update(nouveau={"version": None}), ["nouveau"], True),
    ("a source is gone", lambda n: n["repositories"].pop(), ["nvidia_repository"], False),
    ("a source is off", lambda n: n["repositories"][0].update(enabled=False), ["nvidia_repository"], False),
    (
        "a source has two addresses",
        lambda n: n["repositories"][0]["uris"].append("http://example.org"),
        ["nvidia_repository"],
        False,
    ),
    ("a key is another", lambda n: n["signing_keys"][0].update(fingerprints=["0" * 40]), ["nvidia_repository"], False),
    (
        "a list of an earlier guide",
        lambda n: n["repositories"].append(
            {**world.source("x", "http://x"), "path": "/etc/apt/sources.list.d/nvidia-docker.list"}
        ),
        ["nvidia_repository"],
        False,
    ),
    ("no driver at all", _no_driver, ["nvidia_driver", "nvidia_persistence"], True),
    ("a package is missing", lambda n: n["packages"]["driver"].pop(0), ["nvidia_driver"], False),
    (
        "a package is newer",
        lambda n: n["packages"]["driver"][3].update(upstream="580.173.02"),
        ["nvidia_driver"],
        False,
    ),
    ("a package is not held", lambda n: n["packages"]["driver"][3].update(held=False), ["nvidia_driver"], False),
    (
        "the other flavour's modules are installed",
        lambda n: n["packages"]["driver"].append(world.package("nvidia-kernel-dkms", VERSION)),
        ["nvidia_driver"],
        False,
    ),
    ("dpkg was interrupted", lambda n: n["packages"]["broken"].append("libcuda1"), ["nvidia_driver"], False),
    (
        "no module for the kernel that boots next",
        lambda n: n["kernel"].update(next="6.1.0-42-amd64", headers=[KERNEL, "6.1.0-42-amd64"]),
        ["nvidia_driver"],
        False,
    ),
    ("no headers for the kernel that boots next", lambda n: n["kernel"].update(headers=[]), ["nvidia_driver"], False),
    ("an older driver runs", lambda n: n["driver"]["running"].update(version="580.95.05"), ["nvidia_driver"], True),
    ("the other flavour runs", lambda n: n["driver"]["running"].update(flavour="proprietary"), ["nvidia_driver"], True),
    (
        "the daemon is off",
        lambda n: n["persistence"]["unit"].update(active_state="inactive"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "the unit is static",
        lambda n: n["persistence"]["unit"].update(unit_file_state="static"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "the unit leaves persistence off",
        lambda n: n["persistence"]["unit"].update(exec_start="/usr/bin/nvidia-persistenced --no-persistence-mode"),
        ["nvidia_persistence"],
        False,
    ),
    (
        "nvidia-smi says persistence is off",
        lambda n: n["smi"]["gpus"][0].update(persistence=False),
        ["nvidia_persistence"],
        False,
    ),
    (
        "GSP option of ours is left over",
        lambda n: n["modprobe"]["disk"]["files"].append(gsp.PATH),
        ["nvidia_gsp"],
        False,
    ),
    (
        "a toolkit package is older",
        lambda n: n["packages"]["toolkit"][0].update(upstream="1.19.1"),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "a toolkit package is not held",
        lambda n: n["packages"]["toolkit"][0].update(held=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "no handler",
        lambda n: n["runtimes"]["containerd"]["handlers"].pop("nvidia"),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "CRI is off",
        lambda n: n["runtimes"]["containerd"].update(cri_enabled=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "CDI is off",
        lambda n: n["runtimes"]["containerd"].update(cdi_enabled=False),
        ["nvidia_container_toolkit"],
        False,
    ),
    (
        "containerd before CDI, another default runtime",
        lambda n: n["runtimes"]["containerd"].update(version="1.6.20"),
        ["nvidia_container_toolkit"],
        False,
    ),
]


@pytest.mark.parametrize(("change", "roles", "reboot"), [case[1:] for case in SINGLE], ids=[case[0] for case in SINGLE])
def test_each_single_difference(change: Callable[[Node], object], roles: list[str], reboot: bool) -> None:
    plan = make_plan(world.request(), spoil(change))
    assert plan["roles"] == ["gpu_preflight", *roles]
    assert plan["needs_reboot"] is reboot
    assert plan["refusals"] == []
    assert bool(plan["reboot_reasons"]) is reboot
