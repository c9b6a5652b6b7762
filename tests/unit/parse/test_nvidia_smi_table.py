# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that nvidia-smi prints without options: our own capture, and what we have no hardware for, made by hand."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_table import parse_table
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import Process
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import capture, run

HEAD = """\
+-----------------------------------------------------------------------------+
| NVIDIA-SMI 440.33.01    Driver Version: 440.33.01    CUDA Version: 10.2     |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
"""
V100 = """\
|   0  Tesla V100-SXM2...  On   | 00000000:00:1E.0 Off |                    2 |
| N/A   38C    P0    38W / 300W |      0MiB / 16160MiB |      0%   E. Process |
+-------------------------------+----------------------+----------------------+
"""
LOST = """\
|   3  GeForce GTX 108...  Off  | 00000000:82:00.0 Off |                  N/A |
|ERR!  ERR! ERR!    ERR! / ERR! |   9913MiB / 11178MiB |    ERR!      Default |
+-------------------------------+----------------------+----------------------+
"""
PROCESSES = """\

+-----------------------------------------------------------------------------+
| Processes:                                                       GPU Memory |
|  GPU       PID   Type   Process name                             Usage      |
|=============================================================================|
|    0      1234      C   /opt/my tools/train                         4325MiB |
+-----------------------------------------------------------------------------+
"""
OLD = HEAD + V100 + LOST + PROCESSES


def test_the_real_h100_as_its_document_has_it() -> None:
    seen, whole = parse_table(run("nvidia-smi")[1]), parse_xml(capture())
    (one,), (other,) = seen.gpus, whole.gpus
    assert (seen.driver_version, seen.cuda_version) == (whole.driver_version, whole.cuda_version)
    same = """index name bus_id memory_total_mib memory_used_mib power_limit_w performance_state display_active
        compute_mode fan_speed_percent mig processes"""
    for name in same.split():
        assert getattr(one, name) == getattr(other, name), name
    # Persistence mode was switched off in between.
    assert (one.ecc.current, one.ecc.volatile.double_bit, one.persistence) == ("enabled", 0, False)
    assert one.utilization_gpu_percent == 2
    assert (seen.unparsed, conclude(seen).condition) == ({}, "ok")


def test_a_table_from_before_mig() -> None:
    seen = parse_table(OLD)
    first, second = seen.gpus
    assert (seen.driver_version, seen.cuda_version, seen.unparsed) == ("440.33.01", "10.2", {})
    assert (first.index, first.name, first.bus_id, first.persistence) == (0, "Tesla V100-SXM2...", "0000:00:1e.0", True)
    assert (first.ecc.volatile.double_bit, first.compute_mode, first.mig.current) == (2, "exclusive_process", None)
    assert (first.power_draw_w, first.power_limit_w, first.memory_total_mib) == (38, 300, 16160)
    assert first.processes == (Process(1234, "C", "/opt/my tools/train", 4325, None, None),)
    assert (second.index, second.temperature_c, second.power_draw_w, second.memory_used_mib) == (3, None, None, 9913)
    assert seen.why["gpus[1].temperature_c"] == "unknown error"
    assert [gpu.health.verdict for gpu in conclude(seen).gpus] == ["degraded", "ok"]


def test_mig_devices_and_their_processes() -> None:
    text = f"""{HEAD}{V100}
| MIG devices:                                                                |
|=============+======================================+=======================|
|  0   10   1   3  |      9MiB /  9984MiB | 16      4 |  1   0    1    0    1 |
|                  |      0MiB /  6184MiB |           |                       |
+------------------+----------------------+-----------+-----------------------+
| Processes:                                                                  |
|=============================================================================|
|    0   10    1       7    M+C   a                                       N/A |
"""
    (gpu,) = parse_table(text).gpus
    (device,) = gpu.mig.devices
    assert (device.index, device.gpu_instance_id, device.compute_instance_id) == (3, 10, 1)
    assert (device.memory_used_mib, device.memory_total_mib, device.multiprocessors) == (9, 9984, 16)
    assert (device.sram_uncorrectable, parse_table(text).unparsed) == (4, {})
    assert gpu.processes == (Process(7, "M+C", "a", None, 10, 1),)


@pytest.mark.parametrize(
    ("word", "current", "pending"),
    [("Enabled", "enabled", "enabled"), ("Enabled*", "enabled", None), ("Disabled*", "disabled", None)],
)
def test_a_mig_mode_that_another_one_follows(word: str, current: str, pending: Any) -> None:
    row = f"|                               |                      | {word:>20} |\n"
    head, dashes, _rest = V100.partition("+-")
    mig = parse_table(HEAD + head + row + dashes).gpus[0].mig
    assert (mig.current, mig.pending) == (current, pending)


def test_a_warning_below_the_table() -> None:
    seen = read_any(OLD + "WARNING: infoROM is corrupted at gpu 0000:00:1E.0\n").document
    assert seen is not None
    assert [gpu.inforom_corrupted for gpu in seen.gpus] == [True, False]
    assert conclude(seen).condition == "inforom_corrupted"


@pytest.mark.parametrize(
    ("row", "unparsed"),
    [
        ("|  what is this                                                               |\n", {"table/processes": 1}),
        ("|    7      1234      C   of no GPU                                    4325MiB |\n", {"table/processes": 1}),
        ("|  No running processes found                                                 |\n", {}),
        ("|" + " " * 1000 + "x|\n", {"table/processes": 1}),
    ],
)
def test_rows_that_are_not_known_are_counted(row: str, unparsed: dict[str, int]) -> None:
    assert parse_table(OLD.rpartition("+-")[0] + row).unparsed == unparsed


def test_a_row_too_many_is_counted() -> None:
    rows = V100.partition("+-")[0]
    assert parse_table(HEAD + rows + "| x | y | z |\n").unparsed == {"table/gpu": 1}
    assert parse_table(HEAD + rows + "| | | |\n| | | |\n").unparsed == {"table/gpu": 1}


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        (HEAD, "whole text", "no GPU in it"),
        (HEAD + V100[:80], "line 7", "expected the two rows of a GPU"),
        (HEAD + "| x |\n" + V100, "line 7", "expected the two rows of a GPU"),
        (HEAD + "|   0  " + "x " * 500 + "|\n" + V100, "line 7", "expected the two rows of a GPU"),
    ],
)
def test_a_table_that_breaks_off_is_refused_with_its_line(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_any(text)
    assert (caught.value.where, caught.value.why[: len(why)]) == (where, why)


def test_long_rows_take_no_long_time() -> None:
    begin = time.perf_counter()
    for row in ("0 x" + " " * 100_000, "|" * 100_000, "0 x |" + " 1/ 2 |" * 20_000):
        with pytest.raises(ParseError):
            parse_table(HEAD + "|" + row + "|\n|" + row + "|\n")
    assert time.perf_counter() - begin < 2
