# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python `make venv` takes, and what it installs for it. tests/lab makes a .venv on a stock Debian."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable

import pytest

from lab import LabError
from lab.host import apt
from tools import venv

Machine = Callable[..., Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A folder of apt's and one of pyenv's, with interpreters that only say what they are."""

    def put(where: str, name: str, version: str, complete: bool) -> Path:
        path = tmp_path / where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {version.replace('.', ' ')} {complete}\n")
        path.chmod(0o755)
        return path

    (tmp_path / "usr/bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path}/usr/bin:/bin-of-nobody")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(venv, "OF_APT", tmp_path / "usr/bin")
    return put


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(apt, "install", lambda packages, _why, _again="": names.extend(packages))
    return names


def test_a_stock_debian_gets_what_its_python_lacks(machine: Machine, installed: list[str]) -> None:
    python = machine("usr/bin", "python3", "3.11.2", False)
    assert venv.newest() == python
    assert installed == ["python3.11-venv"]


def test_a_python_that_can_make_a_venv_is_preferred(machine: Machine, installed: list[str]) -> None:
    machine("usr/bin", "python3", "3.13.1", False)
    machine("usr/bin", "python3.11", "3.11.2", True)
    newest = machine("pyenv/versions/3.12.1/bin", "python3.12", "3.12.1", True)
    machine("pyenv/versions/3.15.0/bin", "python3", "3.15.0", True)
    assert venv.newest() == newest
    assert installed == []


@pytest.mark.parametrize("where", ["usr/bin", "pyenv/versions/3.9.1/bin"])
def test_an_old_python_alone_is_named(machine: Machine, installed: list[str], where: str) -> None:
    machine(where, "python3", "3.9.1", where == "usr/bin")
    with pytest.raises(LabError, match=r"3\.11 or newer.*found: 3\.9\.1"):
        venv.newest()
    assert installed == []


def test_what_apt_does_not_bring_is_not_asked_of_apt(machine: Machine, installed: list[str]) -> None:
    machine("pyenv/versions/3.12.1/bin", "python3.12", "3.12.1", False)
    with pytest.raises(LabError) as caught:
        venv.newest()
    assert caught.value.go_on == "apt-get install python3-venv"
    assert installed == []


def test_a_real_interpreter_is_looked_at() -> None:
    found = venv.look(Path(sys.executable))
    assert found
    assert found.version == sys.version_info[:3]
    assert found.complete


def test_pip_that_fails_is_a_step_and_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interpreter whose venv has a pip that finds nothing."""
    python = tmp_path / "python3"
    pip = "#!/bin/sh\\necho no such distribution >&2\\nexit 1\\n"
    python.write_text(f'#!/bin/sh\nmkdir -p "$3/bin"\nprintf "{pip}" > "$3/bin/python"\nchmod +x "$3/bin/python"\n')
    python.chmod(0o755)
    (tmp_path / "requirements").write_text("nothing-like-it\n")
    monkeypatch.setattr(venv, "newest", lambda: python)
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(venv, "REQUIREMENTS", tmp_path / "requirements")
    with pytest.raises(SystemExit) as caught:
        venv.main()
    said = str(caught.value)
    assert "installing test-requirements.txt into .venv failed" in said
    assert "no such distribution" in said
    assert "go on with: make venv" in said
    assert not (tmp_path / ".venv/.made-from").exists()
    assert "pip into .venv (usually 1 min) …" in capsys.readouterr().err
