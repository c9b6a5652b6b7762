# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi -q -x` of any driver. Private to the collection.

What is read depends on the elements that are there, never on the number of the document's type.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Dict, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .._errors import ParseError
from . import nvidia_smi_fields as fields
from . import nvidia_smi_values as values
from .nvidia_smi_gpu import HEAD, Layout, Reader, read_gpu
from .nvidia_smi_types import SmiDocument, SmiGpu

_WHAT = "nvidia-smi -q -x"
_DTD = re.compile(r"<!DOCTYPE\s+nvidia_smi_log\s+SYSTEM\s+\"nvsmi_device_(v\d{1,4})\.dtd\"", re.ASCII)
_START = re.compile(r"<\?xml|<!DOCTYPE|<!--|<nvidia_smi_log")
_END = "</nvidia_smi_log>"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD_LAYOUT = Layout(
    (place for field in fields.HEAD.values() for place in field[1:]), lists=["gpu"], ignored=fields.HEAD_IGNORED
)


def _without_clocks(body: str) -> str:
    """Supported clocks are four fifths of a document and not read here; lines keep their numbers."""
    opening, closing = "<supported_clocks>", "</supported_clocks>"
    first, *rest = body.split(opening)
    kept = [first]
    for part in rest:
        clocks, end, after = part.partition(closing)
        kept.append("\n" * clocks.count("\n") + after if end else opening + part)
    return "".join(kept)


def _root(text: str) -> tuple[Element, tuple[str, ...]]:
    """The document's element, and the lines around the document."""
    start = _START.search(text)
    if start is None:
        raise ParseError(_WHAT, "line 1", f"no XML document, but {text.strip()[:200]!r}")
    end = text.rfind(_END)
    if end < start.start():
        lines = text.count("\n") + 1
        raise ParseError(_WHAT, f"line {lines}", f"ends before {_END}")
    body = text[start.start() : end + len(_END)]
    if "<!ENTITY" in body:
        raise ParseError(_WHAT, "document type", "declares entities, which nvidia-smi does not")
    around = text[: start.start()] + "\n" + text[end + len(_END) :]
    try:
        root = ElementTree.fromstring(_NOT_XML.sub("\ufffd", _without_clocks(body)).encode("utf-8", "replace"))
    except (ElementTree.ParseError, LookupError, ValueError) as exc:
        # The last two: a declaration of an encoding that is not known, or that does not work byte by byte.
        line, column = getattr(exc, "position", (1, 0))
        line += text.count("\n", 0, start.start())
        raise ParseError(_WHAT, f"line {line} column {column + 1}", str(exc).partition(":")[0]) from exc
    return root, tuple(line.strip() for line in around.splitlines() if line.strip())


def _corrupted(gpu: SmiGpu, remarks: tuple[str, ...]) -> bool:
    warnings = [line for line in remarks if "infoROM is corrupted" in line]
    return gpu.bus_id in {values.bus_id(part) or "" for line in warnings for part in line.split()}


def read_document(
    root: Element,
    dtd: str | None = None,
    remarks: tuple[str, ...] = (),
    unknown: Mapping[str, int] | None = None,
) -> SmiDocument:
    """A tree of elements, from whatever text it was made; `unknown` is what had no place in the tree."""
    why: Dict[str, str] = {}
    unparsed: Dict[str, int] = dict(unknown or {})
    head = Reader(_HEAD_LAYOUT.flatten(root, "", unparsed), "", why).table(HEAD)
    gpus = [read_gpu(element, index, why, unparsed) for index, element in enumerate(root.findall("gpu"))]
    return SmiDocument(
        driver_version=head["driver_version"] and values.first_word(head["driver_version"]),
        cuda_version=head["cuda_version"] and values.first_word(head["cuda_version"]),
        dtd=dtd,
        attached_gpus=head["attached_gpus"],
        gpus=tuple(replace(gpu, inforom_corrupted=True) if _corrupted(gpu, remarks) else gpu for gpu in gpus),
        why=why,
        unparsed=unparsed,
        remarks=remarks,
    )


def parse_xml(text: str) -> SmiDocument:
    """A whole document; text before and after it is kept as remarks."""
    root, remarks = _root(text)
    dtd = _DTD.search(text)
    return read_document(root, dtd.group(1) if dtd else None, remarks)
