# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact versions that a node is remembered by."""

from __future__ import annotations

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.plugin_utils._proven import proven

from ..compare import world


def plan(**more: object) -> dict[str, object]:
    observed = {**world.healthy(), **more}
    return {**make_plan(world.request(), observed), "observed": observed}


def test_versions_of_driver_kernel_and_toolkit() -> None:
    found = proven(plan())
    observed = world.healthy()
    assert found["driver"]["version"] == world.VERSION
    assert found["driver"]["flavour"] in ("open", "proprietary")
    assert found["driver"]["modules"] in ("dkms", "prebuilt")
    assert found["driver"]["packages"] == {one["name"]: one["version"] for one in observed["packages"]["driver"]}
    assert found["kernel"] == observed["kernel"]["running"]
    assert found["toolkit"]["version"] in found["toolkit"]["packages"]["nvidia-container-toolkit"]


def test_nothing_runs_nothing_is_proven() -> None:
    driver = {**world.healthy()["driver"], "running": None}
    assert proven(plan(driver=driver)) == {}
    assert proven({"applicable": False}) == {}


def test_without_a_toolkit() -> None:
    packages = {**world.healthy()["packages"], "toolkit": []}
    assert proven(plan(packages=packages))["toolkit"] == {"version": None, "packages": {}}
