# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One GPU of a document, by the tables of fields. Private to the collection."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Mapping, Tuple
from xml.etree.ElementTree import Element

from . import nvidia_smi_fields as fields
from . import nvidia_smi_values as values
from .nvidia_smi_fields import Field
from .nvidia_smi_types import (
    Ecc,
    EccCounts,
    Fabric,
    Mig,
    MigDevice,
    Pcie,
    Platform,
    Process,
    RemapHistogram,
    RemappedRows,
    RetiredPages,
    SmiGpu,
)

Place = Tuple[str, str, str, Tuple[str, ...]]
"""Field, its name within the GPU, how it is read, and where it can stand."""
_EVENT = re.compile(r"^clocks_(?:event|throttle)_reasons?_(?:counters_)?")
_READ, _DOWN, _MAP, _LIST, _SKIP = range(5)


def _count(unparsed: Dict[str, int], path: str) -> None:
    unparsed[path] = unparsed.get(path, 0) + 1


class Layout:
    """Which elements are known below one element, and what becomes of them."""

    def __init__(
        self,
        read: Iterable[str],
        maps: Iterable[str] = (),
        lists: Iterable[str] = (),
        ignored: Iterable[str] = (),
    ) -> None:
        self.routes: Dict[str, int] = {}
        for step, paths in ((_READ, read), (_MAP, maps), (_LIST, lists), (_SKIP, ignored)):
            for path in paths:
                self.routes[path] = step
                parts = path.split("/")
                for depth in range(1, len(parts)):
                    self.routes.setdefault("/".join(parts[:depth]), _DOWN)

    def flatten(self, element: Element, where: str, unparsed: Dict[str, int]) -> Dict[str, Element]:
        """Path → the first element there, of all that is known; the rest is counted."""
        found: Dict[str, Element] = {}
        todo = [(element, "")]
        routes = self.routes
        while todo:
            parent, prefix = todo.pop()
            for child in parent:
                path = prefix + child.tag
                step = routes.get(path)
                if step == _SKIP:
                    continue
                if step is None:
                    _count(unparsed, where + path)
                    continue
                found.setdefault(path, child)
                if step == _DOWN:
                    todo.append((child, path + "/"))
                elif step == _READ and len(child):
                    _count(unparsed, f"{where}{path}/{child[0].tag}")
                elif step == _MAP:
                    for part in child:
                        if len(part):
                            _count(unparsed, f"{where}{path}/{part.tag}/{part[0].tag}")
        return found


def _places(sections: Iterable[Tuple[str, str, Mapping[str, Field]]]) -> List[str]:
    return [base + place for _name, base, table in sections for field in table.values() for place in field[1:]]


def _table(table: Mapping[str, Field], name: str = "", base: str = "") -> List[Place]:
    return [(key, name + key, field[0], tuple(base + place for place in field[1:])) for key, field in table.items()]


_SECTIONS = {name: _table(table, name, base) for name, base, table in fields.SECTIONS}
_MIG_DEVICE = _table(fields.MIG_DEVICE)
_PROCESS = _table(fields.PROCESS)
HEAD = _table(fields.HEAD)
GPU_LAYOUT = Layout(_places(fields.SECTIONS), fields.MAPS, fields.LISTS, fields.IGNORED)
_MIG_LAYOUT = Layout(_places([("", "", fields.MIG_DEVICE)]), ignored=fields.MIG_DEVICE_IGNORED)
_PROCESS_LAYOUT = Layout(_places([("", "", fields.PROCESS)]))
_BLOCKS = {path for path, step in GPU_LAYOUT.routes.items() if step == _DOWN}


class Reader:
    """Reads values out of a flat document, and notes why there are none."""

    def __init__(self, found: Mapping[str, Element], prefix: str, why: Dict[str, str]) -> None:
        self.found = found
        self._prefix = prefix
        self._why = why
        # One word can stand for a whole block.
        self._words = {
            path: values.reason(element.text or "")
            for path, element in found.items()
            if path in _BLOCKS and not len(element) and (element.text or "").strip()
        }

    def note(self, name: str, why: str) -> None:
        self._why[self._prefix + name] = why

    def _text(self, name: str, places: Iterable[str]) -> str | None:
        """What stands at the first of these places that holds a value; an absent element is silent."""
        missing = None
        for place in places:
            element = self.found.get(place)
            if element is None:
                missing = missing or (self._words and self._words.get(place.rpartition("/")[0])) or None
            elif not len(element):
                text = (element.text or "").strip()
                why = values.reason(text)
                if why is None:
                    return text
                missing = missing or why
        if missing is not None:
            self.note(name, missing)
        return None

    def table(self, table: Iterable[Place]) -> Dict[str, Any]:
        """All fields of one table."""
        seen: Dict[str, Any] = {}
        for key, name, how, places in table:
            text = self._text(name, places)
            value = None if text is None else values.read(how, text)
            if text is not None and value is None:
                self.note(name, f"unexpected value {text[:80]!r}")
            seen[key] = value
        return seen

    def section(self, name: str) -> Dict[str, Any]:
        return self.table(_SECTIONS[name])

    def block(self, name: str, path: str) -> bool:
        """Whether a block of elements is there; a word in its place is noted."""
        element = self.found.get(path)
        if element is not None and not len(element):
            self.note(name, values.reason(element.text or "") or f"unexpected value {(element.text or '')[:80]!r}")
        return element is not None and len(element) > 0

    def children(self, *paths: str) -> List[Tuple[str, str]]:
        """Tag and text of whatever stands in these blocks and has a value."""
        elements = [child for path in paths for child in self.found.get(path, ()) if not len(child)]
        texts = [(child.tag, (child.text or "").strip()) for child in elements]
        return [(tag, text) for tag, text in texts if values.reason(text) is None]


def _counts(gpu: Reader, name: str) -> EccCounts:
    seen = gpu.section(name)
    parity, secded = seen["sram_uncorrectable_parity"], seen["sram_uncorrectable_secded"]
    if seen["sram_uncorrectable"] is None and parity is not None and secded is not None:
        seen["sram_uncorrectable"] = parity + secded
    return EccCounts(**seen)


def _ecc(gpu: Reader) -> Ecc:
    sources = {
        re.sub("^sram_", "", tag): values.whole(text)
        for tag, text in gpu.children("ecc_errors/aggregate_uncorrectable_sram_sources")
    }
    return Ecc(
        volatile=_counts(gpu, "ecc.volatile."),
        aggregate=_counts(gpu, "ecc.aggregate."),
        sram_sources={name: count for name, count in sources.items() if count is not None},
        **gpu.section("ecc."),
    )


def _remapped_rows(gpu: Reader) -> RemappedRows | None:
    if not gpu.block("remapped_rows", "remapped_rows"):
        return None
    histogram = None
    if gpu.block("remapped_rows.histogram", "remapped_rows/row_remapper_histogram"):
        histogram = RemapHistogram(**gpu.section("remapped_rows.histogram."))
    return RemappedRows(histogram=histogram, **gpu.section("remapped_rows."))


def _retired_pages(gpu: Reader) -> RetiredPages | None:
    return RetiredPages(**gpu.section("retired_pages.")) if gpu.block("retired_pages", "retired_pages") else None


class _Gpu:
    """Reads one element <gpu>."""

    def __init__(self, element: Element, where: str, why: Dict[str, str], unparsed: Dict[str, int]) -> None:
        self._element = element
        self._where = where
        self._why = why
        self._unparsed = unparsed
        self.reader = Reader(GPU_LAYOUT.flatten(element, "gpu/", unparsed), where, why)

    def _listed(self, path: str, tag: str, name: str, layout: Layout) -> List[Reader]:
        readers: List[Reader] = []
        for child in self.reader.found.get(path, ()):
            if child.tag == tag:
                found = layout.flatten(child, f"gpu/{path}/{tag}/", self._unparsed)
                readers.append(Reader(found, f"{self._where}{name}[{len(readers)}].", self._why))
            else:
                _count(self._unparsed, f"gpu/{path}/{child.tag}")
        return readers

    def mig(self, uuid: str | None) -> Mig:
        devices = [
            MigDevice(uuid=None, profile=None, parent=uuid, **reader.table(_MIG_DEVICE))
            for reader in self._listed("mig_devices", "mig_device", "mig.devices", _MIG_LAYOUT)
        ]
        return Mig(devices=tuple(devices), **self.reader.section("mig."))

    def processes(self) -> Tuple[Process, ...]:
        """Drivers before 352 had another name for the block."""
        path = "processes" if "processes" in self.reader.found else "compute_processes"
        readers = self._listed(path, "process_info", "processes", _PROCESS_LAYOUT)
        return tuple(Process(**reader.table(_PROCESS)) for reader in readers)

    def flat(self) -> Dict[str, Any]:
        """What is not in a block of its own."""
        seen = self.reader.section("")
        if seen["bus_id"] is None:
            text = self._element.get("id") or ""
            seen["bus_id"] = values.bus_id(text)
            if seen["bus_id"] is None and text:
                self.reader.note("bus_id", f"unexpected value {text[:80]!r}")
            elif seen["bus_id"] is not None:
                self._why.pop(self._where + "bus_id", None)
        return seen


def _events(gpu: Reader) -> Dict[str, Any]:
    """The reasons in force, under the name of either era, and how long each held."""
    reasons = gpu.children("clocks_event_reasons", "clocks_throttle_reasons")
    counters = {
        _EVENT.sub("", tag): values.quantity(text, "us") for tag, text in gpu.children("clocks_event_reasons_counters")
    }
    return {
        "clocks_event_reasons": tuple(_EVENT.sub("", tag) for tag, text in reasons if text == "Active"),
        "clocks_event_us": {name: time for name, time in counters.items() if time is not None},
    }


def _is_lost(element: Element) -> bool:
    """Single values say so, and which ones depends on what was lost."""
    return any("GPU is " in text and values.reason(text) in values.LOST for text in element.itertext())


def read_gpu(element: Element, index: int, why: Dict[str, str], unparsed: Dict[str, int]) -> SmiGpu:
    """An element <gpu>, from whatever text it was made."""
    gpu = _Gpu(element, f"gpus[{index}].", why, unparsed)
    reader = gpu.reader
    seen = gpu.flat()
    health = {tag: values.word(text) for tag, text in reader.children("fabric/health")}
    return SmiGpu(
        index=index,
        inforom_corrupted=False,
        mig=gpu.mig(seen["uuid"]),
        ecc=_ecc(reader),
        remapped_rows=_remapped_rows(reader),
        retired_pages=_retired_pages(reader),
        fabric=Fabric(health={tag: text for tag, text in health.items() if text}, **reader.section("fabric.")),
        platform=Platform(**reader.section("platform.")),
        nvlinks=None,
        pcie=Pcie(**reader.section("pcie.")),
        processes=gpu.processes(),
        lost=_is_lost(element),
        **_events(reader),
        **seen,
    )
