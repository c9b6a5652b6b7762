# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi nvlink -s`, alone and as one of the texts that the filter reads."""

from __future__ import annotations

import re

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_nvlink import parse_nvlink
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import NvLink

from .documents import FIXTURES

GPU = "GPU 6: NVIDIA A100-SXM4-80GB (UUID: GPU-1)\n"
MESSAGES = [
    "NVML: Unable to retrieve NVLink information as all links are inactive",
    "NVML: Unable to retrieve Nvlink information as all links are inActive",
    "Nvlink queries are not supported for Devices in MIG mode",
    "Device does not have or support Nvlink",
]


def captured() -> str:
    runs = (FIXTURES / "captures" / "h200x2-580.159.04" / "runs.txt").read_text()
    [text] = re.findall(r"^\$ nvidia-smi nvlink -s\n(.*?)^rc 0$", runs, re.MULTILINE | re.DOTALL)
    return str(text)


def test_two_h200() -> None:
    first, second = parse_nvlink(captured())
    assert (first.index, first.name, first.uuid) == (0, "NVIDIA H200", "GPU-00000000-9999-aaaa-bbbb-cccccccccccc")
    assert (second.index, second.uuid) == (1, "GPU-00000000-dddd-eeee-ffff-000000000000")
    for gpu in (first, second):
        assert gpu.links == tuple(NvLink(index, active=True, speed_gb_s=26.562) for index in range(18))
        assert gpu.why == {}


def test_each_state_of_a_link() -> None:
    text = GPU + "         Link 0: 25 GB/s\n\t Link 1: <inactive>\n\t Link 2: <Inactive>\r\n\t Link 11: asleep\n"
    [gpu] = parse_nvlink(text)
    assert gpu.links == (
        NvLink(0, active=True, speed_gb_s=25),
        NvLink(1, active=False, speed_gb_s=None),
        NvLink(2, active=False, speed_gb_s=None),
        NvLink(11, active=None, speed_gb_s=None),
    )
    assert gpu.why == {"nvlinks[3].active": "unexpected value 'asleep'"}


@pytest.mark.parametrize("message", [*MESSAGES, ""])
def test_no_links_for_a_reason(message: str) -> None:
    other = "GPU 7: x (UUID: GPU-2)\n\t Link 0: 25 GB/s\n"
    gpu, second = parse_nvlink(GPU + message + "\n" + other)
    assert (gpu.index, gpu.links, gpu.why) == (6, None, {"nvlinks": message or "no answer"})
    assert second.links == (NvLink(0, active=True, speed_gb_s=25),)


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("", "whole text", "no line names a GPU: ''"),
        ("Invalid combination of input arguments.\n", "whole text", "no line names a GPU"),
        ("\t Link 0: 25 GB/s\n" + GPU, "line 1", "a link before any GPU"),
    ],
)
def test_what_is_refused(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_nvlink(text)
    assert (caught.value.what, caught.value.where) == ("nvidia-smi nvlink -s", where)
    assert caught.value.why.startswith(why)


@pytest.mark.parametrize("prompt", ["", "$ nvidia-smi nvlink -s\n"])
def test_as_one_of_the_texts(prompt: str) -> None:
    document = read_any(prompt + captured()).document
    assert document is not None
    assert [(gpu.index, gpu.uuid, len(gpu.nvlinks or ())) for gpu in document.gpus] == [
        (0, "GPU-00000000-9999-aaaa-bbbb-cccccccccccc", 18),
        (1, "GPU-00000000-dddd-eeee-ffff-000000000000", 18),
    ]
    assert (document.gpus[0].name, document.why, document.remarks) == ("NVIDIA H200", {}, ())
    assert conclude(document).condition == "ok"


@pytest.mark.parametrize(
    ("message", "condition"), [*zip(MESSAGES, ["nvlink_inactive", "nvlink_inactive", "not_supported", "ok"])]
)
def test_messages_as_one_of_the_texts(message: str, condition: str) -> None:
    document = read_any(GPU + message + "\n").document
    assert document is not None
    assert [(gpu.index, gpu.uuid, gpu.nvlinks) for gpu in document.gpus] == [(6, "GPU-1", None)]
    assert document.why == {"gpus[0].nvlinks": message}
    assert conclude(document).condition == condition


def test_a_message_alone_stays_a_condition() -> None:
    assert read_any(MESSAGES[0]).condition.condition == "nvlink_inactive"


@pytest.mark.parametrize("line", ["Link 0: Replay Errors: 0", "Link 0, P2P is supported: true", "Link 0: 0000:05:00.0"])
def test_other_options_are_not_read(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_any(f"{GPU}\t {line}\n")
    assert caught.value.why.startswith("is nvidia-smi nvlink with another option than -s, which is not read here")
