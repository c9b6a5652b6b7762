# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own capture of an H200, against what a person reads in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_q import parse_q
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import FIXTURES

H200 = FIXTURES / "captures" / "h200-580.159.04"
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
