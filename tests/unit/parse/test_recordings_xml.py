# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recorded document, against expectations that were read off it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat import gpus as device_ids
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .recorded_documents import DOCUMENTS, LAST_GPU
from .recordings import NEEDED, RECORDINGS, file, models, rows, text_of

pytestmark = NEEDED


@pytest.mark.parametrize("row", rows("xml xml-mock"))
def test_documents(row: dict[str, str]) -> None:
    text = text_of(row)
    seen = parse_xml(text)
    count, *last = DOCUMENTS[Path(row["file"]).stem]
    assert len(seen.gpus) == int(row["gpu_count"]) == count
    gpu = seen.gpus[-1]
    found = [
        gpu.ecc.current if name == "ecc" else gpu.mig.current if name == "mig" else getattr(gpu, name)
        for name in LAST_GPU[:-1]
    ]
    assert [*found, len(gpu.processes)] == last
    assert sorted(gpu.name or "" for gpu in seen.gpus) == models(row)
    assert (seen.driver_version or "") == row["driver"]
    assert (seen.dtd or "none") == row["dtd"]
    assert [gpu.uuid for gpu in seen.gpus if gpu.uuid] == re.findall(r"<uuid>(GPU-.*?)</uuid>", text)
    assert any(gpu.lost for gpu in seen.gpus) == ("is lost" in row["oddities"])
    migs = re.search(r"mig_devices \[([\d, ]+)\]", row["oddities"])
    assert [len(gpu.mig.devices) for gpu in seen.gpus] == (
        [int(count) for count in migs.group(1).split(",")] if migs else [0] * len(seen.gpus)
    )
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]
    assert seen.unparsed == {}
    assert read_any(text).document == seen


@pytest.mark.parametrize("row", rows("xml"))
def test_architectures(row: dict[str, str]) -> None:
    """By the driver's word and by the PCI device id, against the index."""
    wanted = {family.lower() for family in row["family"].split("/")}
    for gpu in parse_xml(text_of(row)).gpus:
        by_id = device_ids.architecture(gpu.pci_device_id[:4]) if gpu.pci_device_id else None
        assert {name for name in (gpu.architecture, by_id) if name} <= wanted


@pytest.mark.parametrize("row", rows("xml-malformed"))
def test_malformed_documents(row: dict[str, str]) -> None:
    for parser in (parse_xml, read_any):
        with pytest.raises(ParseError) as caught:
            parser(text_of(row))
        assert re.fullmatch(r"line \d+ column \d+", caught.value.where)
        assert "not well-formed" in caught.value.why


READ_BY_EYE = [
    (
        "k8sti-t4-595.91.07",
        0,
        {
            "persistence": True,
            "gsp_firmware_version": "595.91.07",
            "architecture": "turing",
            "power_draw_w": 33.51,
            "power_limit_w": 70,
            "temperature_c": 33,
            "memory_total_mib": 15360,
            "serial": "1650000000001",
            "vbios": "90.04.96.00.02",
            "recovery_action": "none",
            "remapped_rows": None,
        },
    ),
    (
        "telegraf-a100-sxm4-80gb-535.54.03",
        0,
        {
            "persistence": False,
            "minor": 1,
            "power_draw_w": 67.03,
            "power_limit_w": 500,
            "temperature_c": 27,
            "memory_total_mib": 81920,
            "reset_required": False,
            "recovery_action": None,
        },
    ),
    (
        "c3sr-grid-k520-352.99-a",
        0,
        {
            "persistence": True,
            "gsp_firmware_version": None,
            "architecture": None,
            "power_draw_w": 17.97,
            "power_limit_w": 125,
            "temperature_c": 31,
            "memory_total_mib": 4095,
            "memory_used_mib": 11,
            "serial": "0321014026924",
        },
    ),
    (
        "telegraf-rtx3080-win-536.40",
        0,
        {
            "persistence": None,
            "gsp_firmware_version": None,
            "minor": None,
            "power_draw_w": 22.78,
            "display_active": True,
            "memory_total_mib": 10240,
            "serial": None,
        },
    ),
    (
        "k8sti-8x-b200-580.105.08",
        7,
        {"persistence": False, "minor": 7, "temperature_c": 51, "memory_total_mib": 183359},
    ),
    ("hadoop-2x-p100-375.66-edited", 1, {"temperature_c": 34, "memory_total_mib": 12290, "memory_used_mib": 11800}),
    ("k8sti-mock-2x-gb200-lost-580.65.06", 1, {"lost": True, "temperature_c": None, "serial": "1562849103701"}),
]


@pytest.mark.parametrize(("name", "index", "wanted"), READ_BY_EYE)
def test_values_read_by_eye(name: str, index: int, wanted: dict[str, Any]) -> None:
    seen = parse_xml((RECORDINGS / "xml" / f"{name}.xml").read_text(encoding="utf-8")).gpus[index]
    assert {field: getattr(seen, field) for field in wanted} == wanted


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("k8sti-t4-595.91.07", ["ok"]),
        ("k8sti-8x-b200-580.105.08", ["ok"] * 8),
        ("k8sti-mock-2x-gb200-lost-580.65.06", ["replace", "reboot_needed"]),
        ("k8sti-mock-2x-gb200-ecc-b-580.65.06", ["replace", "ok"]),
        ("k8sti-mock-2x-gb200-fabric-580.65.06", ["ok", "degraded"]),
    ],
)
def test_verdicts(name: str, verdicts: list[str]) -> None:
    seen = parse_xml((RECORDINGS / "xml" / f"{name}.xml").read_text(encoding="utf-8"))
    assert [judge(gpu).verdict for gpu in seen.gpus] == verdicts


def test_a_mig_device_of_a_document() -> None:
    gpu = parse_xml(file("xml/telegraf-a100-sxm4-80gb-535.54.03.xml")).gpus[0]
    assert [(device.gpu_instance_id, device.memory_total_mib) for device in gpu.mig.devices] == [
        (3, 19968),
        (4, 19968),
        (5, 19968),
        (6, 19968),
    ]


def test_memory_errors_of_a_mock() -> None:
    first = parse_xml(file("xml/k8sti-mock-2x-gb200-ecc-b-580.65.06.xml")).gpus[0]
    assert (first.ecc.volatile.dram_uncorrectable, first.ecc.aggregate.dram_uncorrectable) == (5, 8)
    assert first.remapped_rows is not None
    assert first.remapped_rows.failure is True
    assert [reason for reason in judge(first).reasons if "5 uncorrectable DRAM errors" in reason]


def test_the_place_in_a_rack() -> None:
    gpu = parse_xml(file("xml/k8sti-4x-gb200-580.173.02.xml")).gpus[0]
    assert (gpu.c2c_mode, gpu.platform.nvlink_peer, gpu.fabric.health["summary"]) == (
        "enabled",
        "switch_connected",
        "healthy",
    )
