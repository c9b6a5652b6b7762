# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of every era, by what is in it."""

from __future__ import annotations

from typing import Any

import pytest
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
        (
            "<power_readings><power_limit>125.00 W</power_limit>"
            "<enforced_power_limit>120.00 W</enforced_power_limit></power_readings>",
            "power_limit_w",
            120,
        ),
        (
            "<gpu_power_readings><current_power_limit>600.00 W</current_power_limit>"
            "<requested_power_limit>700.00 W</requested_power_limit></gpu_power_readings>",
            "power_limit_w",
            600,
        ),
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


def test_rows_with_a_histogram() -> None:
    names = ("max", "high", "partial", "low", "none")
    banks = "".join(
        f"<row_remapper_histogram_{name}>{count} bank(s)</row_remapper_histogram_{name}>"
        for count, name in enumerate(names)
    )
    seen, _whole = only(
        document(gpu(f"<remapped_rows><row_remapper_histogram>{banks}</row_remapper_histogram></remapped_rows>"))
    )
    assert seen.remapped_rows is not None
    assert seen.remapped_rows.histogram is not None
    assert [getattr(seen.remapped_rows.histogram, name) for name in names] == [0, 1, 2, 3, 4]
    seen, whole = only(
        document(gpu("<remapped_rows><row_remapper_histogram>N/A</row_remapper_histogram></remapped_rows>"))
    )
    assert seen.remapped_rows is not None
    assert seen.remapped_rows.histogram is None
    assert whole.why["gpus[0].remapped_rows.histogram"] == "not available"


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("<fan_speed>30 %</fan_speed>", "fan_speed_percent", 30),
        ("<c2c_mode>Enabled</c2c_mode>", "c2c_mode", "enabled"),
        ("<compute_mode>Exclusive_Process</compute_mode>", "compute_mode", "exclusive_process"),
        ("<compute_mode>!</compute_mode>", "compute_mode", None),
        ("<clocks><sm_clock>1980 MHz</sm_clock></clocks>", "clock_sm_mhz", 1980),
        ("<product_architecture>?</product_architecture>", "architecture", None),
        ("<pci><pci_device_id>nothing</pci_device_id></pci>", "pci_device_id", None),
        (
            "<clocks_event_reasons_counters><clocks_event_reasons_counters_sync_boost>7 us"
            "</clocks_event_reasons_counters_sync_boost><clocks_event_reasons_counters_x>often"
            "</clocks_event_reasons_counters_x></clocks_event_reasons_counters>",
            "clocks_event_us",
            {"sync_boost": 7},
        ),
    ],
)
def test_further_values(body: str, name: str, value: Any) -> None:
    seen, _whole = only(document(gpu(body)))
    assert getattr(seen, name) == value


def test_the_link_and_the_rack() -> None:
    seen, whole = only(
        document(
            gpu(
                "<gpu_module_id>4</gpu_module_id><pci><pci_gpu_link_info><pcie_gen><max_link_gen>5</max_link_gen></pcie_gen>"
                "<link_widths><current_link_width>8x</current_link_width><max_link_width>wide</max_link_width></link_widths>"
                "</pci_gpu_link_info></pci><ecc_errors><aggregate_uncorrectable_sram_sources><sram_l2>1</sram_l2>"
                "<sram_sm>N/A</sram_sm><sram_x>no</sram_x></aggregate_uncorrectable_sram_sources></ecc_errors>"
                "<platformInfo><peer_type>Switch Connected</peer_type><slot_number>3</slot_number></platformInfo>"
            )
        )
    )
    assert (seen.pcie.generation, seen.pcie.generation_max, seen.pcie.width, seen.pcie.width_max) == (None, 5, 8, None)
    assert whole.why["gpus[0].pcie.width_max"] == "unexpected value 'wide'"
    assert (seen.platform.module_id, seen.platform.slot, seen.platform.nvlink_peer) == (4, 3, "switch_connected")
    assert seen.ecc.sram_sources == {"l2": 1}


@pytest.mark.parametrize("text", ["\u0663 MiB", "1e400 MiB", "9" * 400 + " MiB", "nan MiB", "--1 MiB"])
def test_numbers_are_plain_ones(text: str) -> None:
    seen, whole = only(document(gpu(f"<fb_memory_usage><total>{text}</total></fb_memory_usage>")))
    assert seen.memory_total_mib is None
    assert whole.why["gpus[0].memory_total_mib"].startswith("unexpected value")
