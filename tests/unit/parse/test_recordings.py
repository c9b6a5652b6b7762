# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of other people's hardware, where they are present; the project holds no copy of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.smi import conclude
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import proc_driver
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modinfo import parse_modinfo
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_conditions import classify
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_kinds import read_any

from . import recorded
from .recorded_documents import DOCUMENTS
from .recorded_proc import PAIRS, VERSIONS
from .recorded_tables import TABLES
from .recordings import INDEX, NEEDED, RECORDINGS, check, file, mig, rows, text_of

pytestmark = NEEDED


def test_every_recording_is_of_a_kind_that_is_tested() -> None:
    with INDEX.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert {row["kind"] for row in rows} == recorded.READ | set(recorded.OTHERS)
    named = {"xml/" + name + ".xml" for name in DOCUMENTS} | set(recorded.Q) | set(recorded.QUERIES)
    named |= set(TABLES) | set(recorded.NVLINKS)
    read = {row["file"] for row in rows if row["kind"] in recorded.READ - {"text:L", "error", "xml-malformed"}}
    assert named == read
    assert {Path(row["file"]).stem for row in rows if row["kind"] == "error"} == set(recorded.CONDITIONS)


@pytest.mark.parametrize("row", rows("text:q"))
def test_plain_text(row: dict[str, str]) -> None:
    driver, attached, name, last = recorded.Q[row["file"]]
    seen = read_any(text_of(row)).document
    assert seen is not None
    assert (seen.driver_version, seen.attached_gpus, seen.gpus[-1].name) == (driver, attached, name)
    assert len(seen.gpus) == (1 if "[...]" in text_of(row) else attached)
    check(seen.gpus[-1], last)
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]
    assert set(seen.unparsed) <= {"gpu/[...]"}
    pids = [process.pid for process in seen.gpus[-1].processes]
    assert pids == recorded.Q_PROCESSES.get(row["file"], pids)
    if "h100-mig" in row["file"]:
        assert mig(seen.gpus[0]) == recorded.MIG_H100


@pytest.mark.parametrize("row", rows("text:L"))
def test_lists(row: dict[str, str]) -> None:
    seen = read_any(text_of(row)).document
    assert seen is not None
    (gpu,) = seen.gpus
    assert (gpu.index, bool(gpu.name), str(gpu.uuid)[:4]) == (0, True, "GPU-")
    assert [device.profile for device in gpu.mig.devices] == recorded.LISTS.get(row["file"], [])
    assert all(str(device.uuid).startswith("MIG-") for device in gpu.mig.devices)


@pytest.mark.parametrize("row", rows("text:query-gpu text:query-gpu-load"))
def test_queries(row: dict[str, str]) -> None:
    driver, count, last = recorded.QUERIES[row["file"]]
    seen = read_any(text_of(row)).document
    assert seen is not None
    assert (seen.driver_version, len(seen.gpus), seen.unparsed) == (driver, count, {})
    assert [gpu.index for gpu in seen.gpus] == list(range(count))
    check(seen.gpus[-1], last)
    assert not [why for why in seen.why.values() if why.startswith("unexpected")]


@pytest.mark.parametrize("row", rows("text:table text:table-load"))
def test_tables(row: dict[str, str]) -> None:
    seen = read_any(text_of(row)).document
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
        assert mig(gpu) == recorded.MIG_H100


@pytest.mark.parametrize("row", rows("text:nvlink-s"))
def test_nvlinks(row: dict[str, str]) -> None:
    count, index, links, condition = recorded.NVLINKS[row["file"]]
    seen = read_any(text_of(row)).document
    assert seen is not None
    last = seen.gpus[-1]
    assert (len(seen.gpus), last.index, conclude(seen).condition) == (count, index, condition)
    if isinstance(links, str):
        assert (last.nvlinks, seen.why) == (None, {f"gpus[{count - 1}].nvlinks": links})
    else:
        assert [link.speed_gb_s for link in last.nvlinks or () if link.active] == links
        assert (last.nvlinks or ())[-1].index == (17 if "h100" in row["file"] or "h200" in row["file"] else 11)


@pytest.mark.parametrize("row", rows("error"))
def test_messages(row: dict[str, str]) -> None:
    name = Path(row["file"]).stem
    for streams in ((text_of(row), ""), ("", text_of(row))):
        found = classify(255, *streams)
        assert found.condition == recorded.CONDITIONS[name]
        assert found.message and found.remedy


@pytest.mark.parametrize("row", rows(" ".join(recorded.READ - {"error"})))
def test_nothing_that_is_read_is_taken_for_a_message(row: dict[str, str]) -> None:
    if row["kind"] != "xml-malformed":
        assert read_any(text_of(row)).document is not None


def _others() -> list[Any]:
    with INDEX.open(encoding="utf-8") if INDEX.is_file() else Path(__file__).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row.get("kind") in recorded.OTHERS]
    return [pytest.param(row, id=row["file"]) for row in rows]


@pytest.mark.parametrize("row", _others())
def test_what_is_not_read_is_called_by_its_name(row: dict[str, str]) -> None:
    if row["file"] in recorded.MESSAGES:
        assert read_any(text_of(row)).condition.condition == recorded.MESSAGES[row["file"]]
        return
    with pytest.raises(ParseError) as caught:
        read_any(text_of(row))
    assert f"is {recorded.OTHERS[row['kind']]}, which is not read here" in caught.value.why


@pytest.mark.parametrize("row", rows("proc:version"))
def test_proc_versions(row: dict[str, str]) -> None:
    name = re.sub(r"-version$", "", Path(row["file"]).stem)
    if name in VERSIONS:
        seen = proc_driver.parse_version(text_of(row))
        assert (seen.version, seen.flavour) == VERSIONS[name]
    else:  # recordings of only the compiler's line
        with pytest.raises(ParseError):
            proc_driver.parse_version(text_of(row))


@pytest.mark.parametrize("row", rows("proc:params proc:registry proc:gpus/*/information"))
def test_proc_pairs(row: dict[str, str]) -> None:
    parser = proc_driver.parse_information if "information" in row["kind"] else proc_driver.parse_params
    assert parser(text_of(row)) == PAIRS[Path(row["file"]).stem]


@pytest.mark.parametrize("row", rows("modinfo"))
def test_modinfo(row: dict[str, str]) -> None:
    """Single lines, as grep found them: there is no `filename:` that they would belong to."""
    assert parse_modinfo(text_of(row)) == ()
    (whole,) = parse_modinfo("filename: x\n" + text_of(row))
    assert (whole.version, whole.license, whole.flavour) == ("580.173.02", "Dual MIT/GPL", "open")


def _h200_files() -> list[str]:
    return [f"{name}/{file.name}" for name in ("h200", "h200x2") for file in sorted((RECORDINGS / name).glob("*"))]


@pytest.mark.parametrize("name", _h200_files())
def test_h200_captures(name: str) -> None:
    count = 2 if name.startswith("h200x2") else 1
    what = recorded.H200[name.partition("/")[2]]
    text = file(name)
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
