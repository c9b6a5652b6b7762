# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of other people's hardware, where they are present; the project holds no copy of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, Iterator, Mapping

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat import gpus as device_ids
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import proc_driver
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modinfo import parse_modinfo
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_conditions import classify
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from . import recorded
from .recorded_tables import TABLES

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "recordings"
INDEX = RECORDINGS / "INDEX.tsv"

pytestmark = pytest.mark.skipif(not INDEX.is_file(), reason="the folder shared/recordings beside the project is absent")


def _rows(kind: str) -> list[Any]:
    return list(_read_rows(kind))


def _read_rows(kind: str) -> Iterator[Any]:
    if not INDEX.is_file():
        yield pytest.param({}, id="absent")
        return
    with INDEX.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["kind"] in kind.split():
                yield pytest.param(row, id=row["file"])


def _text(row: dict[str, str]) -> str:
    return (RECORDINGS / row["file"]).read_text(encoding="utf-8", errors="replace")


def _models(row: dict[str, str]) -> list[str]:
    """`Tesla T4 x2; Quadro P400 x1` → one name for each GPU"""
    names: list[str] = []
    for part in row["gpu_models"].split("; "):
        name, _x, count = part.rpartition(" x")
        names += [name] * int(count)
    return sorted(names)


def _file(name: str) -> str:
    return (RECORDINGS / name).read_text(encoding="utf-8", errors="replace")


def _value(gpu: Any, path: str) -> Any:
    for name in path.split("."):
        gpu = getattr(gpu, name)
    return gpu


def _mig(gpu: Any) -> list[tuple[Any, ...]]:
    names = ("index", "gpu_instance_id", "memory_total_mib", "memory_used_mib", "multiprocessors")
    return [tuple(getattr(device, name) for name in names) for device in gpu.mig.devices]


def _check(gpu: Any, wanted: Mapping[str, Any]) -> None:
    assert {path: _value(gpu, path) for path in wanted} == wanted


def test_every_recording_is_of_a_kind_that_is_tested() -> None:
    with INDEX.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["kind"] for row in rows} == recorded.READ | set(recorded.OTHERS)
    named = {"xml/" + name + ".xml" for name in recorded.DOCUMENTS} | set(recorded.Q) | set(recorded.QUERIES)
    named |= set(TABLES) | set(recorded.NVLINKS)
    read = {row["file"] for row in rows if row["kind"] in recorded.READ - {"text:L", "error", "xml-malformed"}}
    assert named == read
    assert {Path(row["file"]).stem for row in rows if row["kind"] == "error"} == set(recorded.CONDITIONS)


@pytest.mark.parametrize("row", _rows("xml xml-mock"))
def test_documents(row: dict[str, str]) -> None:
    text = _text(row)
    seen = parse_xml(text)
    count, *last = recorded.DOCUMENTS[Path(row["file"]).stem]
    assert len(seen.gpus) == int(row["gpu_count"]) == count
    gpu = seen.gpus[-1]
    found = [
        gpu.ecc.current if name == "ecc" else gpu.mig.current if name == "mig" else getattr(gpu, name)
        for name in recorded.LAST_GPU[:-1]
    ]
    assert [*found, len(gpu.processes)] == last
    assert sorted(gpu.name or "" for gpu in seen.gpus) == _models(row)
    assert (seen.driver_version or "") == row["driver"]
    assert (seen.dtd or "none") == row["dtd"]
    assert [gpu.uuid for gpu in seen.gpus if gpu.uuid] == re.findall(r"<uuid>(GPU-.*?)</uuid>", text)
    assert any(gpu.lost for gpu in seen.gpus) == ("is lost" in row["oddities"])
    migs = re.search(r"mig_devices \[([\d, ]+)\]", row["oddities"])
    assert [len(gpu.mig.devices) for gpu in seen.gpus] == (
        [int(count) for count in migs.group(1).split(",")] if migs else [0] * len(seen.gpus)
    )
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]
    assert seen.unparsed == {}
    assert read_any(text).document == seen


@pytest.mark.parametrize("row", _rows("xml"))
def test_architectures(row: dict[str, str]) -> None:
    """By the driver's word and by the PCI device id, against the index."""
    wanted = {family.lower() for family in row["family"].split("/")}
    for gpu in parse_xml(_text(row)).gpus:
        by_id = device_ids.architecture(gpu.pci_device_id[:4]) if gpu.pci_device_id else None
        assert {name for name in (gpu.architecture, by_id) if name} <= wanted


@pytest.mark.parametrize("row", _rows("xml-malformed"))
def test_malformed_documents(row: dict[str, str]) -> None:
    for parser in (parse_xml, read_any):
        with pytest.raises(ParseError) as caught:
            parser(_text(row))
        assert re.fullmatch(r"line \d+ column \d+", caught.value.where)
        assert "not well-formed" in caught.value.why


READ_BY_EYE = [
    (
        "k8sti-t4-595.91.07",
        0,
        {
            "persistence": True,
            "gsp_firmware_version": "595.91.07",
            "architecture": "turing",
            "power_draw_w": 33.51,
            "power_limit_w": 70,
            "temperature_c": 33,
            "memory_total_mib": 15360,
            "serial": "1650000000001",
            "vbios": "90.04.96.00.02",
            "recovery_action": "none",
            "remapped_rows": None,
        },
    ),
    (
        "telegraf-a100-sxm4-80gb-535.54.03",
        0,
        {
            "persistence": False,
            "minor": 1,
            "power_draw_w": 67.03,
            "power_limit_w": 500,
            "temperature_c": 27,
            "memory_total_mib": 81920,
            "reset_required": False,
            "recovery_action": None,
        },
    ),
    (
        "c3sr-grid-k520-352.99-a",
        0,
        {
            "persistence": True,
            "gsp_firmware_version": None,
            "architecture": None,
            "power_draw_w": 17.97,
            "power_limit_w": 125,
            "temperature_c": 31,
            "memory_total_mib": 4095,
            "memory_used_mib": 11,
            "serial": "0321014026924",
        },
    ),
    (
        "telegraf-rtx3080-win-536.40",
        0,
        {
            "persistence": None,
            "gsp_firmware_version": None,
            "minor": None,
            "power_draw_w": 22.78,
            "display_active": True,
            "memory_total_mib": 10240,
            "serial": None,
        },
    ),
    (
        "k8sti-8x-b200-580.105.08",
        7,
        {"persistence": False, "minor": 7, "temperature_c": 51, "memory_total_mib": 183359},
    ),
    ("hadoop-2x-p100-375.66-edited", 1, {"temperature_c": 34, "memory_total_mib": 12290, "memory_used_mib": 11800}),
    ("k8sti-mock-2x-gb200-lost-580.65.06", 1, {"lost": True, "temperature_c": None, "serial": "1562849103701"}),
]


@pytest.mark.parametrize(("name", "index", "wanted"), READ_BY_EYE)
def test_values_read_by_eye(name: str, index: int, wanted: dict[str, Any]) -> None:
    seen = parse_xml((RECORDINGS / "xml" / f"{name}.xml").read_text(encoding="utf-8")).gpus[index]
    assert {field: getattr(seen, field) for field in wanted} == wanted


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("k8sti-t4-595.91.07", ["ok"]),
        ("k8sti-8x-b200-580.105.08", ["ok"] * 8),
        ("k8sti-mock-2x-gb200-lost-580.65.06", ["replace", "reboot_needed"]),
        ("k8sti-mock-2x-gb200-ecc-b-580.65.06", ["replace", "ok"]),
        ("k8sti-mock-2x-gb200-fabric-580.65.06", ["ok", "degraded"]),
    ],
)
def test_verdicts(name: str, verdicts: list[str]) -> None:
    seen = parse_xml((RECORDINGS / "xml" / f"{name}.xml").read_text(encoding="utf-8"))
    assert [judge(gpu).verdict for gpu in seen.gpus] == verdicts


def test_a_mig_device_of_a_document() -> None:
    gpu = parse_xml(_file("xml/telegraf-a100-sxm4-80gb-535.54.03.xml")).gpus[0]
    assert [(device.gpu_instance_id, device.memory_total_mib) for device in gpu.mig.devices] == [
        (3, 19968),
        (4, 19968),
        (5, 19968),
        (6, 19968),
    ]


def test_memory_errors_of_a_mock() -> None:
    first = parse_xml(_file("xml/k8sti-mock-2x-gb200-ecc-b-580.65.06.xml")).gpus[0]
    assert (first.ecc.volatile.dram_uncorrectable, first.ecc.aggregate.dram_uncorrectable) == (5, 8)
    assert first.remapped_rows is not None
    assert first.remapped_rows.failure is True
    assert [reason for reason in judge(first).reasons if "5 uncorrectable DRAM errors" in reason]


def test_the_place_in_a_rack() -> None:
    gpu = parse_xml(_file("xml/k8sti-4x-gb200-580.173.02.xml")).gpus[0]
    assert (gpu.c2c_mode, gpu.platform.nvlink_peer, gpu.fabric.health["summary"]) == (
        "enabled",
        "switch_connected",
        "healthy",
    )


@pytest.mark.parametrize("row", _rows("text:q"))
def test_plain_text(row: dict[str, str]) -> None:
    driver, attached, name, last = recorded.Q[row["file"]]
    seen = read_any(_text(row)).document
    assert seen is not None
    assert (seen.driver_version, seen.attached_gpus, seen.gpus[-1].name) == (driver, attached, name)
    assert len(seen.gpus) == (1 if "[...]" in _text(row) else attached)
    _check(seen.gpus[-1], last)
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]
    assert set(seen.unparsed) <= {"gpu/[...]"}
    pids = [process.pid for process in seen.gpus[-1].processes]
    assert pids == recorded.Q_PROCESSES.get(row["file"], pids)
    if "h100-mig" in row["file"]:
        assert _mig(seen.gpus[0]) == recorded.MIG_H100


@pytest.mark.parametrize("row", _rows("text:L"))
def test_lists(row: dict[str, str]) -> None:
    seen = read_any(_text(row)).document
    assert seen is not None
    (gpu,) = seen.gpus
    assert (gpu.index, bool(gpu.name), str(gpu.uuid)[:4]) == (0, True, "GPU-")
    assert [device.profile for device in gpu.mig.devices] == recorded.LISTS.get(row["file"], [])
    assert all(str(device.uuid).startswith("MIG-") for device in gpu.mig.devices)


@pytest.mark.parametrize("row", _rows("text:query-gpu text:query-gpu-load"))
def test_queries(row: dict[str, str]) -> None:
    driver, count, last = recorded.QUERIES[row["file"]]
    seen = read_any(_text(row)).document
    assert seen is not None
    assert (seen.driver_version, len(seen.gpus), seen.unparsed) == (driver, count, {})
    assert [gpu.index for gpu in seen.gpus] == list(range(count))
    _check(seen.gpus[-1], last)
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]


@pytest.mark.parametrize("row", _rows("text:table text:table-load"))
def test_tables(row: dict[str, str]) -> None:
    seen = read_any(_text(row)).document
    assert seen is not None
    gpu = seen.gpus[-1]
    found: list[Any] = [seen.driver_version, seen.cuda_version, len(seen.gpus), gpu.name, gpu.bus_id, gpu.persistence]
    found += [gpu.power_draw_w, gpu.power_limit_w, gpu.memory_used_mib, gpu.memory_total_mib, gpu.temperature_c]
    found += [gpu.ecc.current, gpu.mig.current, len(gpu.processes), gpu.processes[-1].pid if gpu.processes else None]
    short = {"None": "-", "True": "on", "False": "off", "enabled": "on", "disabled": "off"}
    assert [short.get(str(value), str(value)) for value in found] == TABLES[row["file"]]
    assert seen.unparsed == {}
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]
    if row["file"] == "text/nge-linux-h100-mig-590.48.01-table.txt":
        assert _mig(gpu) == recorded.MIG_H100


@pytest.mark.parametrize("row", _rows("text:nvlink-s"))
def test_nvlinks(row: dict[str, str]) -> None:
    count, index, links, condition = recorded.NVLINKS[row["file"]]
    seen = read_any(_text(row)).document
    assert seen is not None
    last = seen.gpus[-1]
    assert (len(seen.gpus), last.index, conclude(seen).condition) == (count, index, condition)
    if isinstance(links, str):
        assert (last.nvlinks, seen.why) == (None, {f"gpus[{count - 1}].nvlinks": links})
    else:
        assert [link.speed_gb_s for link in last.nvlinks or () if link.active] == links
        assert (last.nvlinks or ())[-1].index == (17 if "h100" in row["file"] or "h200" in row["file"] else 11)


@pytest.mark.parametrize("row", _rows("error"))
def test_messages(row: dict[str, str]) -> None:
    name = Path(row["file"]).stem
    for streams in ((_text(row), ""), ("", _text(row))):
        found = classify(255, *streams)
        assert found.condition == recorded.CONDITIONS[name]
        assert found.message and found.remedy


@pytest.mark.parametrize("row", _rows(" ".join(recorded.READ - {"error"})))
def test_nothing_that_is_read_is_taken_for_a_message(row: dict[str, str]) -> None:
    if row["kind"] != "xml-malformed":
        assert read_any(_text(row)).document is not None


def _others() -> list[Any]:
    with INDEX.open(encoding="utf-8") if INDEX.is_file() else Path(__file__).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row.get("kind") in recorded.OTHERS]
    return [pytest.param(row, id=row["file"]) for row in rows]


@pytest.mark.parametrize("row", _others())
def test_what_is_not_read_is_called_by_its_name(row: dict[str, str]) -> None:
    if row["file"] in recorded.MESSAGES:
        assert read_any(_text(row)).condition.condition == recorded.MESSAGES[row["file"]]
        return
    with pytest.raises(ParseError) as caught:
        read_any(_text(row))
    assert f"is {recorded.OTHERS[row['kind']]}, which is not read here" in caught.value.why


@pytest.mark.parametrize("row", _rows("proc:version"))
def test_proc_versions(row: dict[str, str]) -> None:
    name = re.sub(r"-version$", "", Path(row["file"]).stem)
    if name in recorded.VERSIONS:
        seen = proc_driver.parse_version(_text(row))
        assert (seen.version, seen.flavour) == recorded.VERSIONS[name]
    else:  # recordings of only the compiler's line
        with pytest.raises(ParseError):
            proc_driver.parse_version(_text(row))


@pytest.mark.parametrize("row", _rows("proc:params proc:registry proc:gpus/*/information"))
def test_proc_pairs(row: dict[str, str]) -> None:
    text = _text(row)
    parser = proc_driver.parse_information if "information" in row["kind"] else proc_driver.parse_params
    assert len(parser(text)) == len(text.strip().splitlines())


@pytest.mark.parametrize("row", _rows("modinfo"))
def test_modinfo(row: dict[str, str]) -> None:
    """Single lines, as grep found them: there is no `filename:` that they would belong to."""
    assert parse_modinfo(_text(row)) == ()
    (whole,) = parse_modinfo("filename: x\n" + _text(row))
    assert (whole.version, whole.license, whole.flavour) == ("580.173.02", "Dual MIT/GPL", "open")


def _h200_files() -> list[str]:
    return [f"{name}/{file.name}" for name in ("h200", "h200x2") for file in sorted((RECORDINGS / name).glob("*"))]


@pytest.mark.parametrize("name", _h200_files())
def test_h200_captures(name: str) -> None:
    count = 2 if name.startswith("h200x2") else 1
    what = recorded.H200[name.partition("/")[2]]
    text = _file(name)
    if what in ("list", "csv", "table", "document"):
        seen = read_any(text).document
        assert seen is not None
        assert {gpu.name for gpu in seen.gpus} == {"NVIDIA H200"}
        assert len(seen.gpus) == count
        assert seen.unparsed == {}
        if what != "list":
            assert {gpu.memory_total_mib for gpu in seen.gpus} == {143771}
        if what == "document":
            assert [gpu.architecture for gpu in seen.gpus] == ["hopper"] * count
            assert [judge(gpu).verdict for gpu in seen.gpus] == ["ok"] * count
    elif what == "nvlinks":
        seen = read_any(text).document
        assert seen is not None
        assert [[link.speed_gb_s for link in gpu.nvlinks or ()] for gpu in seen.gpus] == [[26.562] * 18] * count
    elif what in ("no_devices", "unknown_field"):
        assert read_any(text).condition.condition == what
    else:
        with pytest.raises(ParseError) as caught:
            read_any(text)
        assert caught.value.why.startswith(
            "is none that is known: ''" if what == "nothing" else f"is {what}, which is not read"
        )
