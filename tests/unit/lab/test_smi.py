# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated nvidia-smi beside the real one: each captured call again, over a folder in the place of a node."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import List, Tuple

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_nvlink import parse_nvlink
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_xml import parse_xml

from lab.silicon import smi
from lab.silicon.models import MODELS, Model
from lab.silicon.packages import VERSIONS

from ..parse import documents

CAPTURED = "580.159.04"
CARD = ("0000:00:06.0", "GPU-00000000-1111-2222-3333-444444444444", "1650000000001")
"""The captured one."""
MASKED = (
    (r"\b\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\b", "TIME"),
    (r"\b96\.00\.\w\w\.00\.\w\w\b", "VBIOS"),
    # The captured card had been worked hard, and handed to a virtual machine.
    (r"(DRAM (?:Unc|C)orrectable|Uncorrectable Error|Virtualization Mode)( +: ).*", r"\1\2VALUE"),
    (r"<(dram_\w+|remapped_row_unc|row_remapper_histogram_(?:max|high)|virtualization_mode)>.*<", r"<\1>VALUE<"),
    (r" +\d+W / ", "  DRAW / "),
    (r" +\d+%", "  UTIL"),
    # Of the clocks that the card could have, the simulation prints three for each memory clock.
    (r"(?:\t*<supported_graphics_clock>\d+ MHz</supported_graphics_clock>\n)+", "CLOCKS\n"),
)


def masked(text: str) -> List[str]:
    for pattern, instead in MASKED:
        text = re.sub(pattern, instead, text)
    return text.splitlines()


class Stand:
    """A folder that stands for a node with one GPU, driver loaded."""

    def __init__(self, root: Path, model: str, version: str) -> None:
        self.root = root
        self.program = root / "nvidia-smi"
        libraries = root / "usr/lib/x86_64-linux-gnu"
        for folder in (root / "dev", root / "run/silicon", libraries):
            folder.mkdir(parents=True)
        self.program.write_bytes(smi.executable(version))
        (libraries / f"libnvidia-ml.so.{version}").touch()
        (libraries / "libnvidia-ml.so.1").symlink_to(f"libnvidia-ml.so.{version}")
        (root / "dev/nvidia0").touch()
        card = "\t".join(("gpu", "0", *CARD, model))
        (root / "run/silicon/state").write_text(f"driver\t{version}\topen\t1\nswitches\t0\n{card}\n")

    def run(self, *arguments: str) -> Tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, str(self.program), *arguments],
            env={"SILICON_ROOT": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path, "h100-sxm", CAPTURED)


def test_each_captured_call_again(stand: Stand) -> None:
    """In their order, since some change what later ones say."""
    (stand.root / "run/silicon/pm").write_text(CARD[0])
    for title in documents.titles():
        rc, out, err = documents.run(title)
        found = stand.run(*title.split()[1:])
        assert (found[0], masked(found[1]), found[2]) == (rc, masked(out), err), title


def test_the_document_is_the_captured_one(stand: Stand) -> None:
    stand.run("-pm", "1")
    rc, out, err = stand.run("-q", "-x")
    assert (rc, err) == (0, "")
    assert masked(out) == masked(documents.capture())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MODELS)
def test_the_parser_knows_every_element_and_the_sums_are_right(tmp_path: Path, name: str, version: str) -> None:
    model: Model = MODELS[name]
    stand = Stand(tmp_path, name, version)
    rc, out, _err = stand.run("-q", "-x")
    assert rc == 0
    document = parse_xml(out)
    assert document.unparsed == {}
    (gpu,) = document.gpus
    assert (gpu.name, gpu.memory_total_mib, gpu.memory_used_mib) == (model.name, model.memory_mib, 0)
    fields = "memory.total,memory.reserved,memory.used,memory.free"
    _rc, csv, _err = stand.run(f"--query-gpu={fields}", "--format=csv,noheader,nounits")
    total, reserved, used, free = map(int, csv.split(","))
    assert total == model.memory_mib == reserved + used + free
    assert reserved > 0
    section = stand.run("-q", "-d", "MEMORY")[1].split("BAR1")[0]
    assert [int(number) for number in re.findall(r": (\d+) MiB", section)] == [total, reserved, used, free]


def test_a_header_keeps_its_units_where_the_values_have_none(stand: Stand) -> None:
    fields = "--query-gpu=index,memory.total"
    assert stand.run(fields, "--format=csv,nounits")[1] == "index, memory.total [MiB]\n0, 81559\n"
    assert stand.run(fields, "--format=csv")[1] == "index, memory.total [MiB]\n0, 81559 MiB\n"


@pytest.mark.parametrize(("value", "word"), [("1", "Enabled"), ("ENABLED", "Enabled"), ("DISABLED", "Disabled")])
def test_a_mode_by_number_or_word(stand: Stand, value: str, word: str) -> None:
    stand.run("-pm", "0" if word == "Enabled" else "1")
    rc, out, _err = stand.run("-pm", value)
    assert (rc, out) == (0, f"{word} persistence mode for GPU 00000000:00:06.0.\nAll done.\n")


def test_what_the_real_one_knows_and_this_one_does_not_is_said_so(stand: Stand) -> None:
    for option in ("-r", "--gpu-reset", "--ecc-config=1", "topo"):
        rc, out, err = stand.run(option)
        assert (rc, out) == (1, ""), option
        assert option in err


@pytest.mark.parametrize("name", MODELS)
def test_nvlinks_are_those_of_the_model(tmp_path: Path, name: str) -> None:
    model: Model = MODELS[name]
    rc, out, err = Stand(tmp_path, name, VERSIONS[0]).run("nvlink", "-s")
    assert (rc, err) == (0, "")
    (gpu,) = parse_nvlink(out)
    if model.nvlinks:
        assert gpu.links is not None
        assert {(link.active, link.speed_gb_s) for link in gpu.links} == {(True, float(model.nvlink_speed.split()[0]))}
    assert len(gpu.links or ()) == model.nvlinks
    assert ("nvlinks" in gpu.why) == (model.nvlinks == 0)
