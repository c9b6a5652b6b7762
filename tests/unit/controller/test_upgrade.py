# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an upgrade or a rollback of a fleet would do: rows, batches, and the versions to go back to."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.filter.gpu_upgrade import FilterModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._proven import proven
from ansible_collections.baremetal.gpu.plugins.plugin_utils._upgrade import sizes

from ..compare import world

FILTERS = FilterModule().filters()
NEW = "580.173.02"


def plan(observed: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    seen = observed or world.healthy()
    request = world.request(**{"node_reboot_allowed": True, "nvidia_driver_swap": "never", **variables})
    return {**make_plan(request, seen), "request": request, "observed": seen}


def a_set(version: str, toolkit: str = "1.20.0") -> dict[str, Any]:
    return {
        "driver": {"version": version, "flavour": "open", "modules": "dkms", "packages": {}},
        "kernel": world.KERNEL,
        "toolkit": {"version": toolkit, "packages": {}},
    }


def steps(batches: list[Any], **plans: dict[str, Any]) -> Any:
    return FILTERS["gpu_upgrade_steps"](plans, list(plans), batches)


def host(seen: dict[str, Any], upgrade: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"gpu_node_plan": seen, "gpu_upgrade_record": {"proven": [], "upgrade": upgrade or {}}}


def test_a_node_as_requested_and_one_without_a_gpu_have_no_row() -> None:
    assert steps(["1"], a=host(plan()), b=host({"applicable": False}), c={}) == []


def test_from_what_to_what_how_and_why() -> None:
    (row,) = steps(["1", "25%"], a=host(plan(nvidia_driver_version=NEW)))
    assert (row["node"], row["batch"], row["how"]) == ("a", "canary", "reboot")
    assert (row["from"], row["to"]) == (f"{world.VERSION} open, toolkit 1.20.0", f"{NEW} open, toolkit 1.20.0")
    assert row["why"].startswith("nvidia_driver: packages, ") and "running driver" in row["why"]
    assert "refused" not in row


def test_a_driver_that_does_not_answer_is_named_all_the_same() -> None:
    seen = {**world.healthy(), "smi": {**world.healthy()["smi"], "condition": "mismatch"}}
    (row,) = steps(["1"], a=host(plan(seen, nvidia_driver_version=NEW)))
    assert row["from"] == f"{world.VERSION} open"
    none = {**world.healthy(), "driver": {"running": None, "on_disk": []}}
    (row,) = steps(["1"], a=host(plan(none)))
    assert row["from"] == "no driver"


def test_a_difference_without_a_reboot_is_mended_in_place() -> None:
    seen = world.healthy()
    seen["packages"]["toolkit"] = [world.package(name, "1.19.1") for name in world.TOOLKIT]
    (row,) = steps(["1"], a=host(plan(seen, node_reboot_allowed=False)))
    assert (row["how"], row["from"], row["to"]) == (
        "in place",
        f"{world.VERSION} open, toolkit 1.19.1",
        f"{world.VERSION} open, toolkit 1.20.0",
    )
    assert "refused" not in row


def test_without_consent_to_reboot_it_is_refused() -> None:
    (row,) = steps(["1"], a=host(plan(nvidia_driver_version=NEW, node_reboot_allowed=False)))
    assert "node_reboot_allowed" in row["refused"]


JOB = {"pid": 9000, "command": "train", "devices": ["/dev/nvidia0"], "unit": None, "owner": "user alice"}


def test_work_that_would_end_is_shown_and_stops_it() -> None:
    seen = {**world.healthy(), "holders": [JOB]}
    (row,) = steps(["1"], a=host(plan(seen, nvidia_driver_version=NEW)))
    assert row["in use by"] == "9000 (train) of user alice"
    assert "would end 9000 (train) of user alice" in row["refused"] and "node_reboot_with_jobs" in row["refused"]
    (row,) = steps(["1"], a=host(plan(seen, nvidia_driver_version=NEW, node_reboot_with_jobs=True)))
    assert "in use by" in row and "refused" not in row


def test_work_leaves_a_node_that_is_drained_before() -> None:
    seen = {**world.healthy(), "holders": [JOB], "cluster": {"kubelet": {"node_name": "a"}}}
    member = host(plan(seen, nvidia_driver_version=NEW))
    (row,) = steps(["1"], a=member)
    assert "in use by" in row and "refused" not in row
    (row,) = steps(["1"], a={**member, "gpu_upgrade_drain": "false"})
    assert "refused" in row
    (row,) = FILTERS["gpu_upgrade_steps"]({"a": member}, ["a"], ["1"], drain=False)
    assert "refused" in row


def test_modules_that_can_be_swapped_need_no_consent() -> None:
    seen = {**plan(nvidia_driver_version=NEW, node_reboot_allowed=False), "swap": {"possible": True}}
    (row,) = steps(["1"], a=host(seen))
    assert row["how"] == "swap, else reboot"
    assert "refused" not in row


def test_what_the_node_cannot_have_is_refused() -> None:
    seen = world.healthy()
    seen["pci"]["gpus"][0].update(architecture="volta", device="1db4")
    (row,) = steps(["1"], a=host(plan(seen, nvidia_driver_version="595.71.05")))
    assert "Volta" in row["refused"] and "nvidia_driver_branch" in row["refused"]


def test_an_upgrade_under_way_has_a_row_without_a_difference() -> None:
    (row,) = steps(["1"], a=host(plan(), {"from": a_set("570.1"), "began": "2026-01-01T00:00:00Z"}))
    assert (row["how"], row["why"]) == ("proof only", "begun 2026-01-01T00:00:00Z, not ended")


def test_rows_say_their_batch() -> None:
    seen = host(plan(nvidia_driver_version=NEW))
    rows = steps(["1", "40%"], **{f"n{number}": seen for number in range(6)})
    assert [row["batch"] for row in rows] == ["canary", "1", "1", "2", "2", "3"]


@pytest.mark.parametrize(
    ("batches", "count", "wanted"),
    [
        ([1, "25%"], 6, [1, 1, 1, 1, 1, 1]),
        ([1, "25%"], 9, [1, 2, 2, 2, 2]),
        (["1", "3", "100%"], 9, [1, 3, 5]),
        (["50%"], 3, [1, 1, 1]),
        ([2], 0, []),
        ([200], 3, [3]),
    ],
)
def test_batches(batches: list[Any], count: int, wanted: list[int]) -> None:
    assert sizes(batches, count) == wanted


@pytest.mark.parametrize("batches", [["x"], ["0"], [0], ["-1"], ["1.5"], [], ["%"]])
def test_batches_that_are_none(batches: list[Any]) -> None:
    with pytest.raises(GpuError, match="gpu_upgrade_batches: expected numbers or percentages from 1 on"):
        sizes(batches, 2)
    with pytest.raises(AnsibleFilterError, match="gpu_upgrade_batches"):
        steps(batches, a=host(plan(nvidia_driver_version=NEW)))


def back(seen: dict[str, Any], *sets: dict[str, Any], upgrade: dict[str, Any] | None = None) -> Any:
    return FILTERS["gpu_rollback"](seen, {"proven": list(sets), "upgrade": upgrade or {}})


def test_back_to_the_newest_proven_that_it_does_not_have() -> None:
    found = back(plan(), a_set("570.1"), a_set("575.2", "1.19.1"), a_set(world.VERSION))
    assert found == {
        "nvidia_driver_version": "575.2",
        "nvidia_driver_flavour": "open",
        "nvidia_driver_modules": "dkms",
        "nvidia_container_toolkit_version": "1.19.1",
    }


def test_the_exact_versions_of_packages_are_asked_for() -> None:
    """Where a package has another release by now, that is another set; one that came later makes none."""
    has, older = proven(plan()), proven(plan())
    older["driver"]["packages"] = {**older["driver"]["packages"], "libcuda1": f"{world.VERSION}-0"}
    del older["driver"]["packages"]["nvidia-persistenced"]
    fewer = proven(plan())
    del fewer["driver"]["packages"]["nvidia-persistenced"]
    found = back(plan(), older, fewer, has)
    assert found["nvidia_driver_revisions"] == older["driver"]["packages"]
    (drift,) = plan(**found)["drifts"]
    assert (drift["want"], drift["have"]) == ({"libcuda1": f"{world.VERSION}-0"}, {"libcuda1": f"{world.VERSION}-1"})
    assert plan(**found)["actions"]["nvidia_driver"]["revisions"] == found["nvidia_driver_revisions"]


def test_half_way_and_nothing_under_way_is_back_to_the_last_proven() -> None:
    seen = {**world.healthy(), "smi": {**world.healthy()["smi"], "condition": "mismatch"}}
    assert back(plan(seen), a_set("570.1"), a_set(world.VERSION))["nvidia_driver_version"] == world.VERSION


def test_an_upgrade_under_way_goes_back_to_where_it_came_from() -> None:
    assert back(plan(), a_set("570.1"), upgrade={"from": a_set("575.2")})["nvidia_driver_version"] == "575.2"
    assert back(plan(), a_set("570.1"), upgrade={"from": {}})["nvidia_driver_version"] == "570.1"


def test_what_it_goes_back_to_can_be_asked_for() -> None:
    found = back(plan(nvidia_driver_version=NEW), upgrade={"from": proven(plan())})
    assert plan(**found)["drifts"] == []


def test_a_toolkit_that_is_somebody_elses_is_not_asked_for() -> None:
    seen = plan(nvidia_container_toolkit_state="unmanaged")
    assert "nvidia_container_toolkit_version" not in back(seen, a_set("570.1"))


def test_modules_that_are_not_remembered_are_left_to_the_inventory() -> None:
    known = a_set("570.1", "")
    known["driver"]["modules"] = None
    assert set(back(plan(), known)) == {"nvidia_driver_version", "nvidia_driver_flavour"}


def test_nothing_to_go_back_to_is_said_with_what_is_known() -> None:
    with pytest.raises(AnsibleFilterError, match=r"it has 580\.159\.04 open.*remembers 580\.159\.04.*nvidia_driver_"):
        back(plan(), a_set(world.VERSION))
    with pytest.raises(AnsibleFilterError, match="remembers nothing"):
        back(plan())


def test_a_node_without_a_gpu_goes_nowhere() -> None:
    assert back({"applicable": False}, a_set("570.1")) == {}
