# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that `nvidia-smi` prints without options, by the fields of `-q -x`. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Dict, List, Mapping, Match, Pattern, Tuple
from xml.etree.ElementTree import Element, SubElement

from .._errors import ParseError
from .nvidia_smi_types import SmiDocument
from .nvidia_smi_xml import read_document

_WHAT = "the table of nvidia-smi"
_VERSIONS = {"Driver": "driver_version", "KMD": "kmd_version", "CUDA": "cuda_version", "CUDA UMD": "cuda_umd_version"}
_VERSION = re.compile(r"(Driver|KMD|CUDA UMD|CUDA) Version: +(\S+)")
_SECTION = re.compile(r"(NVIDIA-SMI|MIG devices|Processes)(?: \d|:).*")
_RULE = re.compile(r"\|=[=+]*\|")
_FIRST = re.compile(
    r"(?P<index>\d+) +(?P<name>\S.*?) +(?P<persistence>\S+) *\| *(?P<bus_id>[0-9A-Fa-f:]+\.[0-7]) +(?P<display>\S+) *"
    r"\| *(?P<ecc>\S+)"
)
_SECOND = re.compile(
    r"(?P<fan>\S+) +(?P<temperature>\S+) +(?P<state>\S+) +(?P<draw>\S+) */ *(?P<limit>\S+) *"
    r"\| *(?P<used>\S+) */ *(?P<total>\S+) *\| *(?P<load>\S+) +(?P<mode>\S.*)"
)
_THIRD = re.compile(r"\| *\| *(?P<mig>\S*)")
_MIG = re.compile(
    r"(?P<gpu>\d+) +(?P<instance>\d+) +(?P<compute>\d+) +(?P<index>\d+) *\| *(?P<used>\S+) */ *(?P<total>\S+) *"
    r"\| *(?P<sm>\S+) +(?P<errors>\S+) *\|.*"
)
_PROCESS = re.compile(
    r"(?P<gpu>\d+) +(?:(?P<instance>\d+|N/A) +(?P<compute>\d+|N/A) +)?(?P<pid>\d+) +(?P<type>[MCG+]+) "
    r"+(?P<name>\S.*?) +(?P<used>\S+)"
)
_NOTHING = re.compile(r"No (?:running|running compute) processes found|No MIG devices found|\| *\S+ */ *\S+ *\| *\|")
"""Said of nothing, or the second row of a MIG device."""
_LONGEST = 300
"""Of a row: no driver prints one of half that length, and a pattern would search a longer one for too long."""
_UNIT = re.compile(r"(\d+)(MiB|C|W|%)")
_SWITCH = {"On": "Enabled", "Off": "Disabled"}
_MODES = {"E. Process": "Exclusive_Process", "E. Thread": "Exclusive_Thread"}

Row = Match[str]


def _match(pattern: Pattern[str], row: str) -> Row | None:
    return pattern.fullmatch(row) if len(row) <= _LONGEST else None


def _put(parent: Element, path: str, text: str) -> None:
    for tag in path.split("/"):
        below = parent.find(tag)
        parent = SubElement(parent, tag) if below is None else below
    quantity = _UNIT.fullmatch(text)
    parent.text = " ".join(quantity.groups()) if quantity else text


def _gpu(root: Element, first: Row, second: Row, third: Row | None) -> Element:
    gpu, ecc = SubElement(root, "gpu"), first["ecc"]
    mig = third["mig"] if third else ""
    mode = second["mode"].strip()
    values = {
        "product_name": first["name"],
        # Windows has the driver's model there.
        "persistence_mode": _SWITCH.get(first["persistence"], "N/A"),
        "pci/pci_bus_id": first["bus_id"],
        "display_active": _SWITCH.get(first["display"], first["display"]),
        "ecc_mode/current_ecc": "Enabled" if ecc.isdigit() else _SWITCH.get(ecc, ecc),
        # A number is the sum over all kinds of memory, as it was before they were told apart.
        "ecc_errors/volatile/double_bit/total": ecc if ecc.isdigit() else "",
        "fan_speed": second["fan"],
        "temperature/gpu_temp": second["temperature"],
        "performance_state": second["state"],
        "gpu_power_readings/power_draw": second["draw"],
        "gpu_power_readings/current_power_limit": second["limit"],
        "fb_memory_usage/used": second["used"],
        "fb_memory_usage/total": second["total"],
        "utilization/gpu_util": second["load"],
        "compute_mode": _MODES.get(mode, mode),
        # A star stands for a mode that comes with the next reset: which one, the table does not say.
        "mig_mode/current_mig": mig.rstrip("*"),
        "mig_mode/pending_mig": "" if mig.endswith("*") else mig,
    }
    for path, text in values.items():
        if text:
            _put(gpu, path, text)
    return gpu


def _entry(gpu: Element, block: str, tag: str, values: Mapping[str, str | None]) -> None:
    blocks = gpu.find(block)
    entry = SubElement(SubElement(gpu, block) if blocks is None else blocks, tag)
    for path, text in values.items():
        _put(entry, path, text or "N/A")


def _mig_device(gpu: Element, row: Row) -> None:
    values = {
        "index": row["index"],
        "gpu_instance_id": row["instance"],
        "compute_instance_id": row["compute"],
        "fb_memory_usage/used": row["used"],
        "fb_memory_usage/total": row["total"],
        "device_attributes/shared/multiprocessor_count": row["sm"],
        "ecc_error_count/volatile_count/sram_uncorrectable": row["errors"],
    }
    _entry(gpu, "mig_devices", "mig_device", values)


def _process(gpu: Element, row: Row) -> None:
    values = {
        "gpu_instance_id": row["instance"],
        "compute_instance_id": row["compute"],
        "pid": row["pid"],
        "type": row["type"],
        "process_name": row["name"],
        "used_memory": row["used"],
    }
    _entry(gpu, "processes", "process_info", values)


_BELOW = {"MIG devices": (_MIG, _mig_device), "Processes": (_PROCESS, _process)}


class _Table:
    """Line by line: GPUs of two or three rows each, then what belongs to them."""

    def __init__(self) -> None:
        self.root = Element("nvidia_smi_log")
        self.gpus: Dict[str, Element] = {}
        self.unknown: Dict[str, int] = {}
        self._rows: List[Tuple[int, str]] = []
        self._section = ""
        self._heading = True

    def line(self, number: int, bare: str) -> None:
        row = (bare[1:-1] if bare.endswith("|") else bare[1:]).strip()
        section = _SECTION.fullmatch(row)
        if section:
            self._section, self._heading = section.group(1), True
            for name, version in _VERSION.findall(row):
                _put(self.root, _VERSIONS[name], version)
        elif _RULE.fullmatch(bare):
            self._heading = False
        elif not self._heading and self._section in _BELOW:
            self._below(row)
        elif not self._heading:
            self._rows.append((number, row))

    def _below(self, row: str) -> None:
        pattern, add = _BELOW[self._section]
        match = _match(pattern, row)
        if match and match["gpu"] in self.gpus:
            add(self.gpus[match["gpu"]], match)
        elif not _match(_NOTHING, row):
            self._not_known(self._section.lower())

    def _not_known(self, what: str) -> None:
        self.unknown["table/" + what] = self.unknown.get("table/" + what, 0) + 1

    def flush(self) -> None:
        """The rows of one GPU, which a line of dashes ends."""
        rows, self._rows = self._rows, []
        if not rows:
            return
        number = rows[0][0]
        first = _match(_FIRST, rows[0][1])
        second = _match(_SECOND, rows[1][1]) if len(rows) > 1 else None
        if first is None or second is None:
            why = f"expected the two rows of a GPU, found {' / '.join(row for _number, row in rows)[:200]!r}"
            raise ParseError(_WHAT, f"line {number}", why)
        third = _match(_THIRD, rows[2][1]) if len(rows) > 2 else None
        if len(rows) > 3 or (len(rows) > 2 and third is None):
            self._not_known("gpu")
        self.gpus[first["index"]] = _gpu(self.root, first, second, third)


def parse_table(text: str) -> SmiDocument:
    """Names as they stand there, which is shortened with dots; rows that are not known are listed as not parsed."""
    table = _Table()
    remarks = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith(("+", "|-")):
            table.flush()
        elif bare.startswith("|"):
            table.line(number, bare)
        elif bare:
            remarks.append(bare)
    table.flush()
    if not table.gpus:
        raise ParseError(_WHAT, "whole text", f"no GPU in it: {text.strip()[:200]!r}")
    document = read_document(table.root, remarks=tuple(remarks), unknown=table.unknown)
    numbered = [replace(gpu, index=int(index)) for gpu, index in zip(document.gpus, table.gpus)]
    return replace(document, gpus=tuple(numbered))
