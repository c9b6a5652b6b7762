# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts, rule by rule."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, List, Tuple

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.health_rules import RULES, VERDICTS
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from ..parse.documents import capture, document, gpu

KNOWN = "<uuid>GPU-1</uuid><fb_memory_usage><total>1 MiB</total></fb_memory_usage>"


def rows(body: str) -> str:
    return f"<remapped_rows>{body}</remapped_rows>"


def ecc(body: str) -> str:
    return f"<ecc_errors>{body}</ecc_errors>"


def fabric(body: str) -> str:
    return f"<fabric>{body}</fabric>"


def action(word: str) -> str:
    return f"<gpu_recovery_action>{word}</gpu_recovery_action>"


def health(name: str, word: str) -> str:
    return fabric(f"<health><{name}>{word}</{name}></health>")


CASES: List[Tuple[str, str, str]] = [
    (rows("<remapped_row_failure>Yes</remapped_row_failure>"), "replace", "Remapping a row failed."),
    (
        rows(
            "<remapped_row_failure>Yes</remapped_row_failure><remapped_row_unc>512</remapped_row_unc>"
            "<remapped_row_corr>3</remapped_row_corr>"
        ),
        "replace",
        "Remapping a row failed (rows remapped for uncorrectable errors: 512, for correctable errors: 3).",
    ),
    (
        ecc("<unrepairable_memory>Yes</unrepairable_memory>"),
        "replace",
        "There is memory that cannot be repaired.",
    ),
    (
        ecc(
            "<aggregate><sram_threshold_exceeded>Yes</sram_threshold_exceeded>"
            "<sram_uncorrectable_parity>5</sram_uncorrectable_parity>"
            "<sram_uncorrectable_secded>1</sram_uncorrectable_secded></aggregate>"
        ),
        "replace",
        "Uncorrectable SRAM errors are above NVIDIA's threshold (uncorrectable SRAM errors since the GPU was made: 6).",
    ),
    (
        "<temperature><gpu_temp>GPU is lost</gpu_temp></temperature>",
        "reboot_needed",
        "The GPU is lost: it does not answer on the bus any more.",
    ),
    (action("Reboot"), "reboot_needed", "The driver asks for a reboot of the node (recovery action reboot)."),
    (
        action("System Reboot"),
        "reboot_needed",
        "The driver asks for a reboot of the node (recovery action system_reboot).",
    ),
    (action("Reset"), "reset_needed", "The driver asks for a reset of the GPU (recovery action reset)."),
    (
        action("Drain and Reset"),
        "reset_needed",
        "The driver asks for a reset of the GPU (recovery action drain_and_reset).",
    ),
    (action("Drain P2P"), "degraded", "The driver asks for an action: drain_p2p."),
    (action("Recover IMEX Domain"), "degraded", "The driver asks for an action: recover_imex_domain."),
    (
        "<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>",
        "reset_needed",
        "The driver says that the GPU requires a reset.",
    ),
    (
        "<gpu_reset_status><drain_and_reset_recommended>Yes</drain_and_reset_recommended></gpu_reset_status>",
        "reset_needed",
        "The driver recommends to drain the GPU and to reset it.",
    ),
    (
        rows("<remapped_row_pending>Yes</remapped_row_pending><remapped_row_corr>1</remapped_row_corr>"),
        "reset_needed",
        "Rows wait for a reset to be remapped (for correctable errors: 1).",
    ),
    (
        "<retired_pages><double_bit_retirement><retired_count>2</retired_count></double_bit_retirement>"
        "<pending_blacklist>Yes</pending_blacklist></retired_pages>",
        "reset_needed",
        "Pages wait for a reset to be retired (pages retired for double-bit errors: 2).",
    ),
    (
        ecc("<channel_repair_pending>Yes</channel_repair_pending>"),
        "reset_needed",
        "A memory channel waits for a reset to be repaired.",
    ),
    (ecc("<tpc_repair_pending>Yes</tpc_repair_pending>"), "reset_needed", "A TPC waits for a reset to be repaired."),
    (
        ecc("<volatile><dram_uncorrectable>4</dram_uncorrectable></volatile>"),
        "degraded",
        "4 uncorrectable DRAM errors since the driver was loaded.",
    ),
    (
        ecc("<volatile><sram_uncorrectable>1</sram_uncorrectable></volatile>"),
        "degraded",
        "1 uncorrectable SRAM errors since the driver was loaded.",
    ),
    (
        ecc("<volatile><double_bit><total>2</total></double_bit></volatile>"),
        "degraded",
        "2 double-bit memory errors since the driver was loaded.",
    ),
    (
        rows(
            "<row_remapper_histogram><row_remapper_histogram_none>3 bank(s)</row_remapper_histogram_none>"
            "</row_remapper_histogram>"
        ),
        "degraded",
        "3 memory banks have no spare row left.",
    ),
    (
        "<inforom_checksum_validation>invalid</inforom_checksum_validation>",
        "degraded",
        "The checksum of the infoROM is wrong.",
    ),
    (
        fabric("<state>In Progress</state>"),
        "degraded",
        "The GPU is not registered with the NVLink fabric: its state is in_progress.",
    ),
    (
        fabric("<state>Completed</state><status>Failure</status>"),
        "degraded",
        "Registering with the NVLink fabric came to failure.",
    ),
    (health("summary", "Unhealthy"), "degraded", "The NVLink fabric is unhealthy for the GPU."),
    (health("bandwidth", "Degraded"), "degraded", "The NVLink fabric's bandwidth is degraded."),
    (health("route_unhealthy", "True"), "degraded", "A route of the NVLink fabric is unhealthy."),
    (health("access_timeout_recovery", "True"), "degraded", "The NVLink fabric recovers from an access timeout."),
    (
        health("incorrect_configuration", "Incorrect Partition"),
        "degraded",
        "The NVLink fabric is configured wrongly: incorrect_partition.",
    ),
]
CORRUPTED = "nvidia-smi warns that the infoROM is corrupted."


@pytest.mark.parametrize(("body", "verdict", "reason"), CASES)
def test_each_rule(body: str, verdict: str, reason: str) -> None:
    found = judge(parse_xml(document(gpu(KNOWN + body))).gpus[0])
    assert (found.verdict, found.reasons) == (verdict, (reason,))


def test_a_warning_beside_the_document() -> None:
    text = document(gpu(KNOWN)) + "WARNING: infoROM is corrupted at gpu 0000:1B:00.0\n"
    found = judge(parse_xml(text).gpus[0])
    assert (found.verdict, found.reasons) == ("degraded", (CORRUPTED,))


@pytest.mark.parametrize("rule", RULES, ids=[rule.sentence for rule in RULES])
def test_every_rule_has_a_case_and_a_source(rule: Any) -> None:
    beginning = rule.sentence.partition("{")[0].rstrip(".")
    said = [reason for _body, _verdict, reason in [*CASES, ("", "", CORRUPTED)]]
    assert any(beginning in reason for reason in said)
    assert rule.source.startswith("https://docs.nvidia.com/")
    assert rule.verdict in VERDICTS[:4]
    assert rule.test in ("in", "not_in", "above")
    assert rule.sentence.endswith(".")


@pytest.mark.parametrize(
    "path", sorted({path for rule in RULES for path in [rule.field, *dict(rule.numbers).values()]})
)
def test_fields_of_rules_are_fields_of_a_gpu(path: str) -> None:
    value: Any = parse_xml(
        document(
            gpu(
                rows("<row_remapper_histogram><x/></row_remapper_histogram>")
                + "<retired_pages><pending_retirement>No</pending_retirement></retired_pages>"
            )
        )
    ).gpus[0]
    for name in path.partition(":")[0].split("."):
        assert is_dataclass(value)
        assert name in {field.name for field in fields(value)}
        value = getattr(value, name)


@pytest.mark.parametrize(
    "body",
    [
        action("None"),
        fabric("<state>Completed</state><status>Success</status><clusterUuid>0-0</clusterUuid>"),
        fabric("<state>N/A</state><status>N/A</status><health><summary>N/A</summary></health>"),
        health("bandwidth", "Full"),
        health("incorrect_configuration", "None"),
        ecc("<volatile><dram_uncorrectable>0</dram_uncorrectable></volatile>"),
        ecc("<aggregate><dram_uncorrectable>9</dram_uncorrectable></aggregate>"),
        rows("<remapped_row_unc>1</remapped_row_unc><remapped_row_pending>No</remapped_row_pending>"),
    ],
)
def test_what_is_no_trouble(body: str) -> None:
    found = judge(parse_xml(document(gpu(KNOWN + body))).gpus[0])
    assert (found.verdict, found.reasons) == ("ok", ())


def test_the_worst_verdict_counts_and_every_reason_is_told() -> None:
    body = CASES[0][0] + CASES[4][0]
    found = judge(parse_xml(document(gpu(body))).gpus[0])
    assert (found.verdict, found.reasons) == ("replace", (CASES[0][2], CASES[4][2]))


def test_the_real_h100_is_well_although_it_once_remapped_a_row() -> None:
    found = judge(parse_xml(capture()).gpus[0])
    assert (found.verdict, found.reasons) == ("ok", ())


def test_a_gpu_that_tells_nothing_is_unknown() -> None:
    found = judge(parse_xml(document(gpu("<uuid>GPU-1</uuid>"))).gpus[0])
    assert (found.verdict, len(found.reasons)) == ("unknown", 1)
    assert judge(replace(parse_xml(document(gpu(""))).gpus[0], recovery_action="none")).verdict == "ok"
