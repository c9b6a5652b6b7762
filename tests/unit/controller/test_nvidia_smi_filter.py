# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter nvidia_smi gives what the module gives."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

from ansible.errors import AnsibleFilterError
from ansible_collections.baremetal.gpu.plugins.filter.nvidia_smi import FilterModule
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import ask
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import SmiReport
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain

from ..observe.fakes import FakeRunner, out
from ..parse.documents import capture, document, gpu, run

FILTER = FilterModule().filters()["nvidia_smi"]
ASKED = {"compute_cap", "gsp_mode", "gsp_mode_default", "inforom_checksum"}
"""What only a call tells."""


def without_asked(smi: Any) -> Any:
    smi["gpus"] = [{key: value for key, value in one.items() if key not in ASKED} for one in smi["gpus"]]
    smi["why"] = {path: why for path, why in smi["why"].items() if path.partition(".")[2] not in ASKED}
    return smi


def test_a_document_says_what_the_module_says() -> None:
    wanted = plain(ask(FakeRunner({"nvidia-smi -q -x": out(capture())}), unparsed=True))
    assert without_asked(FILTER(capture())) == without_asked({**wanted, "condition": "ok", "message": "", "remedy": ""})


@pytest.mark.parametrize("call", ["nvidia-smi", "nvidia-smi -q", "nvidia-smi -L", "nvidia-smi -i 7"])
def test_every_text_gives_the_same_keys(call: str) -> None:
    assert set(FILTER(run(call)[1])) == {field.name for field in fields(SmiReport)}


def test_a_verdict_and_what_is_not_known() -> None:
    text = document(gpu("<uuid>GPU-1</uuid><gpu_recovery_action>Reset</gpu_recovery_action><news/>"))
    seen = FILTER(text)
    assert (seen["gpus"][0]["health"]["verdict"], seen["unparsed"]) == ("reset_needed", {"gpu/news": 1})
    assert FILTER(text, unparsed=False)["unparsed"] is None


def test_a_message_is_a_condition() -> None:
    seen = FILTER("No devices were found\n")
    assert (seen["condition"], seen["message"], seen["gpus"]) == ("no_devices", "No devices were found", [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\tGPU0\tCPU Affinity\n", "is nvidia-smi topo, which is not read here"),
        (capture()[:400], "ends before </nvidia_smi_log>"),
        (b"x", "expected a text, found bytes"),
        (None, "expected a text, found NoneType"),
    ],
)
def test_what_is_no_such_text(text: Any, why: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        FILTER(text)
    assert f"baremetal.gpu.nvidia_smi: {why}" in str(caught.value) or why in str(caught.value)
