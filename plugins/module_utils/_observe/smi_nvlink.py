# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `nvidia-smi nvlink -s` adds to a document. Private to the collection."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict

from .._errors import ParseError
from .._parse.nvidia_smi_nvlink import LinkedGpu, parse_nvlink
from .._parse.nvidia_smi_types import SmiDocument
from .._runner import Result

STATUS = ("nvidia-smi", "nvlink", "-s")


def _not_asked(document: SmiDocument) -> str | None:
    """The third of three calls: where names of MIG devices need it, NVLinks could not be asked anyway."""
    if any(gpu.mig.devices for gpu in document.gpus):
        return "not asked where there are MIG devices"
    if len(document.gpus) == 1 and document.gpus[0].fabric.state is None:
        return "not asked of a single GPU outside a fabric"
    return None


def _ask(call: Callable[..., Result | None]) -> tuple[Dict[str, LinkedGpu], str]:
    """UUID → GPU, and why one that is not among them has no links."""
    result = call(STATUS, optional=True)
    if result is None:
        return {}, "no answer: three calls were made, or one hung"
    try:
        return {gpu.uuid: gpu for gpu in parse_nvlink(result.out)}, "no answer"
    except ParseError:
        said = (result.out.strip() or result.err.strip()).splitlines()
        return {}, said[0][:200] if said else f"return code {result.rc}"


def add_nvlinks(document: SmiDocument, call: Callable[..., Result | None]) -> SmiDocument:
    """A document with the links of each GPU; an nvidia-smi that does not know them is no error."""
    missing = _not_asked(document)
    linked: Dict[str, LinkedGpu] = {}
    if missing is None:
        linked, missing = _ask(call)
    why = dict(document.why)
    gpus = []
    for gpu in document.gpus:
        found = linked.get(gpu.uuid or "")
        gpus.append(replace(gpu, nvlinks=found.links) if found else gpu)
        reasons = found.why if found else {"nvlinks": missing}
        why.update({f"gpus[{gpu.index}].{path}": reason for path, reason in reasons.items()})
    return replace(document, gpus=tuple(gpus), why=why)
