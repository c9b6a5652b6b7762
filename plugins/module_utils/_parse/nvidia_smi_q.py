# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`nvidia-smi -q`, whole or a part, such as in a bug report: by the fields of `-q -x`. Private to the collection."""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Iterator, List, Mapping, Tuple
from xml.etree.ElementTree import Element

from .._errors import ParseError
from . import nvidia_smi_labels as labels
from . import nvidia_smi_values as values
from .nvidia_smi_types import SmiDocument
from .nvidia_smi_xml import read_document

_WHAT = "nvidia-smi -q"
_GPU = re.compile(r"GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7])")
_COLON = re.compile(r"\s:(?:\s+|$)")
_BEGIN = re.compile(r"^=+NVSMI LOG=+\s*$", re.MULTILINE)
_OTHER_SECTION = re.compile(r"^(?:_{4}|\*{3}).*", re.MULTILINE | re.DOTALL)


class _Node:
    """A label with its value and what is indented below it."""

    def __init__(self, label: str, value: str | None) -> None:
        self.label = " ".join(label.split()).lower()
        self.value = value
        self.below: List[_Node] = []


def _section(text: str) -> str:
    """Of a bug report the part that is nvidia-smi's."""
    begin = _BEGIN.search(text)
    return _OTHER_SECTION.sub("", text[begin.end() :]) if begin else text


def _forest(lines: List[str]) -> List[_Node]:
    top = _Node("", None)
    stack = [(-1, top)]
    for line in lines:
        label, *value = _COLON.split(line.strip(), maxsplit=1)
        indent, node = len(line) - len(line.lstrip()), _Node(label, value[0] if value else None)
        while stack[-1][0] >= indent:
            stack.pop()
        stack[-1][1].below.append(node)
        stack.append((indent, node))
    return top.below


class _Tree:
    """Elements by path, made as they are needed."""

    def __init__(self, tag: str) -> None:
        self.root = Element(tag)
        self._made: Dict[str, Element] = {"": self.root}

    def put(self, path: str, text: str | None) -> Element:
        element = self._made.get(path)
        if element is None:
            above, _slash, tag = path.rpartition("/")
            element = self._made[path] = Element(tag)
            self.put(above, None).append(element)
        if text is not None:
            element.text = text
        return element


def _flat(nodes: List[_Node]) -> Iterator[_Node]:
    """A block whose lines are indented below one another, such as the slowdowns."""
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(node.below))


def _walk(
    nodes: List[_Node], places: Mapping[str, str], ignored: FrozenSet[str], tree: _Tree
) -> Iterator[Tuple[str, _Node]]:
    """Put into the tree what has a place there; yield the rest, which is not descended into."""
    todo = [(node, "") for node in reversed(nodes)]
    while todo:
        node, above = todo.pop()
        path = above + node.label
        if path in ignored:
            continue
        if path not in places:
            yield path, node
            continue
        if node.value is not None:
            tree.put(places[path], node.value.strip())
        todo.extend((child, path + "/") for child in reversed(node.below))


def _processes(nodes: List[_Node], tree: _Tree, unknown: Dict[str, int]) -> None:
    """Instances stand before their process, the rest below it: a process begins where a label comes again."""
    entry: _Tree | None = None
    seen: set[str] = set()
    for node in _flat(nodes):
        tag = labels.PROCESS.get(node.label)
        if tag is None:
            key = "gpu/processes/" + node.label
            unknown[key] = unknown.get(key, 0) + 1
            continue
        if entry is None or tag in seen or (tag == "gpu_instance_id" and "pid" in seen):
            entry, seen = _Tree("process_info"), set()
            tree.put("processes", None).append(entry.root)
        entry.put(tag, (node.value or "").strip())
        seen.add(tag)


def _gpu(bus_id: str, nodes: List[_Node], unknown: Dict[str, int]) -> Element:
    tree = _Tree("gpu")
    tree.root.set("id", bus_id)
    for path, node in _walk(nodes, labels.GPU, labels.IGNORED, tree):
        if path in labels.MAPS:
            place, begin, tags = labels.MAPS[path]
            for child in _flat(node.below):
                tag = tags.get(child.label) or values.word(child.label) or "_"
                tree.put(f"{place}/{begin}{tag}", (child.value or "").strip())
        elif path == "processes":
            _processes(node.below, tree, unknown)
        elif path == "mig device":
            device = _Tree("mig_device")
            for key, _node in _walk(node.below, labels.MIG_DEVICE, labels.MIG_DEVICE_IGNORED, device):
                unknown["gpu/mig device/" + key] = unknown.get("gpu/mig device/" + key, 0) + 1
            tree.put("mig_devices", None).append(device.root)
        elif path != "mig devices":
            unknown["gpu/" + path] = unknown.get("gpu/" + path, 0) + 1
    return tree.root


def parse_q(text: str) -> SmiDocument:
    """Labels that are in no table are listed as not parsed, in lower case."""
    unknown: Dict[str, int] = {}
    tree = _Tree("nvidia_smi_log")
    remarks: List[str] = []
    gpus: List[Tuple[str, List[str]]] = []
    for line in _section(text).splitlines():
        bare = line.rstrip()
        begin = _GPU.fullmatch(bare)
        if begin:
            gpus.append((begin.group(1), []))
        elif bare.startswith((" ", "\t")) and gpus:
            gpus[-1][1].append(bare.expandtabs(4))
        elif bare and not bare.startswith("="):
            label, colon, value = (part.strip() for part in bare.partition(" :"))
            if not colon:
                remarks.append(bare.strip())
            elif label.lower() in labels.HEAD:
                tree.put(labels.HEAD[label.lower()], value)
            elif label.lower() not in labels.IGNORED:
                unknown[label.lower()] = unknown.get(label.lower(), 0) + 1
    for bus_id, lines in gpus:
        tree.root.append(_gpu(bus_id, _forest(lines), unknown))
    if not len(tree.root):
        raise ParseError(_WHAT, "whole text", f"neither a version nor a GPU in it: {text.strip()[:200]!r}")
    return read_document(tree.root, remarks=tuple(remarks), unknown=unknown)
