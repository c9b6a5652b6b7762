# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask nvidia-smi: at most three calls. Private to the collection."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Callable, Dict, List, Mapping, Tuple

from .._errors import ParseError
from .._parse import nvidia_smi_conditions as conditions
from .._parse.nvidia_smi_conditions import OK, Condition
from .._parse.nvidia_smi_text import parse_list, parse_query, with_names
from .._parse.nvidia_smi_types import ListedGpu, SmiDocument, SmiGpu, SmiReport
from .._parse.nvidia_smi_values import reason, word
from .._parse.nvidia_smi_xml import parse_xml
from .._runner import Result, Runner
from .health import judge
from .smi_start import DOCUMENT, EXTRA, TIMEOUT, Begun, extra_fields, query

_CALLS = 3
_UNKNOWN_FIELD = re.compile(r'Field "([^"]+)" is not a valid field')
_NOT_ASKED = "nvidia-smi has no field {}"


class _Smi:
    """Calls, and the first thing that was wrong with one of them."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.left = _CALLS
        self.condition = OK

    def call(self, argv: Tuple[str, ...], begun: Callable[[], Result] | None = None) -> Result:
        self.left -= 1
        return begun() if begun else self._runner.run(argv, timeout=TIMEOUT)

    def worst(self, found: Condition) -> None:
        if self.condition == OK and found.condition != "unknown_field":
            self.condition = found

    def more(self, argv: Tuple[str, ...], done: Result | None = None, *, optional: bool = False) -> Result | None:
        """A further call, if not `done` already; none after one that hung. An optional one may fail."""
        if self.condition.condition == "timed_out" or not (done or self.left):
            return None
        result = done or self.call(argv)
        if result.timed_out or not optional:
            # With several GPUs one can be missing where the others answer: what was printed is read all the same.
            out = result.out if result.rc else ""
            self.worst(conditions.classify(result.rc, out, result.err, timed_out=result.timed_out))
        return None if result.timed_out else result


def _first(result: Result, document: SmiDocument | None, problem: str) -> Condition:
    if document is None:
        found = conditions.classify(result.rc, result.out, result.err, timed_out=result.timed_out)
        return conditions.named("unreadable", problem) if found == OK else found
    around = "\n".join(document.remarks)
    return conditions.classify(result.rc, around, result.err, timed_out=result.timed_out)


def _of_document(document: SmiDocument) -> Condition:
    """What the document itself says is wrong."""
    lost = ", ".join(gpu.bus_id or str(gpu.index) for gpu in document.gpus if gpu.lost)
    if lost:
        return conditions.named("gpu_lost", "GPU is lost: " + lost)
    return OK if document.gpus else conditions.named("no_devices", "the document lists no GPU")


def _extra(smi: _Smi, fields: List[str], done: Result | None) -> Tuple[List[str], Dict[str, Mapping[str, str]]]:
    """The fields that were asked for, and UUID → what only --query-gpu tells. One that is unknown is left out."""
    while fields:
        result = smi.more(query(fields), done)
        if result is None:
            break
        unknown = _UNKNOWN_FIELD.search(result.out + result.err)
        if unknown is None or unknown.group(1) not in fields:
            # Warnings stand between the rows.
            rows = [line for line in result.out.splitlines() if line.count(",") == len(fields)]
            return fields, {row["uuid"]: row for row in parse_query("\n".join(rows), ["uuid", *fields])}
        fields.remove(unknown.group(1))
        done = None
    return fields, {}


def _listed(text: str) -> Dict[str | None, ListedGpu]:
    """UUID → GPU with the names of its MIG devices."""
    try:
        return {gpu.uuid: gpu for gpu in parse_list(text)}
    except ParseError:
        return {}


def _complete(gpu: SmiGpu, fields: List[str], row: Mapping[str, str], why: Dict[str, str]) -> SmiGpu:
    """With what the document lacks; of a value that nobody gives, why."""
    found: Dict[str, str | None] = {}
    for field, name, _since in EXTRA:
        if getattr(gpu, name) is not None:
            continue
        cell = row.get(field)
        missing = reason(cell) if cell is not None else "no answer" if field in fields else _NOT_ASKED.format(field)
        if missing is None and cell is not None:
            found[name] = cell if name == "compute_cap" else word(cell)
        else:
            why[f"gpus[{gpu.index}].{name}"] = str(missing)
    return replace(gpu, **found)  # type: ignore[arg-type]  # the names are those of EXTRA, whose fields are texts


def report(document: SmiDocument, condition: Condition, *, unparsed: bool = False) -> SmiReport:
    """A document with a verdict on each GPU."""
    return SmiReport(
        condition.condition,
        condition.message,
        condition.remedy,
        document.driver_version,
        document.cuda_version,
        document.dtd,
        document.attached_gpus,
        tuple(replace(gpu, health=judge(gpu)) for gpu in document.gpus),
        document.why,
        document.unparsed if unparsed else None,
    )


def conclude(document: SmiDocument, *, unparsed: bool = False) -> SmiReport:
    """A document that somebody saved, where no return code is known."""
    found = conditions.recognised("\n".join(document.remarks))
    return report(document, _of_document(document) if found == OK else found, unparsed=unparsed)


def without_document(condition: Condition) -> SmiReport:
    return SmiReport(condition.condition, condition.message, condition.remedy)


def ask(
    runner: Runner,
    begun: Begun | None = None,
    *,
    unparsed: bool = False,
    further: Callable[..., SmiDocument] | None = None,
) -> SmiReport:
    """Everything that nvidia-smi knows, or the condition that it is in."""
    smi = _Smi(runner)
    result = smi.call(DOCUMENT, begun.document if begun else None)
    extra = smi.call((), begun.extra) if begun and begun.extra else None
    document, problem = None, ""
    try:
        document = parse_xml(result.out)
    except ParseError as exc:
        problem = str(exc)
    smi.worst(_first(result, document, problem))
    if document is None:
        return without_document(smi.condition)
    smi.worst(_of_document(document))
    if not document.gpus:
        return report(document, smi.condition, unparsed=unparsed)
    gpus = document.gpus
    if any(gpu.mig.devices for gpu in gpus):
        listed = smi.more(("nvidia-smi", "-L"))
        names = _listed(listed.out) if listed else {}
        gpus = tuple(with_names(gpu, names[gpu.uuid]) if gpu.uuid in names else gpu for gpu in gpus)
    asked = begun.fields if begun and extra else extra_fields(document.driver_version)
    fields, rows = _extra(smi, list(asked), extra)
    why = dict(document.why)
    gpus = tuple(_complete(gpu, fields, rows.get(gpu.uuid or "", {}), why) for gpu in gpus)
    document = replace(document, gpus=gpus, why=why)
    if further:
        document = further(document, smi.more)
    return report(document, smi.condition, unparsed=unparsed)
