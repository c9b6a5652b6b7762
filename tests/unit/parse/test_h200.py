# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own captures of an H200, and of two with work on them, against what a person reads there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_nvlink import add_nvlinks
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_conditions import classify
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_q import parse_q
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import Fabric, Process
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import FakeRunner, out
from .documents import FIXTURES

H200 = FIXTURES / "captures" / "h200-580.159.04"
PAIR = FIXTURES / "captures" / "h200x2-580.159.04"
READ: dict[str, Any] = {
    "bus_id": "0000:00:06.0",
    "uuid": "GPU-00000000-5555-6666-7777-888888888888",
    "serial": "1650000000002",
    "name": "NVIDIA H200",
    "architecture": "hopper",
    "vbios": "96.00.A5.00.1A",
    "memory_total_mib": 143771,
    "memory_free_mib": 143156,
    "persistence": True,
    "virtualization": "pass_through",
    "gsp_firmware_version": "580.159.04",
    "recovery_action": "none",
    "temperature_c": 37,
    "power_limit_w": 700,
    "performance_state": "P0",
    "clock_sm_max_mhz": 1980,
    "pci_device_id": "233510de",
    "clocks_event_reasons": ("gpu_idle",),
    "processes": (),
    "lost": False,
}


@pytest.mark.parametrize(("file", "parse"), [("q.xml", parse_xml), ("q.txt", parse_q)])
def test_both_texts_say_what_stands_there(file: str, parse: Any) -> None:
    document = parse((H200 / file).read_text())
    assert (document.driver_version, document.cuda_version, document.attached_gpus) == ("580.159.04", "13.0", 1)
    [gpu] = document.gpus
    assert {name: getattr(gpu, name) for name in READ} == READ
    assert (gpu.ecc.current, gpu.ecc.aggregate.sram_uncorrectable, gpu.ecc.aggregate.sram_threshold_exceeded) == (
        "enabled",
        0,
        False,
    )
    assert (gpu.mig.current, gpu.remapped_rows.histogram.max, gpu.fabric.state) == ("disabled", 3072, None)
    assert judge(gpu).verdict == "ok"
    assert document.unparsed == {}


def test_the_two_texts_differ_only_in_what_a_moment_changes() -> None:
    one, other = parse_xml((H200 / "q.xml").read_text()).gpus[0], parse_q((H200 / "q.txt").read_text()).gpus[0]
    assert replace(one, power_draw_w=None) == replace(other, power_draw_w=None)


EACH: tuple[dict[str, Any], ...] = (
    {
        "bus_id": "0000:00:06.0",
        "uuid": "GPU-00000000-9999-aaaa-bbbb-cccccccccccc",
        "serial": "1650000000003",
        "minor": 0,
        "memory_total_mib": 143771,
        "memory_reserved_mib": 616,
        "memory_used_mib": 5049,
        "memory_free_mib": 138108,
        "bar1_used_mib": 5050,
        "temperature_c": 50,
        "clock_sm_mhz": 1980,
        "clocks_event_reasons": (),
        "processes": (Process(1536, "C", "python3", 5040, None, None),),
    },
    {
        "bus_id": "0000:00:07.0",
        "uuid": "GPU-00000000-dddd-eeee-ffff-000000000000",
        "serial": "1650000000004",
        "minor": 1,
        "memory_total_mib": 143771,
        "memory_reserved_mib": 616,
        "memory_used_mib": 8249,
        "memory_free_mib": 134908,
        "bar1_used_mib": 8250,
        "temperature_c": 29,
        "utilization_gpu_percent": 0,
        "clocks_event_reasons": (),
        "processes": (Process(1536, "C", "python3", 8240, None, None),),
    },
)


@pytest.mark.parametrize(("file", "parse"), [("q.xml", parse_xml), ("q.txt", parse_q)])
def test_two_with_a_program_on_both(file: str, parse: Any) -> None:
    document = parse((PAIR / file).read_text())
    assert len(document.gpus) == len(EACH)
    for gpu, read in zip(document.gpus, EACH):
        assert {name: getattr(gpu, name) for name in read} == read
        assert gpu.fabric == Fabric("completed", "success", 0, "00000000-0000-0000-0000-000000000000", {})
        assert judge(gpu).verdict == "ok"
    assert [gpu.platform.module_id for gpu in document.gpus] == [5, 7]
    assert [gpu.pcie.replays for gpu in document.gpus] == [0, 1]
    assert document.unparsed == {}


def _runs() -> dict[str, Result]:
    calls = re.findall(r"^\$ (.*)\n((?:(?!rc \d).*\n)*)rc (\d+)$", (PAIR / "runs.txt").read_text(), re.MULTILINE)
    return {command: Result(int(rc), text, "") for command, text, rc in calls}


def test_all_calls_together() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out((PAIR / "q.xml").read_text()), **_runs()})
    seen = ask(runner, further=add_nvlinks)
    assert len(runner.calls) == 3
    assert (seen.condition, seen.attached_gpus) == ("ok", 2)
    for gpu in seen.gpus:
        assert [(link.index, link.active, link.speed_gb_s) for link in gpu.nvlinks or ()] == [
            (index, True, 26.562) for index in range(18)
        ]
        assert (gpu.compute_cap, gpu.gsp_mode, gpu.inforom_checksum) == ("9.0", "enabled", "valid")


@pytest.mark.parametrize(
    ("call", "condition"), [("-i 7", "no_devices"), ("--query-gpu=uuid,nonsense", "unknown_field")]
)
def test_calls_that_fail(call: str, condition: str) -> None:
    [result] = [result for command, result in _runs().items() if command.startswith("nvidia-smi " + call)]
    assert classify(result.rc, result.out, result.err).condition == condition
