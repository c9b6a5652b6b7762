# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of nvidia-smi's texts a text is, as a support bundle has them. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Sequence, Tuple
from xml.etree.ElementTree import Element, SubElement

from .._dataclass import dataclass
from .._errors import ParseError
from .nvidia_smi_conditions import OK, Condition, recognised
from .nvidia_smi_csv import is_field, parse_csv
from .nvidia_smi_nvlink import LinkedGpu, has_states, is_link, parse_nvlink
from .nvidia_smi_q import parse_q
from .nvidia_smi_table import parse_table
from .nvidia_smi_text import is_listed, parse_list, with_names
from .nvidia_smi_types import ListedGpu, SmiDocument
from .nvidia_smi_xml import parse_xml, read_document

_WHAT = "a text of nvidia-smi"
_GIVE = (
    "give what nvidia-smi printed for -q -x, -q, -L, nvlink -s, --query-gpu=… --format=csv or without options, "
    "or its error message"
)
_OTHERS: Tuple[Tuple[str, str], ...] = (
    (r"^(?:NVRM|GCC) version:", "/proc/driver/nvidia/version"),
    (r"^(?:ResmanDebugLevel|AssignGpus|ExcludedGpus|RegistryDwords):", "/proc/driver/nvidia/params"),
    (r"^Binary: \"", "/proc/driver/nvidia/registry"),
    (r"^(?:Model:[ \t]+\S.*\nIRQ|Device Minor|GPU Excluded):", "/proc/driver/nvidia/gpus/…/information"),
    (r"^(?:filename|version|vermagic|srcversion|license):[ \t]+\S", "modinfo"),
    (r"^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] \S", "lspci"),
    (r"^crw[-rwx]{7} .*/dev/nvidia", "a listing of /dev"),
    (r"^NVIDIA-SMI version[ \t]*:", "nvidia-smi --version"),
    (r"^List of valid properties to query", "nvidia-smi --help-query-gpu"),
    (r"^\| (?:GPU|Compute) instance profiles:", "nvidia-smi mig -lgip"),
    (r"^\| (?:GPU|Compute) instances:", "nvidia-smi mig -lgi"),
    (r"^GPU +\d+ Profile ID +\d+ Placements? ?:", "nvidia-smi mig -lgipp"),
    (r"^Successfully (?:created|destroyed) (?:GPU|compute) instance", "a report of nvidia-smi mig"),
    (r"CPU Affinity|^Legend:$", "nvidia-smi topo"),
    (r"^[ \t]+Link \d+[:,]", "nvidia-smi nvlink with another option than -s"),
    (r"\bretired_pages\.address\b", "nvidia-smi --query-retired-pages"),
    (r"\bpid, process_name\b", "nvidia-smi --query-compute-apps"),
    (
        r"^(?:Persistence mode is already|(?:En|Dis)abled (?:persistence|MIG) mode for GPU)",
        "a report of nvidia-smi -pm",
    ),
)
_PATTERNS = [(re.compile(pattern, re.MULTILINE | re.IGNORECASE), what) for pattern, what in _OTHERS]
_XML = re.compile(r"<nvidia_smi_log|<!DOCTYPE nvidia_smi_log")
_Q = re.compile(r"^(?:=+NVSMI LOG=+|GPU [0-9A-F]{4,8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-7])[ \t\r]*$", re.MULTILINE | re.I)
_TABLE = re.compile(r"^[ \t]*\| NVIDIA-SMI \d", re.MULTILINE)
_UNIT = re.compile(r" \[[^\]]*\]$")


@dataclass(frozen=True)
class Reading:
    """A document, or a condition without one."""

    document: SmiDocument | None
    condition: Condition = OK


def _has_header(text: str) -> bool:
    """Whether the first line names fields of --query-gpu."""
    first = (text.strip().splitlines() or [""])[0]
    names = [_UNIT.sub("", name.strip()) for name in first.split(",")]
    return any(is_field(name) for name in names) and all(re.fullmatch(r"[\w.]+", name) for name in names)


def _named(listed: Sequence[ListedGpu | LinkedGpu]) -> Element:
    """GPUs of which little more is known than their names."""
    root = Element("nvidia_smi_log")
    for gpu in listed:
        element = SubElement(root, "gpu")
        SubElement(element, "product_name").text = gpu.name
        SubElement(element, "uuid").text = gpu.uuid
    return root


def _from_list(text: str) -> SmiDocument:
    listed = parse_list(text)
    root = _named(listed)
    for element, gpu in zip(root, listed):
        devices = SubElement(element, "mig_devices")
        for device in gpu.mig:
            SubElement(SubElement(devices, "mig_device"), "index").text = str(device.device)
    remarks = tuple(line.strip() for line in text.splitlines() if line.strip() and not is_listed(line))
    document = read_document(root, remarks=remarks)
    gpus = [replace(with_names(gpu, names), index=names.index) for gpu, names in zip(document.gpus, listed)]
    return replace(document, gpus=tuple(gpus))


def _from_nvlink(text: str) -> SmiDocument:
    linked = parse_nvlink(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    remarks = tuple(line for line in lines if not is_listed(line) and not is_link(line))
    document = read_document(_named(linked), remarks=remarks)
    gpus = [replace(gpu, index=one.index, nvlinks=one.links) for gpu, one in zip(document.gpus, linked)]
    why = {f"gpus[{place}].{path}": reason for place, one in enumerate(linked) for path, reason in one.why.items()}
    return replace(document, gpus=tuple(gpus), why={**document.why, **why})


def _without_prompt(text: str) -> str:
    """People copy the line of the command along."""
    first, _newline, rest = text.lstrip().partition("\n")
    return rest if re.match(r"(?:\S*[$#] )?nvidia-smi(?: |$)", first) else text


def read_any(text: str) -> Reading:
    """Any text of nvidia-smi; ParseError says what it is where it is another one, and where a known one breaks off."""
    text = _without_prompt(text)
    for pattern, parse in ((_XML, parse_xml), (_Q, parse_q), (_TABLE, parse_table)):
        if pattern.search(text):
            return Reading(parse(text))
    listed = any(is_listed(line) for line in text.splitlines())
    if listed and has_states(text):
        return Reading(_from_nvlink(text))
    what = next((what for pattern, what in _PATTERNS if pattern.search(text)), None)
    if what is not None:
        raise ParseError(_WHAT, "whole text", f"is {what}, which is not read here; {_GIVE}")
    if listed:
        return Reading(_from_list(text))
    if _has_header(text):
        return Reading(parse_csv(text))
    condition = recognised(text)
    if condition != OK:
        return Reading(None, condition)
    raise ParseError(_WHAT, "whole text", f"is none that is known: {text.strip()[:200]!r}; {_GIVE}")
