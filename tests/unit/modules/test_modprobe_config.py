# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of modprobe's configuration, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "modprobe_config"
CONTENT = "# why\nblacklist nouveau\n\noptions nouveau modeset=0\n"


def test_there_and_gone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "modprobe.d" / "x.conf"
    told = run(NAME, check=True, path=str(path), content=CONTENT)
    assert not path.exists()
    done = run(NAME, path=str(path), content=CONTENT)
    assert (done["changed"], done["diff"]) == (told["changed"], told["diff"])
    assert (done["changed"], done["diff"]["before"], done["diff"]["after"]) == (True, "", CONTENT)
    assert (path.read_text(), path.stat().st_mode & 0o777) == (CONTENT, 0o644)
    assert run(NAME, path=str(path), content=CONTENT)["changed"] is False
    assert run(NAME, check=True, path=str(path), state="absent")["changed"] is True
    assert path.exists()
    assert run(NAME, path=str(path), state="absent")["changed"] is True
    assert not path.exists()
    assert run(NAME, path=str(path), state="absent")["changed"] is False


@pytest.mark.parametrize("line", ["blacklist", "option nouveau modeset=0", "nouveau"])
def test_what_modprobe_would_ignore_is_refused(run: Run, tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.conf"
    path.write_text("blacklist nouveau\n")
    msg = run(NAME, path=str(path), content=f"blacklist nova_core\n{line}\n")["msg"]
    assert msg.startswith("content, line 2: expected one of alias, blacklist, ")
    assert repr(line) in msg
    assert path.read_text() == "blacklist nouveau\n"


def test_a_place_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be" in run(NAME, path=str(tmp_path / "file" / "x.conf"), content=CONTENT)["msg"]
