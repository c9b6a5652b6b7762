# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask nvidia-smi: at most three calls. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping

from .._errors import ParseError
from .._parse import nvidia_smi_conditions as conditions
from .._parse.nvidia_smi_conditions import Condition
from .._parse.nvidia_smi_text import parse_list, parse_query
from .._parse.nvidia_smi_types import ListedGpu, MigDevice, SmiDocument, SmiGpu, SmiReport
from .._parse.nvidia_smi_values import word
from .._parse.nvidia_smi_xml import parse_xml
from .._runner import Result, Runner
from .health import judge

TIMEOUT = 60.0
"""Without persistence every call initialises every GPU, which takes seconds each."""
_EXTRA_FIELDS = (("compute_cap", 510), ("gsp.mode.current", 550), ("inforom.checksum_validation", 550))
"""What the document lacks, and the first branch that is asked for it."""
_UNKNOWN_FIELD = re.compile(r'Field "([^"]+)" is not a valid field')
_CALLS = 3


class _Smi:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.left = _CALLS

    def call(self, *arguments: str) -> Result:
        self.left -= 1
        return self._runner.run(["nvidia-smi", *arguments], timeout=TIMEOUT)


def _condition(result: Result, document: SmiDocument | None, problem: str) -> Condition:
    if document is None:
        found = conditions.classify(result.rc, result.out, result.err, timed_out=result.timed_out)
        return conditions.named("unreadable", problem) if found == conditions.OK else found
    found = conditions.classify(result.rc, "\n".join(document.remarks), result.err, timed_out=result.timed_out)
    if found == conditions.OK and any(gpu.lost for gpu in document.gpus):
        lost = ", ".join(gpu.bus_id or str(gpu.index) for gpu in document.gpus if gpu.lost)
        return conditions.named("gpu_lost", "GPU is lost: " + lost)
    if found == conditions.OK and not document.gpus:
        return conditions.named("no_devices", "the document lists no GPU")
    return found


def _extra(smi: _Smi, document: SmiDocument, reserve: int) -> dict[str, Mapping[str, str | None]]:
    """UUID → what only --query-gpu tells. A field that this nvidia-smi does not know is left out once."""
    branch = (document.driver_version or "").partition(".")[0]
    fields = ["uuid", *(name for name, since in _EXTRA_FIELDS if branch.isdigit() and int(branch) >= since)]
    while len(fields) > 1 and smi.left > reserve:
        result = smi.call("--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits")
        unknown = _UNKNOWN_FIELD.search(result.out + result.err)
        if unknown and unknown.group(1) in fields[1:]:
            fields.remove(unknown.group(1))
            continue
        try:
            rows = parse_query(result.out, fields)
        except ParseError:
            return {}
        return {str(row["uuid"]): row for row in rows}
    return {}


def _listed(smi: _Smi, document: SmiDocument) -> dict[str, ListedGpu]:
    """UUID → GPU with its MIG devices, which have neither UUID nor profile in the document."""
    if not any(gpu.mig.devices for gpu in document.gpus):
        return {}
    try:
        return {gpu.uuid: gpu for gpu in parse_list(smi.call("-L").out)}
    except ParseError:
        return {}


def _with_names(device: MigDevice, listed: ListedGpu | None) -> MigDevice:
    for mig in listed.mig if listed else ():
        if mig.device == device.index:
            return replace(device, uuid=mig.uuid, profile=mig.profile)
    return device


def _complete(gpu: SmiGpu, extra: Mapping[str, str | None], listed: ListedGpu | None) -> SmiGpu:
    mode, checksum = extra.get("gsp.mode.current"), extra.get("inforom.checksum_validation")
    full = replace(
        gpu,
        compute_cap=extra.get("compute_cap"),
        gsp_mode=word(mode) if mode else None,
        inforom_checksum=word(checksum) if checksum else None,
        mig=replace(gpu.mig, devices=tuple(_with_names(device, listed) for device in gpu.mig.devices)),
    )
    return replace(full, health=judge(full))


def ask(runner: Runner) -> SmiReport:
    """Everything that nvidia-smi knows, or the condition that it is in."""
    smi = _Smi(runner)
    result = smi.call("-q", "-x")
    document, problem = None, ""
    try:
        document = parse_xml(result.out)
    except ParseError as exc:
        problem = str(exc)
    found = _condition(result, document, problem)
    if document is None:
        return SmiReport(found.condition, found.message, found.remedy)
    listed = _listed(smi, document)
    extra = {} if result.timed_out or not document.gpus else _extra(smi, document, reserve=0)
    gpus = tuple(_complete(gpu, extra.get(gpu.uuid or "", {}), listed.get(gpu.uuid or "")) for gpu in document.gpus)
    return SmiReport(
        found.condition,
        found.message,
        found.remedy,
        document.driver_version,
        document.cuda_version,
        document.dtd,
        document.attached_gpus,
        gpus,
        document.why,
    )


def without_call(name: str, message: str) -> SmiReport:
    """A condition that is plain without asking, where asking would load a module or make device files."""
    return SmiReport(name, message, conditions.REMEDIES[name])
