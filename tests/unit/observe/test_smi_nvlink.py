# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVLinks as the third call: where it is made, and what it comes to."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi_nvlink import add_nvlinks
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import NvLink, SmiReport
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..parse.documents import document, gpu
from .fakes import FakeRunner, out
from .test_smi import HUNG, MIG, NAMES

LINKS = "GPU 0: x (UUID: GPU-1)\n\t Link 0: 25 GB/s\nGPU 1: x (UUID: GPU-2)\n\t Link 0: <inactive>\n\t Link 1: odd\n"
PAIR = document(gpu("<uuid>GPU-1</uuid>"), gpu("<uuid>GPU-2</uuid>", "00000000:2B:00.0"))
FABRIC = document(gpu("<uuid>GPU-1</uuid><fabric><state>In Progress</state></fabric>"))
ALONE = document(gpu("<uuid>GPU-1</uuid><fabric><state>N/A</state></fabric>"))
THIRD = "nvidia-smi nvlink -s"


def asked(text: str, links: Result, query: Result | None = None) -> tuple[SmiReport, FakeRunner]:
    runner = FakeRunner(
        {
            "nvidia-smi -q -x": out(text),
            "nvidia-smi -L": out(NAMES),
            "nvidia-smi --query-gpu": query or out("GPU-1, 9.0, Enabled, Enabled, valid\n"),
            "nvidia-smi nvlink": links,
        }
    )
    return ask(runner, further=add_nvlinks), runner


def test_several_gpus_are_asked() -> None:
    seen, runner = asked(PAIR, out(LINKS))
    assert runner.calls[2:] == [THIRD]
    assert [one.nvlinks for one in seen.gpus] == [
        (NvLink(0, active=True, speed_gb_s=25),),
        (NvLink(0, active=False, speed_gb_s=None), NvLink(1, active=None, speed_gb_s=None)),
    ]
    assert {path: why for path, why in seen.why.items() if "nvlinks" in path} == {
        "gpus[1].nvlinks[1].active": "unexpected value 'odd'"
    }


def test_one_in_a_fabric_is_asked() -> None:
    seen, runner = asked(FABRIC, out(LINKS))
    assert runner.calls[2:] == [THIRD]
    assert seen.gpus[0].nvlinks == (NvLink(0, active=True, speed_gb_s=25),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ALONE, "not asked of a single GPU outside a fabric"),
        (MIG, "not asked where there are MIG devices"),
    ],
)
def test_where_it_is_not_asked(text: str, why: str) -> None:
    seen, runner = asked(text, out(LINKS))
    assert THIRD not in runner.calls
    assert (seen.gpus[0].nvlinks, seen.why["gpus[0].nvlinks"]) == (None, why)


def test_no_fourth_call() -> None:
    seen, runner = asked(PAIR, out(LINKS), out('Field "compute_cap" is not a valid field to query.\n', 2))
    assert len(runner.calls) == 3
    assert seen.why["gpus[1].nvlinks"] == "no answer: three calls were made, or one hung"


def test_none_after_one_that_hung() -> None:
    _seen, runner = asked(PAIR, out(LINKS), HUNG)
    assert THIRD not in runner.calls


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (out("Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n\n", 1), "Invalid comb"),
        (Result(2, "", "ERROR: Option nvlink is not recognized. Please run 'nvidia-smi -h'.\n"), "ERROR: Option nvl"),
        (out("", 3), "return code 3"),
        (out(LINKS.partition("GPU 1")[0]), "no answer"),
    ],
)
def test_an_nvidia_smi_without_it_is_no_error(answer: Result, why: str) -> None:
    seen, _runner = asked(PAIR, answer)
    assert (seen.condition, seen.gpus[1].nvlinks) == ("ok", None)
    assert seen.why["gpus[1].nvlinks"].startswith(why)


def test_one_that_hangs_is_a_finding() -> None:
    seen, _runner = asked(PAIR, HUNG)
    assert (seen.condition, len(seen.gpus), seen.why["gpus[0].nvlinks"][:9]) == ("timed_out", 2, "no answer")


def test_the_look_does_not_ask() -> None:
    runner = FakeRunner({"nvidia-smi -q -x": out(PAIR)})
    seen = ask(runner)
    assert THIRD not in runner.calls
    assert seen.gpus[0].nvlinks is None
