# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of other people's hardware, where they are present; the project holds no copy of them."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compat import gpus as device_ids
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.health import judge
from ansible_collections.baremetal.gpu.plugins.module_utils._parse import proc_driver
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_conditions import classify
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_text import parse_list, parse_query
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

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


@pytest.mark.parametrize("row", _rows("xml xml-mock"))
def test_documents(row: dict[str, str]) -> None:
    text = _text(row)
    seen = parse_xml(text)
    assert len(seen.gpus) == int(row["gpu_count"])
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


@pytest.mark.parametrize("row", _rows("xml"))
def test_architectures(row: dict[str, str]) -> None:
    """By the driver's word and by the PCI device id, against the index."""
    wanted = {family.lower() for family in row["family"].split("/")}
    for gpu in parse_xml(_text(row)).gpus:
        by_id = device_ids.architecture(gpu.pci_device_id[:4]) if gpu.pci_device_id else None
        assert {name for name in (gpu.architecture, by_id) if name} <= wanted


@pytest.mark.parametrize("row", _rows("xml-malformed"))
def test_malformed_documents(row: dict[str, str]) -> None:
    with pytest.raises(ParseError) as caught:
        parse_xml(_text(row))
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


LISTS = {
    "text/nge-linux-h100-mig-590.48.01-L.txt": ["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"],
    "text/a30-L-mig.txt": ["2g.12gb", "1g.6gb", "1g.6gb"],
    "text/nvdocs-L-mig-mixed-h100.txt": ["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"],
    "text/nvdocs-L-mig-h100.txt": ["1g.10gb"] * 7,
}


@pytest.mark.parametrize("row", _rows("text:L"))
def test_lists(row: dict[str, str]) -> None:
    (listed,) = parse_list(_text(row))
    assert listed.index == 0
    assert [mig.profile for mig in listed.mig] == LISTS.get(row["file"], [])


@pytest.mark.parametrize("row", _rows("text:query-gpu text:query-gpu-load"))
def test_queries(row: dict[str, str]) -> None:
    text = _text(row)
    rows = parse_query(text)
    assert len(rows) == len(text.strip().splitlines()) - 1
    assert all(
        re.fullmatch(r"\d{3}\.\d+(\.\d+)?", cells["driver_version"] or "")
        for cells in rows
        if "driver_version" in cells
    )


CONDITIONS = {
    "lost-old-one-space": "gpu_lost",
    "lost-two-spaces": "gpu_lost",
    "handle-unknown-trailing-dot": "gpu_lost",
    "handle-detect-variant": "gpu_lost",
    "mismatch-short": "version_mismatch",
    "mismatch-with-lib-570.124": "version_mismatch",
    "mismatch-with-lib-550.144": "version_mismatch",
    "no-devices": "no_devices",
    "cannot-communicate": "driver_not_loaded",
    "nvml-insufficient-permissions": "no_permission",
    "nvml-blocked-by-os": "blocked",
    "libnvidia-ml-missing": "library_missing",
    "invalid-field": "unknown_field",
}


@pytest.mark.parametrize("row", _rows("error"))
def test_messages(row: dict[str, str]) -> None:
    """Whatever is not named stays a failure with its own words."""
    found = classify(255, _text(row), "")
    assert found.condition != "ok"
    name = Path(row["file"]).stem
    if name in CONDITIONS:
        assert found.condition == CONDITIONS[name]
    assert found.message


VERSIONS = {
    "open-590.48.01": ("590.48.01", "open"),
    "prop-390.48-version-respaced": ("390.48", "proprietary"),
    "prop-384.81": ("384.81", "proprietary"),
    "legacy-96.43.09": ("96.43.09", "proprietary"),
    "legacy-169.12": ("169.12", "proprietary"),
}


@pytest.mark.parametrize("row", _rows("proc:version"))
def test_proc_versions(row: dict[str, str]) -> None:
    name = re.sub(r"-version$", "", Path(row["file"]).stem)
    if name in VERSIONS:
        seen = proc_driver.parse_version(_text(row))
        assert (seen.version, seen.flavour) == VERSIONS[name]
    else:  # recordings of only the compiler's line
        with pytest.raises(ParseError):
            proc_driver.parse_version(_text(row))


@pytest.mark.parametrize("row", _rows("proc:params"))
def test_proc_params(row: dict[str, str]) -> None:
    text = _text(row)
    assert len(proc_driver.parse_params(text)) == len(text.strip().splitlines())


def test_h200_captures() -> None:
    for folder, count in (("h200", 1), ("h200x2", 2)):
        seen = parse_xml((RECORDINGS / folder / "q.xml").read_text(encoding="utf-8"))
        assert [gpu.architecture for gpu in seen.gpus] == ["hopper"] * count
        assert {gpu.memory_total_mib for gpu in seen.gpus} == {143771}
        assert [judge(gpu).verdict for gpu in seen.gpus] == ["ok"] * count
        assert len(parse_list((RECORDINGS / folder / "L.txt").read_text(encoding="utf-8"))) == count
