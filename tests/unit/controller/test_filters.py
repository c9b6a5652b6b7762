# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences and tables from plans, and keys from files on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.filter.gpu_node import FilterModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from ..compare import world

FILTERS = FilterModule().filters()
misses, rows, table, verdict = (FILTERS[f"gpu_{name}"] for name in ("misses", "rows", "table", "verdict"))
H100 = "NVIDIA H100 80GB HBM3"


def plan(observed: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
    """As the action returns it."""
    request, observed = world.request(**variables), observed or world.healthy()
    return {**make_plan(request, observed), "request": request, "observed": observed}


def node(**more: Any) -> dict[str, Any]:
    return {**world.healthy(), **more}


def smi(condition: str = "ok", *gpus: dict[str, Any], message: str = "", remedy: str = "") -> dict[str, Any]:
    return {"condition": condition, "message": message, "remedy": remedy, "gpus": list(gpus)}


def test_a_healthy_node() -> None:
    assert misses(plan()) == []
    assert verdict(plan()) == f"as requested: 1 x {H100}, driver {world.VERSION} open"


def test_a_node_without_a_gpu() -> None:
    seen = plan(node(pci={"gpus": [], "nvswitches": [], "foreign": []}))
    assert misses(seen) == []
    assert verdict(seen) == "left untouched: no NVIDIA GPU in the PCI tree; display controllers seen: none"


def test_a_difference_says_what_why_and_which_role() -> None:
    observed = world.healthy()
    observed["runtimes"]["containerd"]["handlers"].pop("nvidia")
    seen = plan(observed)
    assert misses(seen) == [
        "nvidia_container_toolkit: containerd is ['runc'], wanted runtime handler nvidia, because pods of the GPU "
        "operator start through it. Run role baremetal.gpu.nvidia_container_toolkit."
    ]
    assert verdict(seen) == "not as requested: 1 difference"


def test_a_difference_that_takes_a_reboot_names_the_consent() -> None:
    observed = world.healthy()
    observed["driver"]["running"]["version"] = "570.86.15"
    found = misses(plan(observed, nvidia_driver_swap="never"))
    assert found
    assert all(sentence.endswith("Reboot the node (node_reboot_allowed).") for sentence in found)


def test_a_refusal_says_how_to_go_on() -> None:
    (sentence,) = misses(plan(nvidia_container_toolkit_version="latest"))
    assert sentence == (
        "nvidia_container_toolkit: version latest: a toolkit version looks like 1.20.0. "
        "To go on, set nvidia_container_toolkit_version."
    )


def test_several_differences_are_counted() -> None:
    observed = world.healthy()
    for package in observed["packages"]["driver"] + observed["packages"]["toolkit"]:
        package["held"] = False
    assert verdict(plan(observed)) == "not as requested: 2 differences"


GPU = world.smi_gpu("0000:1b:00.0")
SMI = {
    "no answer": (
        smi("driver_not_loaded", message="couldn't communicate.", remedy="Load it."),
        ["nvidia-smi: couldn't communicate. Load it."],
    ),
    "fewer GPUs than there are": (
        smi("ok"),
        ["nvidia-smi lists 0 GPUs, the PCI tree has 1. Look for Xid messages in the kernel log."],
    ),
    "more GPUs than there are": (
        smi("ok", GPU, GPU),
        ["nvidia-smi lists 2 GPUs, the PCI tree has 1. Look for Xid messages in the kernel log."],
    ),
    "all of them": (smi("ok", GPU), []),
}


@pytest.mark.parametrize(("seen", "wanted"), SMI.values(), ids=SMI)
def test_what_only_nvidia_smi_shows(seen: dict[str, Any], wanted: list[str]) -> None:
    assert misses(plan(node(smi=seen))) == wanted


def test_nvidia_smi_need_not_answer_where_no_driver_is_wanted() -> None:
    observed = node(smi=smi("not_installed", message="no nvidia-smi"), driver={"running": None, "on_disk": []})
    observed["packages"] = {**observed["packages"], "driver": []}
    observed["persistence"] = {"unit": None}
    seen = plan(
        observed,
        nvidia_driver_state="absent",
        nvidia_persistence_state="absent",
        nvidia_gsp_mode="default",
    )
    assert misses(seen) == []
    assert verdict(seen) == "as requested: 1 x 10de:2330, no driver"


def test_a_row() -> None:
    assert rows({"n1": {"gpu_node_plan": plan()}}, ["n1"], {"n1": {"drained": 3}}) == [
        {
            "node": "n1",
            "os": "Debian GNU/Linux 12 (bookworm)",
            "gpus": f"1 x {H100}",
            "driver": f"{world.VERSION} open",
            "lock": "9/9 held",
            "gsp": "on",
            "persistence": "on",
            "fabric": "-",
            "runtime": f"containerd {world.healthy()['runtimes']['containerd']['version']}",
            "drained": "3",
            "verdict": "as requested",
        }
    ]


def test_a_row_of_a_node_with_nothing_on_it() -> None:
    observed = node(smi=smi("not_installed"), driver={"running": None, "on_disk": []})
    observed["packages"] = {**observed["packages"], "driver": [], "toolkit": []}
    observed["runtimes"] = {"containerd": None, "docker": None, "crio": None}
    (row,) = rows({"n1": {"gpu_node_plan": plan(observed)}}, ["n1"])
    assert row["gpus"] == "1 x 10de:2330"
    assert [row[name] for name in ("driver", "lock", "gsp", "persistence", "runtime")] == ["-"] * 5
    assert row["verdict"].startswith("not as requested: ")


@pytest.mark.parametrize(
    ("firmware", "persistence", "cells"),
    [
        (("1", "1"), (True, True), ("on", "on")),
        ((None, None), (False, None), ("off", "off")),
        (("1", None), (True, False), ("mixed", "mixed")),
    ],
)
def test_cells_over_several_gpus(firmware: Any, persistence: Any, cells: Any) -> None:
    gpus = [{**GPU, "gsp_firmware_version": f, "persistence": p} for f, p in zip(firmware, persistence)]
    gpus[1]["name"] = "NVIDIA A100"
    observed = node(smi=smi("ok", *gpus))
    observed["pci"] = {**observed["pci"], "gpus": observed["pci"]["gpus"] * 2}
    (row,) = rows({"n1": {"gpu_node_plan": plan(observed)}}, ["n1"])
    assert (row["gsp"], row["persistence"]) == cells
    assert row["gpus"] == f"2 x NVIDIA A100, {H100}"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([], "no nodes"),
        ([{"node": "n1", "verdict": "ok"}], "node  verdict\nn1    ok"),
        (
            [{"node": "n1", "verdict": "fine"}, {"node": "node-two", "pods": "7", "verdict": "ok"}],
            "node      pods  verdict\nn1        -     fine\nnode-two  7     ok",
        ),
        ([{"a": "x", "b": ""}], "a  b\nx"),
    ],
)
def test_table(lines: list[dict[str, str]], wanted: str) -> None:
    assert table(lines) == wanted


def planned(key: str) -> dict[str, Any]:
    return {
        "name": "nvidia-driver",
        "prefix": "driver",
        "uri": "http://mirror",
        "path": "/etc/apt/sources.list.d/nvidia-driver.sources",
        "content": "Types: deb\n",
        "key_path": "/etc/apt/keyrings/nvidia-driver.asc",
        "fingerprint": "A" * 40,
        "key": key,
    }


def test_a_key_is_read_on_the_controller_and_an_address_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.asc").write_text("-----BEGIN\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with_key = FILTERS["source_with_key"]
    for key, text in (
        ("https://mirror/k.asc", "https://mirror/k.asc"),
        (str(tmp_path / "site.asc"), "-----BEGIN\n"),
        ("~/site.asc", "-----BEGIN\n"),
    ):
        given = planned(key)
        seen = with_key(given)
        assert seen == {
            **{name: given[name] for name in ("path", "content", "key_path", "fingerprint")},
            "key": text,
            "variables": "nvidia_repository_driver",
        }


@pytest.mark.parametrize(("data", "says"), [(None, "No such file"), (b"\x99\x01\xe9", "'ascii' codec can't decode")])
def test_a_key_that_cannot_be_read_names_the_variable(tmp_path: Path, data: bytes | None, says: str) -> None:
    path = tmp_path / "site.gpg"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(AnsibleFilterError) as caught:
        FILTERS["source_with_key"](planned(str(path)))
    assert f"nvidia_repository_driver_key: {path} is neither an URL nor a readable ASCII-armored key" in str(
        caught.value
    )
    assert says in str(caught.value)
