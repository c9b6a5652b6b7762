# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any text of nvidia-smi: told apart, and read or refused by name."""

from __future__ import annotations

import re

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_csv
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_csv import is_field, parse_csv
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_gpu import GPU_LAYOUT
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import SmiDocument
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import CAPTURE, capture, document, gpu, run, titles


def read(text: str) -> SmiDocument:
    found = read_any(text)
    assert found.document is not None
    return found.document


def title(beginning: str) -> str:
    (found,) = [title for title in titles() if title.startswith(beginning)]
    return found


def test_the_real_h100_in_csv() -> None:
    seen = read(run(title("nvidia-smi --query-gpu=index,name,uuid,serial"))[1])
    whole = parse_xml(capture())
    (one,) = seen.gpus
    assert (seen.driver_version, seen.unparsed) == ("580.159.04", {})
    same = "index name uuid serial bus_id vbios persistence memory_total_mib addressing_mode recovery_action"
    for name in same.split():
        assert getattr(one, name) == getattr(whole.gpus[0], name), name
    assert (one.compute_cap, one.gsp_mode, one.gsp_mode_default, one.inforom_checksum) == (
        "9.0",
        "enabled",
        "enabled",
        "valid",
    )
    assert (one.power_limit_w, one.ecc.current, one.mig.current, one.fabric.state) == (700, "enabled", "disabled", None)
    assert one.remapped_rows is not None
    assert (one.remapped_rows.correctable, one.remapped_rows.pending) == (0, None)


def test_every_field_of_the_real_nvidia_smi_is_known() -> None:
    """Those of its help; read, or ignored on purpose."""
    text = (CAPTURE / "help-query-gpu.txt").read_text()
    names = [name for line in text.splitlines() if line.startswith('"') for name in re.findall(r'"([\w.]+)"', line)]
    assert len(names) > 150
    assert [name for name in names if not is_field(name)] == []


def test_places_of_fields_are_places_of_the_document() -> None:
    places = set(nvidia_smi_csv._PLACES.values())
    assert {place for place in places if place not in GPU_LAYOUT.routes} == set()


def test_csv_of_several_gpus() -> None:
    text = (
        "index, name, pci.bus_id, count, memory.total [MiB], ecc.errors.uncorrected.volatile.dram, "
        "ecc.errors.uncorrected.volatile.total, ecc.errors.uncorrected.aggregate.total, news, "
        "clocks_event_reasons.sw_power_cap, clocks_event_reasons.supported, fabric.health.summary, "
        "clocks_event_reasons_counters.sw_power_cap [us], remapped_rows.histogram.max, "
        "ecc.errors.uncorrected.aggregate.sram.l2, platform.chassis_serial_number\n"
        "3, A, 00000000:1B:00.0, 2, 5 MiB, 1, 2, 3, x, Active, 0x1, Healthy, 12 us, 7, 4, \n"
        "5, B, 00000000:2B:00.0, 2, [GPU is lost], [N/A], 2, [N/A], x, Not Active, 0x1, N/A, [N/A], [N/A], [N/A], \n"
    )
    seen = read(text)
    first, second = seen.gpus
    assert (seen.attached_gpus, seen.unparsed) == (2, {"news": 2})
    assert [(one.index, one.name, one.bus_id) for one in seen.gpus] == [
        (3, "A", "0000:1b:00.0"),
        (5, "B", "0000:2b:00.0"),
    ]
    assert (first.memory_total_mib, first.ecc.volatile.dram_uncorrectable, first.ecc.volatile.double_bit) == (
        5,
        1,
        None,
    )
    assert (first.ecc.aggregate.double_bit, second.ecc.volatile.double_bit) == (3, 2)
    assert (first.clocks_event_reasons, second.clocks_event_reasons) == (("sw_power_cap",), ())
    assert (first.fabric.health, first.clocks_event_us, first.ecc.sram_sources) == (
        {"summary": "healthy"},
        {"sw_power_cap": 12},
        {"l2": 4},
    )
    assert first.remapped_rows is not None
    assert first.remapped_rows.histogram is not None
    assert first.remapped_rows.histogram.max == 7
    assert [one.lost for one in seen.gpus] == [False, True]
    assert seen.why["gpus[1].memory_total_mib"] == "GPU is lost"


def test_csv_without_units() -> None:
    (one,) = parse_csv("memory.total [MiB], power.draw [W], pcie.link.width.max\n81559, 71.15, 16\n").gpus
    assert (one.memory_total_mib, one.power_draw_w, one.pcie.width_max) == (81559, 71.15, 16)


def test_csv_of_something_else_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        parse_csv("a, b\n1, 2\n")
    assert (caught.value.where, caught.value.why) == ("line 1", "names no field of it: 'a, b'")


def test_a_list() -> None:
    text = (
        "GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-1)\n  MIG 1g.10gb     Device  1: (UUID: MIG-b)\n"
        "  MIG 2g.20gb     Device  0: (UUID: MIG-a)\n"
        "Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error\n"
    )
    seen = read(text)
    (one,) = seen.gpus
    assert (one.index, one.name, one.uuid) == (1, "NVIDIA H100 80GB HBM3", "GPU-1")
    assert [(device.index, device.uuid, device.profile, device.parent) for device in one.mig.devices] == [
        (1, "MIG-b", "1g.10gb", "GPU-1"),
        (0, "MIG-a", "2g.20gb", "GPU-1"),
    ]
    assert seen.remarks == ("Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error",)
    assert read(run("nvidia-smi -L")[1]).gpus[0].uuid == parse_xml(capture()).gpus[0].uuid


@pytest.mark.parametrize(
    "prompt", ["", "$ nvidia-smi -q -x\n", "root@node:~# nvidia-smi -q -x\n", "nvidia-smi -q -x\n"]
)
def test_documents_of_either_form(prompt: str) -> None:
    assert read(prompt + capture()) == parse_xml(capture())
    assert read(prompt + run("nvidia-smi -q")[1]).gpus == parse_xml(capture()).gpus


def test_a_document_that_breaks_off_is_refused_with_its_line() -> None:
    with pytest.raises(ParseError) as caught:
        read_any(capture()[:500])
    assert caught.value.where.startswith("line ")


@pytest.mark.parametrize(
    ("call", "condition"),
    [
        ("nvidia-smi -i 7", "no_devices"),
        ("nvidia-smi --bogus", "invalid_argument"),
        ("nvidia-smi -pm 7", "invalid_argument"),
        ("nvidia-smi --query-gpu=index,name,bogus --format=csv", "unknown_field"),
    ],
)
def test_messages_are_conditions(call: str, condition: str) -> None:
    found = read_any(run(call)[1])
    assert (found.document, found.condition.condition) == (None, condition)
    assert found.condition.remedy


OTHERS = [
    ("nvidia-smi --version", run("nvidia-smi --version")[1]),
    ("a report of nvidia-smi -pm", run("nvidia-smi -pm 0")[1]),
    ("a report of nvidia-smi -pm", run("nvidia-smi -pm 1")[1]),
    ("nvidia-smi --help-query-gpu", (CAPTURE / "help-query-gpu.txt").read_text()),
    ("nvidia-smi topo", "\tGPU0\tCPU Affinity\nGPU0\t X \t0-31\n"),
    ("nvidia-smi mig -lgip", "| GPU instance profiles:      |\n"),
    ("nvidia-smi mig -lgi", "| GPU instances:              |\n"),
    ("nvidia-smi mig -lgipp", "GPU  0 Profile ID 14 Placements: {0,1,2,3}:1\n"),
    ("a report of nvidia-smi mig", "Successfully created GPU instance ID  5 on GPU  0\n"),
    ("nvidia-smi --query-compute-apps", "timestamp, gpu_name, pid, process_name, used_gpu_memory [MiB]\n"),
    ("nvidia-smi --query-retired-pages", "gpu_name, retired_pages.address, retired_pages.cause\n"),
    ("lspci", "00:06.0 3D controller: NVIDIA Corporation GH100 (rev a1)\n"),
    ("modinfo", "filename:       /lib/modules/x/nvidia.ko\n"),
    ("/proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  1.2\n"),
    ("/proc/driver/nvidia/params", "ResmanDebugLevel: 4294967295\n"),
    ("/proc/driver/nvidia/registry", 'Binary: ""\n'),
    ("/proc/driver/nvidia/gpus/…/information", "Model: \t\t NVIDIA H100\nIRQ:   \t\t 12\n"),
    ("a listing of /dev", "crw-rw-rw- 1 root root 195,   0 Nov 23 02:48 /dev/nvidia0\n"),
]


@pytest.mark.parametrize(("what", "text"), OTHERS)
def test_what_is_not_read_is_called_by_its_name(what: str, text: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_any(text)
    assert caught.value.why.startswith(f"is {what}, which is not read here; give what nvidia-smi printed for -q -x")


@pytest.mark.parametrize("text", ["", "\n", "hello", "a, b\n1, 2\n", "<html></html>", run("nvidia-smi -h")[1][:300]])
def test_what_nobody_knows(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_any(text)
    assert caught.value.why.startswith("is none that is known")


def test_a_long_line_does_not_take_long() -> None:
    """The patterns of messages look at each place once."""
    text = "Option " * 20000 + "x"
    with pytest.raises(ParseError):
        read_any(text)
    assert read(document(gpu("<uuid>GPU-1</uuid>"))).gpus[0].uuid == "GPU-1"
