# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node with Debian's own driver, of which some packages carry versions of their own sources."""

from __future__ import annotations

from typing import Any, Dict

from ansible_collections.baremetal.gpu.plugins.plugin_utils._adopt import adopt

from . import world
from .test_matrix import node, planned

DEBIAN_NODE = {
    **dict.fromkeys(("nvidia-smi", "libcuda1", "firmware-nvidia-gsp", "nvidia-kernel-dkms"), "535.261.03"),
    "nvidia-persistenced": "535.171.04",
    "nvidia-modprobe": "535.161.07",
}


def _with_debians_driver() -> Dict[str, Any]:
    look = node("debian12")
    look["kernel"]["headers"] = look["kernel"]["installed"]
    look["packages"]["driver"] = [world.package(name, version) for name, version in DEBIAN_NODE.items()]
    running = {"version": "535.261.03", "flavour": "proprietary", "params": {}}
    on_disk = {**running, "kernel": look["kernel"]["next"], "path": "/lib/modules/x/updates/dkms/nvidia-current.ko"}
    look["driver"] = {"running": running, "on_disk": [on_disk]}
    look["smi"]["gpus"][0]["gsp_firmware_version"] = "535.261.03"
    return look


def test_what_has_a_version_of_its_own_source_is_no_mixture() -> None:
    wanted = {"nvidia_repository_driver_source": "archive", "nvidia_driver_branch": "535"}
    drifts = planned(_with_debians_driver(), **wanted)["drifts"]
    assert [one for one in drifts if one["component"] == "nvidia_driver"] == []
    mixed = _with_debians_driver()
    mixed["packages"]["driver"][0]["upstream"] = "550.163.01"
    assert "packages" in [one["subject"] for one in planned(mixed, **wanted)["drifts"]]


def test_debians_own_driver_is_adopted() -> None:
    variables = adopt(_with_debians_driver()).variables
    assert variables["nvidia_repository_driver_source"] == "archive"
    assert variables["nvidia_driver_version"] == "535.261.03"
