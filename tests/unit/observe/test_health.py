# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts, rule by rule."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import RULES, judge
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from ..parse.documents import capture, document, gpu

CASES = [
    (
        "<remapped_rows><remapped_row_failure>Yes</remapped_row_failure></remapped_rows>",
        "replace",
        "row remapping failed",
    ),
    (
        "<ecc_errors><unrepairable_memory>Yes</unrepairable_memory></ecc_errors>",
        "replace",
        "memory that cannot be repaired",
    ),
    (
        "<ecc_errors><aggregate><sram_threshold_exceeded>Yes</sram_threshold_exceeded></aggregate></ecc_errors>",
        "replace",
        "SRAM errors above the threshold",
    ),
    ("<temperature><gpu_temp>GPU is lost</gpu_temp></temperature>", "reboot_needed", "the GPU is lost"),
    ("<gpu_recovery_action>Reboot</gpu_recovery_action>", "reboot_needed", "the driver asks for a reboot"),
    ("<gpu_recovery_action>Reset</gpu_recovery_action>", "reset_needed", "the driver asks for a reset"),
    (
        "<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>",
        "reset_needed",
        "the driver asks for a reset",
    ),
    (
        "<remapped_rows><remapped_row_pending>Yes</remapped_row_pending></remapped_rows>",
        "reset_needed",
        "rows wait to be remapped",
    ),
    (
        "<retired_pages><pending_blacklist>Yes</pending_blacklist></retired_pages>",
        "reset_needed",
        "pages wait to be retired",
    ),
    (
        "<ecc_errors><volatile><dram_uncorrectable>1</dram_uncorrectable></volatile></ecc_errors>",
        "degraded",
        "uncorrectable memory errors since the driver was loaded",
    ),
    (
        "<gpu_recovery_action>Drain P2P</gpu_recovery_action>",
        "degraded",
        "the driver asks for a drain of peer traffic",
    ),
    ("<fabric><state>In Progress</state></fabric>", "degraded", "not registered with the fabric"),
    (
        "<fabric><state>Completed</state><status>Failure</status></fabric>",
        "degraded",
        "registering with the fabric failed",
    ),
    ("<fabric><health><summary>Unhealthy</summary></health></fabric>", "degraded", "the fabric is unhealthy"),
]


@pytest.mark.parametrize(("body", "verdict", "reason"), CASES)
def test_each_rule(body: str, verdict: str, reason: str) -> None:
    found = judge(parse_xml(document(gpu("<uuid>GPU-1</uuid>" + body))).gpus[0])
    assert (found.verdict, found.reasons) == (verdict, (reason,))


def test_every_rule_has_a_case() -> None:
    tested = {reason for _body, _verdict, reason in CASES} | {"the infoROM's checksum is wrong"}
    assert tested == {why for _verdict, why, _holds in RULES}


def test_the_worst_verdict_counts_and_every_reason_is_told() -> None:
    body = CASES[0][0] + CASES[3][0]
    found = judge(parse_xml(document(gpu(body))).gpus[0])
    assert (found.verdict, found.reasons) == ("replace", ("row remapping failed", "the GPU is lost"))


def test_the_real_h100_is_well_although_it_once_remapped_a_row() -> None:
    found = judge(parse_xml(capture()).gpus[0])
    assert (found.verdict, found.reasons) == ("ok", ())


def test_a_gpu_that_tells_nothing_is_unknown() -> None:
    assert judge(parse_xml(document(gpu(""))).gpus[0]).verdict == "unknown"
