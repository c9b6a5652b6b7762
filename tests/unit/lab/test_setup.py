# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab asks of the machine that it runs on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lab import REPO, LabError
from lab.host import apt, setup

GIVEN = {"apt-get", "apt-cache", "apt-config", "chmod", "nice", "systemctl", "tar"}
"""On each Debian."""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which apt-get installs, and says to `log` what."""
    log = tmp_path / "log"
    bring = f"touch {tmp_path}/tool && chmod +x {tmp_path}/tool"
    scripts = {
        "apt-get": f'echo "$@" >> {log}\ncase $* in *tool-package*) {bring};; esac',
        "apt-cache": "echo tool-package; echo other",
    }
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return log


def test_what_is_missing_is_named_before_it_is_installed(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tools = {"tool": ("tool-package", "name-of-a-newer-release"), "sh": ("dash",)}
    setup._install_missing(tools)
    assert machine.read_text().splitlines()[-1].split()[-1] == "tool-package"
    assert "installing with apt on this machine: tool-package" in capsys.readouterr().err
    before = machine.read_text()
    setup._install_missing(tools)
    assert machine.read_text() == before


def test_a_file_is_looked_for_as_a_program_is(machine: Path, tmp_path: Path) -> None:
    setup._install_missing({str(tmp_path / "tool"): ("tool-package",)})
    assert (tmp_path / "tool").exists()


def test_what_apt_cannot_bring_is_refused(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabError, match="no unheard-of"):
        apt.install(["unheard-of"], "a step")
    with pytest.raises(LabError, match="still no elsewhere"):
        setup._install_missing({"elsewhere": ("other",)})
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError) as caught:
        apt.install(["tool-package"], "a step")
    assert caught.value.go_on == "sudo apt-get install tool-package"


def test_every_program_that_the_lab_starts_here_is_installed() -> None:
    """The words that begin a command line, in the parts of the lab that run on this machine."""
    files = [path for part in ("host", "cluster", "nodes", "silicon") for path in (REPO / "lab" / part).glob("*.py")]
    begin = re.compile(r'(?:run|argv =)\(?\s*\[\s*"([a-z_-]+)"')
    started = {word for path in files for word in begin.findall(path.read_text())}
    assert {"gpg", "gcc", "openssl", "debootstrap"} <= started
    assert started - GIVEN <= {*setup.TOOLS, *setup.ENGINE_TOOLS}
