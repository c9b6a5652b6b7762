# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of dnf with their keys, read before they count."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..apt.repositories import KEYS, ONE
from ..observe.fakes import make_root
from ..runtime.nodes import tree
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME, MANAGER = "package_source", "dnf"


class Dnf:
    """Reads every repository but those that are broken."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.broken = False
        self.keys = ""
        """As rpm lists what it trusts"""
        self.erases = Result(0, "", "")

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        self.calls.append(list(argv))
        if argv[0] == "rpm":
            return self.erases if "--erase" in argv else Result(0 if self.keys else 1, self.keys, "")
        said = "Errors during downloading metadata for repository 'ours':\nError: Failed to download metadata\n"
        return Result(1, "", said) if self.broken else Result(0, "Metadata cache created.\n", "")


@pytest.fixture
def dnf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dnf:
    made, top = Dnf(), tmp_path / "node"
    module = importlib.import_module(f"{MODULES}.{NAME}")
    monkeypatch.setattr(module, "SubprocessRunner", lambda: made)
    monkeypatch.setattr(module, "Root", lambda: Root(str(top)))
    return made


def element(top: Path, **more: str) -> dict[str, Any]:
    return {
        "path": str(top / "ours.repo"),
        "content": "[ours]\nname=ours\nbaseurl=http://mirror/\ngpgcheck=1\n",
        "key_path": str(top / "RPM-GPG-KEY-ours"),
        "key": (KEYS / "one.asc").read_text(),
        "fingerprint": ONE,
        **more,
    }


def test_placed_and_read_alone(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    assert run(NAME, manager=MANAGER, check=True, sources=[element(tmp_path)])["changed"]
    assert (dnf.calls, tree(tmp_path)) == ([], {})
    made = run(NAME, manager=MANAGER, sources=[element(tmp_path)])
    assert made["files"] == [str(tmp_path / "RPM-GPG-KEY-ours"), str(tmp_path / "ours.repo")]
    assert dnf.calls == [["dnf", "--assumeyes", "--disablerepo=*", "--enablerepo=ours", "--refresh", "makecache"]]
    assert not run(NAME, manager=MANAGER, sources=[element(tmp_path)])["changed"]
    (tmp_path / "RPM-GPG-KEY-ours").write_text("")
    assert run(NAME, manager=MANAGER, sources=[element(tmp_path)])["changed"]
    assert len(dnf.calls) == 2


def test_a_repository_that_cannot_be_read(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    run(NAME, manager=MANAGER, sources=[element(tmp_path)])
    before = tree(tmp_path)
    dnf.broken = True
    other = element(tmp_path, content="[ours]\nbaseurl=http://gone/\n")
    failed = run(NAME, manager=MANAGER, sources=[other], remove=[])
    assert failed["failed"]
    assert "cannot be read. Check nvidia_repository_driver_uri" in failed["msg"]
    assert "Failed to download metadata" in failed["msg"]
    assert tree(tmp_path) == before


def test_another_key(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    failed = run(NAME, manager=MANAGER, sources=[element(tmp_path, fingerprint="A" * 40)])
    assert f"expected {'A' * 40}. Nothing was changed" in failed["msg"]
    assert (dnf.calls, tree(tmp_path)) == ([], {})


def test_removed(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    (tmp_path / "cuda-rhel9.repo").write_text("[cuda]\n")
    assert run(NAME, manager=MANAGER, remove=[str(tmp_path / "cuda-rhel9.repo")])["changed"]
    assert (dnf.calls, tree(tmp_path)) == ([], {})


PLACED = 1_700_000_000
KEYS_FILE = "/etc/pki/rpm-gpg/RPM-GPG-KEY-nvidia"


def key_of(version: str, taken: int) -> str:
    return f"{version} 65000000 {taken}\n"


def placed(top: Path) -> str:
    """The file of a key that was placed in 2023."""
    path = top / "RPM-GPG-KEY-ours"
    path.write_text((KEYS / "one.asc").read_text())
    os.utime(path, (PLACED, PLACED))
    return str(path)


@pytest.mark.parametrize("version", [ONE[-8:].lower(), ONE.lower()], ids=["short", "of rpm 6"])
def test_what_dnf_took_from_a_key_goes_with_its_file(tmp_path: Path, run: Run, dnf: Dnf, version: str) -> None:
    dnf.keys = key_of("0123abcd", PLACED + 5) + key_of(version, PLACED)
    assert run(NAME, manager=MANAGER, check=True, remove=[placed(tmp_path)])["changed"]
    assert dnf.calls == []
    assert run(NAME, manager=MANAGER, remove=[placed(tmp_path)])["changed"]
    assert [argv for argv in dnf.calls if "--erase" in argv] == [["rpm", "--erase", f"gpg-pubkey-{version}-65000000"]]


def test_a_key_that_was_trusted_before_stays(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    dnf.keys = key_of(ONE[-8:].lower(), PLACED - 1)
    run(NAME, manager=MANAGER, remove=[placed(tmp_path)])
    dnf.keys = ""
    run(NAME, manager=MANAGER, remove=[placed(tmp_path)])
    assert [argv[1] for argv in dnf.calls] == ["--query", "--query"]


def test_a_key_that_another_repository_names_stays(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    dnf.keys = key_of(ONE[-8:].lower(), PLACED)
    theirs = f"[theirs]\ngpgkey=https://elsewhere/key file:///nowhere file://{KEYS_FILE}\n"
    make_root(tmp_path / "node", {"/etc/yum.repos.d/theirs.repo": theirs, "/etc/yum.repos.d/theirs.repo.old": "x"})
    make_root(tmp_path / "node", {KEYS_FILE: (KEYS / "one.asc").read_text()})
    run(NAME, manager=MANAGER, remove=[placed(tmp_path)])
    assert dnf.calls == []


def test_a_key_that_rpm_does_not_give_away_has_the_files_put_back(tmp_path: Path, run: Run, dnf: Dnf) -> None:
    dnf.keys, dnf.erases = key_of(ONE[-8:].lower(), PLACED), Result(1, "", "error: database is read-only\n")
    failed = run(NAME, manager=MANAGER, remove=[placed(tmp_path)])
    assert "cannot erase the key gpg-pubkey-" in failed["msg"] and "database is read-only" in failed["msg"]
    assert Path(placed(tmp_path)).exists()
