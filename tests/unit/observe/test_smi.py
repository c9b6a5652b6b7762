# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of nvidia-smi, and what they come to."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe import smi as module
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import without_call
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask, conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_start import Begun, begin
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result, SubprocessRunner

from ..parse.documents import capture, document, gpu
from .fakes import FakeRunner, make_root, out

FIELDS = "uuid,compute_cap,gsp.mode.current,gsp.mode.default,inforom.checksum_validation"
QUERY = f"nvidia-smi --query-gpu={FIELDS} --format=csv,noheader,nounits"
UUID = "GPU-00000000-1111-2222-3333-444444444444"
HUNG = Result(-9, "", "", timed_out=True)
MIG = document(
    gpu(
        "<uuid>GPU-1</uuid><mig_mode><current_mig>Enabled</current_mig></mig_mode>"
        "<mig_devices><mig_device><index>0</index></mig_device><mig_device><index>1</index></mig_device></mig_devices>"
    )
)
NAMES = "GPU 0: x (UUID: GPU-1)\n  MIG 1g.10gb     Device  1: (UUID: MIG-b)\n"


def test_a_healthy_gpu_takes_two_calls() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(f"{UUID}, 9.0, Enabled, Enabled, valid\n")})
    seen = ask(runner)
    assert runner.calls == ["nvidia-smi -q -x", QUERY]
    assert (seen.condition, seen.message, seen.remedy) == ("ok", "", "")
    assert (seen.driver_version, seen.attached_gpus, seen.unparsed) == ("580.159.04", 1, None)
    one = seen.gpus[0]
    assert (one.compute_cap, one.gsp_mode, one.gsp_mode_default) == ("9.0", "enabled", "enabled")
    assert one.inforom_checksum == "valid"
    assert (one.health.verdict, one.health.reasons) == ("ok", ())
    assert not [path for path in seen.why if "gsp" in path or "compute" in path or "checksum" in path]


def test_mig_devices_get_their_names_by_a_third_call() -> None:
    row = out("GPU-1, 9.0, [N/A], [GPU is lost], invalid\n")
    runner = FakeRunner({"nvidia-smi -q -x": out(MIG), "nvidia-smi -L": out(NAMES), QUERY: row})
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert [(d.index, d.uuid, d.profile) for d in seen.gpus[0].mig.devices] == [
        (0, None, None),
        (1, "MIG-b", "1g.10gb"),
    ]
    assert (seen.gpus[0].gsp_mode, seen.gpus[0].health.verdict) == (None, "degraded")
    assert (seen.why["gpus[0].gsp_mode"], seen.why["gpus[0].gsp_mode_default"]) == ("not available", "GPU is lost")


def test_a_field_that_is_not_known_is_left_out_while_calls_are_left() -> None:
    runner = FakeRunner(
        {
            "nvidia-smi -q -x": out(capture()),
            QUERY: out('Field "gsp.mode.current" is not a valid field to query.\n\n', 2),
            "nvidia-smi --query-gpu=uuid,compute_cap,gsp.mode.default,inforom": out(f"{UUID}, 9.0, Enabled, valid\n"),
        }
    )
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert (seen.condition, seen.gpus[0].compute_cap, seen.gpus[0].gsp_mode) == ("ok", "9.0", None)
    assert seen.why["gpus[0].gsp_mode"] == "nvidia-smi has no field gsp.mode.current"


def test_never_more_than_three_calls() -> None:
    unknown = out('Field "compute_cap" is not a valid field to query.\n', 2)
    runner = FakeRunner(
        {"nvidia-smi -q -x": out(MIG), "nvidia-smi -L": out("  MIG x  Device 0: (UUID: a)"), "nvidia-smi": unknown}
    )
    seen = ask(runner)
    assert len(runner.calls) == 3
    assert (seen.gpus[0].compute_cap, seen.why["gpus[0].gsp_mode"]) == (None, "no answer")


@pytest.mark.parametrize("answer", ["nonsense\n", 'Field "other" is not a valid field to query.\n', ""])
def test_an_answer_that_does_not_fit(answer: str) -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(answer)})
    seen = ask(runner)
    assert (len(runner.calls), seen.condition, seen.gpus[0].compute_cap) == (2, "ok", None)
    assert seen.why["gpus[0].compute_cap"] == "no answer"


@pytest.mark.parametrize(
    ("driver", "fields"),
    [
        ("535.54.03", "uuid,compute_cap"),
        ("470.82.01", None),
        ("", None),
        ("\u0665\u0668\u0660.1", None),
    ],
)
def test_old_drivers_are_asked_for_what_they_know(driver: str, fields: str | None) -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(document(gpu("<uuid>GPU-1</uuid>"), driver=driver))})
    seen = ask(runner)
    wanted = ["nvidia-smi -q -x"]
    if fields:
        wanted.append(f"nvidia-smi --query-gpu={fields} --format=csv,noheader,nounits")
    assert runner.calls == wanted
    assert seen.why["gpus[0].gsp_mode"] == "nvidia-smi has no field gsp.mode.current"


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
        (HUNG, "timed_out"),
        (Result(-11, "", ""), "crashed"),
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
    row = out(f"{UUID}, 9.0, Enabled, Enabled, invalid\nWARNING: infoROM is corrupted at gpu 0000:00:06.0\n", 14)
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text, 14), QUERY: row}))
    assert seen.condition == "inforom_corrupted"
    assert seen.message == "WARNING: infoROM is corrupted at gpu 0000:00:06.0"
    assert (len(seen.gpus), seen.gpus[0].health.verdict) == (1, "degraded")
    assert (seen.gpus[0].inforom_corrupted, seen.gpus[0].memory_total_mib) == (True, 81559)
    assert (seen.gpus[0].compute_cap, seen.gpus[0].inforom_checksum) == ("9.0", "invalid")


def test_a_warning_names_one_of_several_gpus() -> None:
    two = document(gpu("<uuid>GPU-1</uuid>"), gpu("<uuid>GPU-2</uuid>", "00000000:2B:00.0"), driver="470.1")
    text = two + "WARNING: infoROM is corrupted at gpu 0000:2B:00.0\n"
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text, 14)}))
    assert [one.inforom_corrupted for one in seen.gpus] == [False, True]


def test_a_lost_gpu_is_named() -> None:
    text = document(gpu("<uuid>GPU-1</uuid><temperature><gpu_temp>GPU is lost</gpu_temp></temperature>"))
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text), QUERY: out("nonsense\n")}))
    assert (seen.condition, seen.message) == ("gpu_lost", "GPU is lost: 0000:1b:00.0")
    assert seen.gpus[0].health.verdict == "reboot_needed"


def test_a_gpu_that_is_lost_between_two_calls() -> None:
    lost = "Unable to determine the device handle for GPU 0000:02:00.0: GPU is lost.  Reboot the system\n"
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(lost, 15)}))
    assert (seen.condition, len(seen.gpus)) == ("gpu_lost", 1)


@pytest.mark.parametrize("hung", ["nvidia-smi -L", "nvidia-smi --query-gpu"])
def test_a_later_call_that_hangs_is_the_last(hung: str) -> None:
    answers = {"nvidia-smi -q -x": out(MIG), "nvidia-smi -L": out(NAMES), "nvidia-smi --query-gpu": out("", 1)}
    runner = FakeRunner({**answers, hung: HUNG})
    seen = ask(runner)
    assert (seen.condition, len(seen.gpus)) == ("timed_out", 1)
    assert runner.calls[-1].startswith(hung)


def test_a_document_before_a_hang_is_read_without_another_call() -> None:
    runner = FakeRunner({"nvidia-smi": Result(-9, capture(), "", timed_out=True)})
    seen = ask(runner)
    assert (seen.condition, len(seen.gpus), len(runner.calls)) == ("timed_out", 1, 1)


def test_an_nvidia_smi_that_hangs_does_not_hang_the_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child in a session of its own keeps the pipes open, as one that hangs in the kernel does."""
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\nsetsid sleep 3 &\nsleep 3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    start = time.monotonic()
    seen = ask(SubprocessRunner())
    assert (seen.condition, bool(seen.remedy)) == ("timed_out", True)
    assert time.monotonic() - start < 3


def test_what_the_document_has_is_not_asked_again() -> None:
    """A later nvidia-smi may have in its document what today only a call tells."""
    text = document(gpu("<uuid>GPU-1</uuid><compute_cap>9.9</compute_cap>"), driver="510.1")
    seen = ask(FakeRunner({"nvidia-smi -q -x": out(text), "nvidia-smi --query": out("GPU-1, 1.0\n")}))
    assert (seen.gpus[0].compute_cap, "gpus[0].compute_cap" in seen.why) == ("9.9", False)


def test_a_document_without_gpus() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(document())})
    assert ask(runner).condition == "no_devices"
    assert len(runner.calls) == 1


def test_what_is_not_parsed_is_told_when_it_is_asked_for() -> None:
    text = document(gpu("<uuid>GPU-1</uuid><news><a/></news>"), gpu("<news/>"), driver="470.1")
    runner = FakeRunner({"nvidia-smi -q -x": out(text)})
    assert ask(runner).unparsed is None
    assert ask(runner, unparsed=True).unparsed == {"gpu/news": 2}


def test_what_needs_no_call() -> None:
    seen = without_call("not_installed", "no binary")
    assert (seen.condition, seen.message, bool(seen.remedy)) == ("not_installed", "no binary", True)


def test_a_saved_document_has_a_condition_too() -> None:
    warning = "WARNING: infoROM is corrupted at gpu 0000:00:06.0\n"
    assert conclude(parse_xml(capture())).condition == "ok"
    assert conclude(parse_xml(capture() + warning)).condition == "inforom_corrupted"
    assert conclude(parse_xml(document()), unparsed=True).condition == "no_devices"


def begun(tmp_path: Path, runner: FakeRunner, version: str | None) -> Begun:
    return begin(runner, make_root(tmp_path, {"/sys/module/nvidia/version": f"{version}\n"} if version else {}))


def test_both_questions_are_on_their_way_at_once(tmp_path: Path) -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(f"{UUID}, 9.0, Enabled, Enabled, valid\n")})
    calls = begun(tmp_path, runner, "580.159.04")
    assert runner.calls == ["nvidia-smi -q -x", QUERY]
    assert ask(runner, calls) == ask(runner)
    assert len(runner.calls) == 4


def test_a_module_that_is_not_loaded_tells_no_fields(tmp_path: Path) -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(capture()), QUERY: out(f"{UUID}, 9.0, Enabled, Enabled, valid\n")})
    calls = begun(tmp_path, runner, None)
    assert runner.calls == ["nvidia-smi -q -x"]
    assert ask(runner, calls).gpus[0].compute_cap == "9.0"
    assert runner.calls == ["nvidia-smi -q -x", QUERY]


def test_a_field_that_was_not_known_is_asked_for_no_more(tmp_path: Path) -> None:
    runner = FakeRunner(
        {
            "nvidia-smi -q -x": out(capture()),
            QUERY: out('Field "gsp.mode.current" is not a valid field to query.\n\n', 2),
            "nvidia-smi --query-gpu=uuid,compute_cap,gsp.mode.default,inforom": out(f"{UUID}, 9.0, Enabled, valid\n"),
        }
    )
    seen = ask(runner, begun(tmp_path, runner, "580.159.04"))
    assert len(runner.calls) == 3
    assert (seen.condition, seen.gpus[0].compute_cap, seen.gpus[0].gsp_mode) == ("ok", "9.0", None)


@pytest.mark.parametrize("answer", [HUNG, Result(18, "Driver/library version mismatch", "")])
def test_what_was_begun_is_waited_for_where_there_is_no_document(tmp_path: Path, answer: Result) -> None:
    ended = []
    runner = FakeRunner({"nvidia-smi": answer})
    calls = begun(tmp_path, runner, "580.159.04")
    assert calls.extra

    def extra() -> Result:
        ended.append(True)
        return HUNG

    seen = ask(runner, replace(calls, extra=extra))
    assert (seen.condition in {"timed_out", "version_mismatch"}, ended) == (True, [True])
