# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of every era, by what is in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_types import SmiDocument, SmiGpu
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import capture, document, gpu


def only(text: str) -> tuple[SmiGpu, SmiDocument]:
    found = parse_xml(text)
    assert len(found.gpus) == 1
    return found.gpus[0], found


def test_real_h100() -> None:
    """Expectations read off the capture by eye."""
    seen, whole = only(capture())
    assert (whole.driver_version, whole.cuda_version, whole.dtd, whole.attached_gpus) == (
        "580.159.04",
        "13.0",
        "v13",
        1,
    )
    assert (seen.index, seen.minor, seen.bus_id) == (0, 0, "0000:00:06.0")
    assert seen.uuid == "GPU-00000000-1111-2222-3333-444444444444"
    assert seen.serial == "1650000000001"
    assert (seen.name, seen.brand, seen.architecture) == ("NVIDIA H100 80GB HBM3", "NVIDIA", "hopper")
    assert (seen.memory_total_mib, seen.memory_used_mib) == (81559, 0)
    assert (seen.power_draw_w, seen.power_limit_w, seen.temperature_c) == (125.22, 700, 37)
    assert seen.persistence is True
    assert seen.display_active is False
    assert seen.gsp_firmware_version == "580.159.04"
    assert seen.recovery_action == "none"
    assert (seen.mig.current, seen.mig.pending, seen.mig.devices) == ("disabled", "disabled", ())
    assert seen.ecc.current == "enabled"
    assert (seen.ecc.aggregate.dram_correctable, seen.ecc.aggregate.dram_uncorrectable) == (910984, 1)
    assert seen.ecc.volatile.sram_uncorrectable == 0
    assert seen.remapped_rows is not None
    assert (seen.remapped_rows.correctable, seen.remapped_rows.uncorrectable) == (0, 1)
    assert (seen.remapped_rows.pending, seen.remapped_rows.failure) == (False, False)
    assert seen.fabric.state is None
    assert whole.why["gpus[0].fabric.state"] == "not available"
    assert seen.clocks_event_reasons == ("gpu_idle",)
    assert seen.lost is False
    assert "gpus[0].power_draw_w" not in whole.why


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("<persistence_mode>Enabled</persistence_mode>", "persistence", True),
        ("<persistence_mode>Disabled</persistence_mode>", "persistence", False),
        ("<power_readings><power_draw>17.97 W</power_draw></power_readings>", "power_draw_w", 17.97),
        ("<power_readings><power_limit>125.00 W</power_limit></power_readings>", "power_limit_w", 125),
        ("<gpu_power_readings><power_draw>67.03 W</power_draw></gpu_power_readings>", "power_draw_w", 67.03),
        (
            "<gpu_power_readings><average_power_draw>N/A</average_power_draw>"
            "<instant_power_draw>33.51 W</instant_power_draw></gpu_power_readings>",
            "power_draw_w",
            33.51,
        ),
        ("<module_power_readings><power_draw>9 W</power_draw></module_power_readings>", "power_draw_w", None),
        ("<product_architecture>Ada Lovelace</product_architecture>", "architecture", "ada"),
        ("<gpu_recovery_action>Drain and Reset</gpu_recovery_action>", "recovery_action", "drain_and_reset"),
        (
            "<gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>",
            "reset_required",
            True,
        ),
        (
            "<clocks_throttle_reasons><clocks_throttle_reason_sw_power_cap>Active</clocks_throttle_reason_sw_power_cap>"
            "<clocks_throttle_reason_unknown>Not Active</clocks_throttle_reason_unknown></clocks_throttle_reasons>",
            "clocks_event_reasons",
            ("sw_power_cap",),
        ),
        ("<remapped_rows>N/A</remapped_rows>", "remapped_rows", None),
        ("<retired_pages>N/A</retired_pages>", "retired_pages", None),
        ("<pci><pci_device_id>1EB810DE</pci_device_id></pci>", "pci_device_id", "1eb810de"),
        ("<minor_number>0x2</minor_number>", "minor", 2),
    ],
)
def test_each_era_has_its_element(body: str, name: str, value: Any) -> None:
    seen, _whole = only(document(gpu(body)))
    assert getattr(seen, name) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("N/A", "not available"),
        ("[Not Supported]", "not supported"),
        ("Requested functionality has been deprecated", "deprecated"),
        ("Insufficient Permissions", "insufficient permissions"),
        ("Unknown Error", "unknown error"),
        ("GPU is lost", "GPU is lost"),
        ("", "empty"),
        ("lots", "unexpected value 'lots'"),
        ("5 GiB", "unexpected value '5 GiB'"),
    ],
)
def test_no_value_has_a_reason(text: str, why: str) -> None:
    seen, whole = only(document(gpu(f"<fb_memory_usage><total>{text}</total></fb_memory_usage>")))
    assert seen.memory_total_mib is None
    assert whole.why["gpus[0].memory_total_mib"] == why


def test_an_absent_element_is_silent() -> None:
    seen, whole = only(document(gpu("")))
    assert seen.gsp_firmware_version is None
    assert whole.why == {}
    assert seen.bus_id == "0000:1b:00.0"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("00000000:1B:00.0", "0000:1b:00.0"),
        ("0000:0B:00.0", "0000:0b:00.0"),
        ("00010000:01:00.0", "10000:01:00.0"),
        ("somewhere", None),
    ],
)
def test_bus_ids_have_one_form(text: str, address: Any) -> None:
    seen, whole = only(document(gpu("", bus_id=text)))
    assert seen.bus_id == address
    assert ("gpus[0].bus_id" in whole.why) is (address is None)


def test_mig_devices() -> None:
    device = (
        "<mig_device><index>1</index><gpu_instance_id>3</gpu_instance_id><compute_instance_id>0</compute_instance_id>"
        "<fb_memory_usage><total>19968 MiB</total><used>12 MiB</used></fb_memory_usage></mig_device>"
    )
    seen, _whole = only(
        document(
            gpu(
                "<uuid>GPU-1</uuid><mig_mode><current_mig>Enabled</current_mig><pending_mig>N/A</pending_mig></mig_mode>"
                f"<mig_devices>{device}</mig_devices>"
            )
        )
    )
    assert seen.mig.current == "enabled"
    assert seen.mig.pending is None
    assert len(seen.mig.devices) == 1
    found = seen.mig.devices[0]
    assert (found.index, found.gpu_instance_id, found.compute_instance_id) == (1, 3, 0)
    assert (found.memory_total_mib, found.memory_used_mib, found.parent) == (19968, 12, "GPU-1")


def test_error_counts_of_both_layouts() -> None:
    old = (
        "<ecc_errors><volatile><single_bit><total>3</total></single_bit>"
        "<double_bit><total>1</total></double_bit></volatile></ecc_errors>"
    )
    new = (
        "<ecc_errors><volatile><sram_uncorrectable_parity>1</sram_uncorrectable_parity>"
        "<sram_uncorrectable_secded>2</sram_uncorrectable_secded></volatile></ecc_errors>"
    )
    first, _whole = only(document(gpu(old)))
    assert (first.ecc.volatile.single_bit, first.ecc.volatile.double_bit) == (3, 1)
    assert first.ecc.volatile.sram_uncorrectable is None
    second, _whole = only(document(gpu(new)))
    assert second.ecc.volatile.sram_uncorrectable == 3
    turing, _whole = only(
        document(gpu("<ecc_errors><volatile><sram_uncorrectable>7</sram_uncorrectable></volatile></ecc_errors>"))
    )
    assert turing.ecc.volatile.sram_uncorrectable == 7


def test_processes_of_both_eras() -> None:
    info = "<process_info><pid>42</pid><process_name>a,b</process_name><used_memory>98 MiB</used_memory></process_info>"
    for tag in ("processes", "compute_processes"):
        seen, _whole = only(document(gpu(f"<{tag}>{info}</{tag}>")))
        assert [(p.pid, p.name, p.memory_used_mib, p.type) for p in seen.processes] == [(42, "a,b", 98, None)]


def test_fabric() -> None:
    seen, _whole = only(
        document(
            gpu(
                "<fabric><state>Completed</state><status>Success</status><cliqueId>0</cliqueId>"
                "<clusterUuid>00000000-0000-0000-0000-000000000000</clusterUuid>"
                "<health><summary>Unhealthy</summary><bandwidth>N/A</bandwidth></health></fabric>"
            )
        )
    )
    assert (seen.fabric.state, seen.fabric.status, seen.fabric.clique_id) == ("completed", "success", 0)
    assert seen.fabric.health == {"summary": "unhealthy"}


def test_retired_pages() -> None:
    seen, _whole = only(
        document(
            gpu(
                "<retired_pages><multiple_single_bit_retirement><retired_count>2</retired_count></multiple_single_bit_retirement>"
                "<double_bit_retirement><retired_count>0</retired_count></double_bit_retirement>"
                "<pending_retirement>Yes</pending_retirement></retired_pages>"
            )
        )
    )
    assert seen.retired_pages is not None
    assert (seen.retired_pages.single_bit, seen.retired_pages.double_bit, seen.retired_pages.pending) == (2, 0, True)


def test_a_lost_gpu_among_others() -> None:
    whole = parse_xml(
        document(
            gpu("<uuid>GPU-1</uuid>"),
            gpu("<uuid>GPU-2</uuid><temperature><gpu_temp>GPU is lost</gpu_temp></temperature>", "00000000:2B:00.0"),
        )
    )
    assert [g.lost for g in whole.gpus] == [False, True]
    assert [g.index for g in whole.gpus] == [0, 1]
    assert whole.gpus[1].uuid == "GPU-2"
    assert whole.why == {"gpus[1].temperature_c": "GPU is lost"}


def test_an_unknown_document_type_and_a_remark_behind_the_version() -> None:
    whole = parse_xml(
        document(
            driver="610.57.04 [Deprecated; use KMD Version instead]",
            dtd="v99",
            head="<cuda_version>13.3</cuda_version>",
        )
    )
    assert (whole.driver_version, whole.dtd, whole.gpus) == ("610.57.04", "v99", ())
    assert parse_xml("<nvidia_smi_log><kmd_version>700.1</kmd_version></nvidia_smi_log>").driver_version == "700.1"


def test_lines_around_the_document_are_kept() -> None:
    whole = parse_xml("\nWarning: hello\n" + capture() + "WARNING: infoROM is corrupted at gpu 0000:0B:00.0\n")
    assert whole.remarks == ("Warning: hello", "WARNING: infoROM is corrupted at gpu 0000:0B:00.0")
    assert len(whole.gpus) == 1


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("", "line 1", "no XML document, but ''"),
        ("No devices were found\n", "line 1", "no XML document, but 'No devices were found'"),
        ("<?xml version='1.0'?>\n<nvidia_smi_log>\n<gpu>", "line 3", "ends before </nvidia_smi_log>"),
        ("hm\n<nvidia_smi_log>\n<gpu>\n</nvidia_smi_log>", "line 4 column 3", "mismatched tag"),
        ('<nvidia_smi_log a=\\"1\\"></nvidia_smi_log>', "line 1 column 19", "not well-formed (invalid token)"),
        (
            '<!DOCTYPE nvidia_smi_log [<!ENTITY a "b">]><nvidia_smi_log>&a;</nvidia_smi_log>',
            "document type",
            "declares entities, which nvidia-smi does not",
        ),
        ("<?xml version='1.0'?><other><nvidia_smi_log></nvidia_smi_log>", "line 1 column 62", "no element found"),
        ("<!--x--><a><nvidia_smi_log/></a></nvidia_smi_log>", "line 1 column 34", "not well-formed (invalid token)"),
    ],
)
def test_what_is_no_document_is_refused_with_line_and_cause(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_xml(text)
    assert (caught.value.where, caught.value.why) == (where, why)


def test_a_control_character_in_a_process_name_does_not_hide_the_gpu() -> None:
    seen, _whole = only(
        document(gpu("<processes><process_info><process_name>a\x02b</process_name></process_info></processes>"))
    )
    assert seen.processes[0].name == "a\ufffdb"


def test_errors_behind_the_supported_clocks_have_their_line() -> None:
    clocks = "<supported_clocks>\n<value>1 MHz</value>\n</supported_clocks>\n"
    with pytest.raises(ParseError) as caught:
        parse_xml("<nvidia_smi_log>\n<gpu>\n" + clocks + "</gpx>\n</nvidia_smi_log>")
    assert caught.value.where == "line 6 column 3"
    both = document(gpu(clocks), gpu(clocks))
    assert len(parse_xml(both).gpus) == 2
    with pytest.raises(ParseError):
        parse_xml(both.replace("</supported_clocks>", "", 1))


def test_time_is_linear_in_gpus() -> None:
    """A thousand GPUs with processes parse; the limit is generous, quadratic time would miss it by far."""
    body = "<uuid>GPU-1</uuid>" + "<processes>" + "<process_info><pid>1</pid></process_info>" * 5 + "</processes>"
    assert len(parse_xml(document(*[gpu(body)] * 1000)).gpus) == 1000
