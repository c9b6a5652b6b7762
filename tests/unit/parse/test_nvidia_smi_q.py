# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi -q` as plain text says what the document says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_fields as fields
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_labels as labels
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_gpu import GPU_LAYOUT
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_q import parse_q
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import SmiGpu
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import capture, run

HEAD = "==============NVSMI LOG==============\n\nTimestamp : now\nDriver Version : 580.1\nAttached GPUs : 1\n"


def only(body: str) -> SmiGpu:
    lines = "\n".join("    " + line for line in body.splitlines())
    (gpu,) = parse_q(f"{HEAD}GPU 00000000:1B:00.0\n{lines}\n").gpus
    return gpu


def test_the_real_h100_says_the_same_in_both_texts() -> None:
    assert replace(parse_q(run("nvidia-smi -q")[1]), dtd="v13") == parse_xml(capture())


@pytest.mark.parametrize(
    ("part", "value"), [("GSP_FIRMWARE_VERSION", "gsp_firmware_version"), ("MEMORY", "memory_total_mib")]
)
def test_a_part_of_the_real_h100(part: str, value: str) -> None:
    seen = parse_q(run(f"nvidia-smi -q -d {part}")[1])
    assert (seen.driver_version, seen.cuda_version, seen.attached_gpus, seen.unparsed) == ("580.159.04", "13.0", 1, {})
    assert getattr(seen.gpus[0], value) == getattr(parse_xml(capture()).gpus[0], value)
    assert (seen.gpus[0].bus_id, seen.gpus[0].uuid) == ("0000:00:06.0", None)


def test_places_of_labels_are_places_of_the_document() -> None:
    """A label leads to an element that is read, or to a block of them."""
    assert {path for path in labels.GPU.values() if path not in GPU_LAYOUT.routes} == set()
    assert {place for place, _begin, _tags in labels.MAPS.values()} == set(fields.MAPS)
    assert set(labels.HEAD.values()) == {place for field in fields.HEAD.values() for place in field[1:]}
    read = {field[1] for field in fields.MIG_DEVICE.values()}
    assert read <= set(labels.MIG_DEVICE.values())
    assert set(labels.PROCESS.values()) == {field[1] for field in fields.PROCESS.values()}


def test_nothing_is_both_read_and_ignored() -> None:
    assert set(labels.GPU) & labels.IGNORED == set()
    assert set(labels.MIG_DEVICE) & labels.MIG_DEVICE_IGNORED == set()


def test_mig_devices() -> None:
    gpu = only(
        "MIG Mode\n    Current : Enabled\n    Pending : Disabled\n"
        "MIG Device\n    Index : 0\n    GPU Instance ID : 2\n    Compute Instance ID : 0\n"
        "    Device Attributes\n        Shared\n            Multiprocessor count : 60\n            New count : 1\n"
        "    ECC Errors\n        Volatile\n            SRAM Uncorrectable : 3\n"
        "    Shared FB Memory Usage\n        Total : 40448 MiB\n        Reserved : 0 MiB\n        Used : 26 MiB\n"
        "MIG Device\n    Index : 1\n    FB Memory Usage\n        Total : 1 MiB\n"
    )
    assert (gpu.mig.current, gpu.mig.pending) == ("enabled", "disabled")
    first, second = gpu.mig.devices
    assert (first.index, first.gpu_instance_id, first.compute_instance_id, first.multiprocessors) == (0, 2, 0, 60)
    assert (first.memory_total_mib, first.memory_used_mib, first.sram_uncorrectable) == (40448, 26, 3)
    assert (second.index, second.memory_total_mib) == (1, 1)


def test_processes_of_both_eras() -> None:
    gpu = only(
        "Processes\n"
        "    GPU instance ID : 5\n    Compute instance ID : 0\n    Process ID : 17\n        Type : C\n"
        "        Name : /usr/bin/a b\n        Used GPU Memory : 12 MiB\n        Mood : good\n"
        "    GPU instance ID : N/A\n    Compute instance ID : N/A\n    Process ID : 18\n        Type : G\n"
        "        Name : x : y\n        Used GPU Memory : Not available in WDDM driver model\n"
    )
    assert [(p.pid, p.type, p.name, p.memory_used_mib, p.gpu_instance_id) for p in gpu.processes] == [
        (17, "C", "/usr/bin/a b", 12, 5),
        (18, "G", "x : y", None, None),
    ]
    old = only("Processes\n    Process ID : 1\n        Type : C\n    Process ID : 2\n        Type : G\n")
    assert [(p.pid, p.type) for p in old.processes] == [(1, "C"), (2, "G")]
    assert only("Processes : None\nMIG Devices : None").processes == ()


def test_reasons_that_are_indented_below_another_one() -> None:
    gpu = only(
        "Clocks Throttle Reasons\n    Idle : Not Active\n    HW Slowdown : Active\n"
        "        HW Thermal Slowdown : Active\n    Sync Boost : Not Active\n    Display Clock Setting : Active\n"
    )
    assert gpu.clocks_event_reasons == ("hw_slowdown", "hw_thermal_slowdown", "display_clocks_setting")


def test_where_610_has_the_power_limit() -> None:
    gpu = only(
        "GPU Power Readings\n    Instantaneous Power Draw : 38.89 W\n    GPU Ceiling Power Limit\n"
        "        Current Power Limit : 250.00 W\n        Default Power Limit : 240.00 W\n    Max Power Limit : 350 W\n"
    )
    assert (gpu.power_draw_w, gpu.power_limit_w, gpu.power_limit_default_w, gpu.power_limit_max_w) == (
        38.89,
        250,
        240,
        350,
    )


def test_versions_with_a_remark_behind_them() -> None:
    seen = parse_q("Driver Version : 610.57.04 [Deprecated; use KMD Version]\nKMD Version : 610.57.04\n")
    assert (seen.driver_version, seen.gpus) == ("610.57.04", ())
    assert parse_q("KMD Version : 620.1\nCUDA UMD Version : 14.0\n").cuda_version == "14.0"


def test_a_bug_report_has_other_sections_around() -> None:
    text = (
        "____________\n\n/usr/bin/nvidia-smi --query\n\n"
        + run("nvidia-smi -q")[1]
        + "\n____________________________________________\n\nGPU 00000000:99:00.0\n    Product Name : no\n"
    )
    assert replace(parse_q(text), dtd="v13") == parse_xml(capture())


def test_a_warning_behind_it_is_a_remark() -> None:
    seen = parse_q(run("nvidia-smi -q")[1] + "WARNING: infoROM is corrupted at gpu 0000:00:06.0\n")
    assert seen.remarks == ("WARNING: infoROM is corrupted at gpu 0000:00:06.0",)
    assert seen.gpus[0].inforom_corrupted is True


def test_what_is_not_known_is_listed() -> None:
    text = HEAD + "Mood : good\nMood : better\nGPU 0000:1B:00.0\n    News : 1\n    [...]\n    PCI\n        Lane : 1\n"
    text += "    Processes\n        Mood : good\n    MIG Device\n        Mood : good\n"
    assert parse_q(text).unparsed == {
        "mood": 2,
        "gpu/news": 1,
        "gpu/[...]": 1,
        "gpu/pci/lane": 1,
        "gpu/processes/mood": 1,
        "gpu/mig device/mood": 1,
    }


def test_a_label_without_a_value_is_empty() -> None:
    text = f"{HEAD}GPU 0000:1B:00.0\n    Platform Info\n        Chassis Serial Number :\n        Slot Number : 3\n"
    seen = parse_q(text)
    assert (seen.gpus[0].platform.chassis_serial, seen.gpus[0].platform.slot) == (None, 3)
    assert seen.why["gpus[0].platform.chassis_serial"] == "empty"


@pytest.mark.parametrize("text", ["", "Mood : good\n", "=====\n    Product Name : x\n"])
def test_what_is_not_such_a_text(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_q(text)
    assert caught.value.why.startswith("neither a version nor a GPU in it")
