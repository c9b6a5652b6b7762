# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document as a whole: what is around it, what is none, and what is not known."""

from __future__ import annotations

import re

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_fields as fields
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from .documents import capture, document, gpu
from .test_nvidia_smi_xml import only


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


def test_a_document_type_in_the_document_itself() -> None:
    """As with --dtd."""
    inline = "<!DOCTYPE nvidia_smi_log [\n<!ELEMENT nvidia_smi_log (gpu*)>\n<!ATTLIST gpu id CDATA #REQUIRED>\n]>"
    seen = parse_xml(re.sub("<!DOCTYPE[^>]*>", inline, capture()))
    assert (seen.dtd, seen.gpus) == (None, parse_xml(capture()).gpus)


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


def test_what_is_not_known_is_counted_at_its_topmost_element() -> None:
    body = (
        "<uuid>GPU-1<a/></uuid><news><a><b/></a></news><pci><lane>1</lane></pci>"
        "<clocks_event_reasons><x><y/></x><z>Active</z></clocks_event_reasons>"
        "<processes><process_info><pid>1</pid><mood/></process_info><other/></processes>"
        "<mig_devices><mig_device><index>0</index><mood/></mig_device></mig_devices>"
        "<clock_policy><anything/></clock_policy>"
    )
    whole = parse_xml(document(gpu(body), gpu("<news/>"), head="<kernel/><timestamp>now</timestamp>"))
    assert whole.unparsed == {
        "kernel": 1,
        "gpu/uuid/a": 1,
        "gpu/news": 2,
        "gpu/pci/lane": 1,
        "gpu/clocks_event_reasons/x/y": 1,
        "gpu/processes/process_info/mood": 1,
        "gpu/processes/other": 1,
        "gpu/mig_devices/mig_device/mood": 1,
    }
    assert (whole.gpus[0].uuid, whole.gpus[0].clocks_event_reasons) == (None, ("z",))


def test_nothing_of_the_real_h100_is_unknown() -> None:
    assert parse_xml(capture()).unparsed == {}


def test_nothing_is_both_read_and_ignored() -> None:
    places = [base + place for _name, base, table in fields.SECTIONS for field in table.values() for place in field[1:]]
    assert len(places) == len(set(places))
    assert not [place for place in places if any((place + "/").startswith(skip + "/") for skip in fields.IGNORED)]


def test_an_encoding_that_nobody_knows_is_an_error_with_its_line() -> None:
    with pytest.raises(ParseError) as caught:
        parse_xml('<?xml version="1.0" encoding="x-none"?>\n<nvidia_smi_log>\n</nvidia_smi_log>')
    assert caught.value.where.startswith("line 1")


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


def test_a_word_stands_for_a_whole_block() -> None:
    _seen, whole = only(document(gpu("<fabric>GPU is lost</fabric><pci>\n</pci><ecc_mode>N/A</ecc_mode>")))
    assert whole.why["gpus[0].fabric.state"] == "GPU is lost"
    assert whole.why["gpus[0].ecc.current"] == "not available"
    assert "gpus[0].pcie.replays" not in whole.why
    assert whole.gpus[0].lost is True
    seen, whole = only(document(gpu("<clocks>300 MHz</clocks>")))
    assert (seen.clock_sm_mhz, whole.why) == (None, {})


def test_a_block_of_another_kind_is_noted() -> None:
    seen, whole = only(document(gpu("<remapped_rows>soon</remapped_rows><retired_pages/>")))
    assert (seen.remapped_rows, seen.retired_pages) == (None, None)
    assert whole.why["gpus[0].remapped_rows"] == "unexpected value 'soon'"
    assert whole.why["gpus[0].retired_pages"] == "empty"
