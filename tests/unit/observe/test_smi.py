# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of nvidia-smi, and what they come to."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask, without_call
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..parse.documents import capture, document, gpu
from .fakes import FakeRunner, out

QUERY = (
    "nvidia-smi --query-gpu=uuid,compute_cap,gsp.mode.current,inforom.checksum_validation --format=csv,noheader,nounits"
)
UUID = "GPU-00000000-1111-2222-3333-444444444444"
MIG = document(
    gpu(
        "<uuid>GPU-1</uuid><mig_mode><current_mig>Enabled</current_mig></mig_mode>"
        "<mig_devices><mig_device><index>0</index></mig_device><mig_device><index>1</index></mig_device></mig_devices>"
    )
)


def test_a_healthy_gpu_takes_two_calls() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(f"{UUID}, 9.0, Enabled, valid\n")})
    seen = ask(runner)
    assert runner.calls == ["nvidia-smi -q -x", QUERY]
    assert (seen.condition, seen.message, seen.remedy) == ("ok", "", "")
    assert (seen.driver_version, seen.attached_gpus) == ("580.159.04", 1)
    one = seen.gpus[0]
    assert (one.compute_cap, one.gsp_mode, one.inforom_checksum) == ("9.0", "enabled", "valid")
    assert (one.health.verdict, one.health.reasons) == ("ok", ())


def test_mig_devices_get_their_names_by_a_third_call() -> None:
    listed = "GPU 0: x (UUID: GPU-1)\n  MIG 1g.10gb     Device  1: (UUID: MIG-b)\n"
    runner = FakeRunner(
        {"nvidia-smi -q -x": out(MIG), "nvidia-smi -L": out(listed), QUERY: out("GPU-1, 9.0, [N/A], invalid\n")}
    )
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert [(d.index, d.uuid, d.profile) for d in seen.gpus[0].mig.devices] == [
        (0, None, None),
        (1, "MIG-b", "1g.10gb"),
    ]
    assert (seen.gpus[0].gsp_mode, seen.gpus[0].health.verdict) == (None, "degraded")


def test_a_field_that_is_not_known_is_left_out_while_calls_are_left() -> None:
    runner = FakeRunner(
        {
            "nvidia-smi -q -x": out(capture()),
            QUERY: out('Field "gsp.mode.current" is not a valid field to query.\n\n', 2),
            "nvidia-smi --query-gpu=uuid,compute_cap,inforom": out(f"{UUID}, 9.0, valid\n"),
        }
    )
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert (seen.condition, seen.gpus[0].compute_cap, seen.gpus[0].gsp_mode) == ("ok", "9.0", None)


def test_never_more_than_three_calls() -> None:
    unknown = out('Field "compute_cap" is not a valid field to query.\n', 2)
    runner = FakeRunner(
        {"nvidia-smi -q -x": out(MIG), "nvidia-smi -L": out("  MIG x  Device 0: (UUID: a)"), "nvidia-smi": unknown}
    )
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert seen.gpus[0].compute_cap is None


@pytest.mark.parametrize(
    ("driver", "fields"),
    [
        ("535.54.03", "uuid,compute_cap"),
        ("470.82.01", None),
        ("", None),
    ],
)
def test_old_drivers_are_asked_for_what_they_know(driver: str, fields: str | None) -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(document(gpu("<uuid>GPU-1</uuid>"), driver=driver))})
    ask(runner)
    wanted = ["nvidia-smi -q -x"]
    if fields:
        wanted.append(f"nvidia-smi --query-gpu={fields} --format=csv,noheader,nounits")
    assert runner.calls == wanted


@pytest.mark.parametrize(
    ("result", "condition"),
    [
        (
            Result(9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", ""),
            "driver_not_loaded",
        ),
        (
            Result(18, "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.178", ""),
            "version_mismatch",
        ),
        (Result(6, "No devices were found\n", ""), "no_devices"),
        (Result(127, "", "nvidia-smi: No such file or directory"), "not_installed"),
        (Result(-9, "", "", timed_out=True), "timed_out"),
        (Result(0, "what?", ""), "unreadable"),
        (Result(255, capture()[:900], ""), "failed"),
        (Result(0, capture()[:900], ""), "unreadable"),
    ],
)
def test_without_a_document_one_call_tells_the_condition(result: Result, condition: str) -> None:
    runner = FakeRunner({"nvidia-smi": result})
    seen = ask(runner)
    assert seen.condition == condition
    assert seen.message
    assert seen.remedy
    assert (seen.gpus, seen.driver_version) == ((), None)
    assert len(runner.calls) == 1


def test_a_corrupted_inforom_keeps_the_data() -> None:
    text = capture() + "WARNING: infoROM is corrupted at gpu 0000:00:06.0\n"
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text, 14), QUERY: out(f"{UUID}, 9.0, Enabled, invalid\n")}))
    assert seen.condition == "inforom_corrupted"
    assert seen.message == "WARNING: infoROM is corrupted at gpu 0000:00:06.0"
    assert (len(seen.gpus), seen.gpus[0].health.verdict) == (1, "degraded")


def test_a_lost_gpu_is_named() -> None:
    text = document(gpu("<uuid>GPU-1</uuid><temperature><gpu_temp>GPU is lost</gpu_temp></temperature>"))
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text), QUERY: out("nonsense\n")}))
    assert (seen.condition, seen.message) == ("gpu_lost", "GPU is lost: 0000:1b:00.0")
    assert seen.gpus[0].health.verdict == "reboot_needed"


def test_a_document_without_gpus() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(document())})
    assert ask(runner).condition == "no_devices"
    assert len(runner.calls) == 1


def test_what_needs_no_call() -> None:
    seen = without_call("not_installed", "no binary")
    assert (seen.condition, seen.message, bool(seen.remedy)) == ("not_installed", "no binary", True)
