# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists, CSV and error messages."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_conditions as conditions
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_text import parse_list, parse_query

from .documents import run

MIG_LIST = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)
  MIG 3g.40gb     Device  0: (UUID: MIG-1)
  MIG 1g.10gb     Device  1: (UUID: MIG-2)
Unable to determine the device handle for GPU 0000:02:00.0: Unknown Error
GPU 1: NVIDIA H100 (PCIe) (UUID: GPU-2)
  MIG 1g.10gb+me  Device  0: (UUID: MIG-3)
"""


def test_list_of_the_real_h100() -> None:
    (listed,) = parse_list(run("nvidia-smi -L")[1])
    assert (listed.index, listed.name, listed.mig) == (0, "NVIDIA H100 80GB HBM3", ())
    assert listed.uuid == "GPU-00000000-1111-2222-3333-444444444444"


def test_list_with_mig() -> None:
    first, second = parse_list(MIG_LIST)
    assert [(m.profile, m.device, m.uuid) for m in first.mig] == [("3g.40gb", 0, "MIG-1"), ("1g.10gb", 1, "MIG-2")]
    assert (second.index, second.name) == (1, "NVIDIA H100 (PCIe)")
    assert [m.profile for m in second.mig] == ["1g.10gb+me"]
    assert parse_list("No devices were found\n") == ()


def test_list_that_begins_with_a_mig_device() -> None:
    with pytest.raises(ParseError) as caught:
        parse_list("  MIG 1g.10gb     Device  0: (UUID: MIG-1)\n")
    assert caught.value.where == "line 1"


def test_a_number_of_thousands_of_digits_is_none() -> None:
    digits = "9" * 9000
    assert parse_list(f"GPU {digits}: x (UUID: GPU-1)\n") == ()
    [gpu] = parse_list(f"GPU 0: x (UUID: GPU-1)\n  MIG 1g.10gb  Device {digits}: (UUID: MIG-1)\n")
    assert gpu.mig == ()


def test_query_of_the_real_h100() -> None:
    (row,) = parse_query(
        run("nvidia-smi --query-gpu=compute_cap,gsp.mode.current --format=csv,noheader")[1], ["a", "b"]
    )
    assert row == {"a": "9.0", "b": "Enabled"}


def test_query_with_header_and_sentinels() -> None:
    text = "index, memory.total [MiB], mig.mode.current, serial\n0, 5 MiB, [N/A], \n1, [GPU is lost], Disabled, 7\n"
    assert parse_query(text) == (
        {"index": "0", "memory.total": "5 MiB", "mig.mode.current": "[N/A]", "serial": ""},
        {"index": "1", "memory.total": "[GPU is lost]", "mig.mode.current": "Disabled", "serial": "7"},
    )


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("", "line 1", "no header"),
        ("a, b\n1, 2, 3\n", "line 2", "expected 2 values, found 3: '1, 2, 3'"),
    ],
)
def test_query_that_does_not_fit(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_query(text)
    assert (caught.value.where, caught.value.why) == (where, why)


@pytest.mark.parametrize(
    ("rc", "text", "name"),
    [
        (0, "", "ok"),
        (
            9,
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest",
            "driver_not_loaded",
        ),
        (
            18,
            "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.178",
            "version_mismatch",
        ),
        (6, "No devices were found", "no_devices"),
        (12, "NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.", "library_missing"),
        (255, "Mismatch in versions between nvidia-smi and NVML.", "library_too_old"),
        (15, "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system", "gpu_lost"),
        (255, "Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error.", "gpu_lost"),
        (14, "WARNING: infoROM is corrupted at gpu 0000:0B:00.0", "inforom_corrupted"),
        (4, "Failed to initialize NVML: Insufficient Permissions", "no_permission"),
        (255, "Failed to initialize NVML: GPU access blocked by the operating system", "blocked"),
        (255, "Failed to initialize NVML: Unknown Error", "initialization_failed"),
        (255, "Failed to initialize NVML: N/A\nFailed to properly shut down NVML: N/A", "initialization_failed"),
        (255, "Failed to initialize NVML: Driver Not Loaded", "driver_not_loaded"),
        (255, "Failed to initialize NVML: Function Not Found", "library_function_missing"),
        (255, "Failed to initialize NVML: Insufficient External Power", "power_cables"),
        (255, "Failed to initialize NVML: Interrupt Request Issue", "interrupt_trouble"),
        (255, "GPU requires reset", "reset_required"),
        (255, "Warning: MIG mode is in pending enable state for GPU 00000000:00:03.0:Not Supported", "reset_required"),
        (255, "Resetting GPU 00000000:00:03.0 is not supported.", "not_supported"),
        (255, "Unable to enable MIG Mode for GPU 00000000:21:00.0: Not Supported\nAll done.", "not_supported"),
        (6, "No MIG-supported devices found.", "not_supported"),
        (6, "No GPU instances found: Not Found", "not_found"),
        (0, "GPU 0: x\nNVML: Unable to retrieve Nvlink information as all links are inActive", "nvlink_inactive"),
        (255, "ERROR: Option -m is missing its value. Please run 'nvidia-smi -h' for help.", "invalid_argument"),
        (255, "Invalid persistence mode: 7\nTerminating early due to previous errors.", "invalid_argument"),
        (127, "nvidia-smi: Permission denied", "no_permission"),
        (255, "Something new", "failed"),
        (2, 'Field "x" is not a valid field to query.', "unknown_field"),
        (255, "ERROR: Option --bogus is not recognized. Please run 'nvidia-smi -h'.", "invalid_argument"),
        (2, "", "invalid_argument"),
        (3, "", "not_supported"),
        (6, "", "not_found"),
        (8, "", "power_cables"),
        (10, "", "interrupt_trouble"),
        (13, "", "library_function_missing"),
        (16, "", "reset_required"),
        (17, "", "blocked"),
        (127, "nvidia-smi: No such file or directory", "not_installed"),
        (-9, "", "crashed"),
        (1, "", "failed"),
    ],
)
def test_every_outcome_has_a_name_and_a_remedy(rc: int, text: str, name: str) -> None:
    for streams in ((text, ""), ("", text)):
        found = conditions.classify(rc, *streams)
        assert found.condition == name
        assert bool(found.message) is bool(found.remedy) is (name != "ok")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("nvidia-smi -L", "ok"),
        ("nvidia-smi -i 7", "no_devices"),
        ("nvidia-smi --query-gpu=index,name,bogus --format=csv", "unknown_field"),
        ("nvidia-smi --bogus", "invalid_argument"),
        ("nvidia-smi -pm 7", "invalid_argument"),
    ],
)
def test_captured_calls(title: str, name: str) -> None:
    assert conditions.classify(*run(title)).condition == name


def test_a_hang_is_named_before_anything_else() -> None:
    assert conditions.classify(-9, "", "", timed_out=True).condition == "timed_out"


def test_a_long_output_is_cut_to_the_line_that_tells() -> None:
    found = conditions.classify(14, "x" * 1000 + "\nWARNING: infoROM is corrupted at gpu 0\n" + "y" * 1000, "")
    assert found.message == "WARNING: infoROM is corrupted at gpu 0"
