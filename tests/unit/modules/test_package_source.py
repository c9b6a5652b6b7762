# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package sources with their keys, checked before they count."""

from __future__ import annotations

import importlib
import io
from http.client import IncompleteRead
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils import _busy as busy
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root

from ..apt.repositories import KEYS, ONE, RSA, Apt, source
from ..observe.fakes import make_root
from ..runtime.nodes import tree
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME, MANAGER = "package_source", "apt"
URI = "http://mirror/debian12"
URL = "http://mirror/key.asc"


class Web:
    """What the key's address gives."""

    def __init__(self) -> None:
        self.answer: bytes | Exception = (KEYS / "one.asc").read_bytes()
        self.asked: list[str] = []

    def open_url(self, url: str, **_options: Any) -> io.BytesIO:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return io.BytesIO(self.answer)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    made = Web()
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "open_url", made.open_url)
    return made


@pytest.fixture
def node(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the node's own files are, its locks among them."""
    top = tmp_path_factory.mktemp("node")
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "Root", lambda: Root(str(top)))
    return top


@pytest.fixture
def apt(node: Path, monkeypatch: pytest.MonkeyPatch) -> Apt:
    made = Apt({URI: ONE})
    monkeypatch.setattr(importlib.import_module(f"{MODULES}.{NAME}"), "SubprocessRunner", lambda: made)
    return made


def element(top: Path, **more: str) -> dict[str, str]:
    key_path = top / "keyrings" / "driver.asc"
    given = {
        "path": str(top / "sources.list.d" / "driver.sources"),
        "content": source(URI, key_path),
        "key_path": str(key_path),
        "key": URL,
        "fingerprint": ONE,
    }
    return {**given, **more}


def test_check_mode_then_for_good_then_nothing(run: Run, tmp_path: Path, web: Web, apt: Apt) -> None:
    old = tmp_path / "cuda.list"
    old.write_text("deb http://old /\n")
    before = tree(tmp_path)
    arguments: dict[str, Any] = {"sources": [element(tmp_path)], "remove": [str(old)]}
    told = run(NAME, manager=MANAGER, check=True, **arguments)
    assert (told["changed"], tree(tmp_path), web.asked, apt.alone, apt.whole) == (True, before, [], [], 0)
    done = run(NAME, manager=MANAGER, **arguments)
    given = element(tmp_path)
    assert (done["changed"], done["files"]) == (True, [given["key_path"], given["path"], str(old)])
    assert told["files"] == done["files"]
    assert told["diff"][1:] == done["diff"][1:]
    assert told["diff"][0]["after"] == f"key {ONE} from {URL}\n"
    assert [(part["before"], part["after"]) for part in done["diff"]] == [
        ("", (KEYS / "one.asc").read_text()),
        ("", given["content"]),
        ("deb http://old /\n", ""),
    ]
    assert sorted(tree(tmp_path)) == ["keyrings/driver.asc", "sources.list.d/driver.sources"]
    again = run(NAME, manager=MANAGER, **arguments)
    assert (again["changed"], again["files"], again["diff"]) == (False, [], [])
    assert (web.asked, len(apt.alone), apt.whole) == ([URL], 1, 1)


UNREACHABLE = {
    "refused": (URLError("[Errno 111] Connection refused"), "Connection refused"),
    "too slow": (TimeoutError("timed out"), "timed out"),
    "cut off": (IncompleteRead(b"---", 500), "IncompleteRead(3 bytes read, 500 more expected)"),
    "no address": (ValueError("unknown url type"), "unknown url type"),
}


@pytest.mark.parametrize(("answer", "says"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_key_that_cannot_be_fetched(
    run: Run, tmp_path: Path, web: Web, apt: Apt, answer: Exception, says: str
) -> None:
    web.answer = answer
    msg = run(NAME, manager=MANAGER, sources=[element(tmp_path, variables="nvidia_repository_toolkit")])["msg"]
    assert msg.startswith(f"the key {URL} cannot be fetched: ")
    assert says in msg
    assert "Set nvidia_repository_toolkit_key to an address that this node reaches" in msg
    assert (tree(tmp_path), apt.alone, apt.whole) == ({}, [], 0)


def test_a_wrong_fingerprint_is_refused(run: Run, tmp_path: Path, web: Web, apt: Apt) -> None:
    web.answer = (KEYS / "rsa.gpg").read_bytes()
    msg = run(NAME, manager=MANAGER, sources=[element(tmp_path)])["msg"]
    assert f"nvidia_repository_driver_key_fingerprint: the key has fingerprint {RSA}, expected {ONE}" in msg
    assert (tree(tmp_path), apt.alone, apt.whole) == ({}, [], 0)


def test_a_repository_that_cannot_be_read_leaves_the_node_as_it_was(
    run: Run, tmp_path: Path, web: Web, apt: Apt
) -> None:
    apt.signers = {}
    msg = run(NAME, manager=MANAGER, sources=[element(tmp_path)])["msg"]
    assert "Check nvidia_repository_driver_uri. apt said: W: Failed to fetch http://mirror/debian12/InRelease" in msg
    assert tree(tmp_path) == {}


def test_who_is_at_the_packages_is_waited_for_and_then_named(
    run: Run, tmp_path: Path, web: Web, apt: Apt, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh node's own apt-get update, which has only the lock of the lists."""
    make_root(node, {"/var/lib/apt/lists/lock": "", "/proc/4711/cmdline": "apt-get\0-qq\0-y\0update\0"})
    inode = (node / "var/lib/apt/lists/lock").stat().st_ino
    make_root(node, {"/proc/locks": f"1: POSIX  ADVISORY  WRITE 4711 08:01:{inode} 0 EOF\n"})
    naps: list[float] = []
    monkeypatch.setattr(f"{busy.__name__}.time.sleep", naps.append)
    arguments: dict[str, Any] = {"manager": MANAGER, "sources": [element(tmp_path)]}
    msg = run(NAME, lock_timeout=0, **arguments)["msg"]
    assert "/var/lib/apt/lists/lock by process 4711 (apt-get -qq -y update)" in msg
    assert "Nothing was changed" in msg and msg.endswith("how long to wait is set by nvidia_repository_lock_timeout")
    assert (tree(tmp_path), apt.alone, apt.whole, naps) == ({}, [], 0, [])
    assert run(NAME, check=True, lock_timeout=0, **arguments)["changed"] is True

    def gone(seconds: float) -> None:
        naps.append(seconds)
        (node / "proc/locks").write_text("")

    monkeypatch.setattr(f"{busy.__name__}.time.sleep", gone)
    assert run(NAME, lock_timeout=60, **arguments)["changed"] is True
    assert (naps, apt.whole) == ([1.0], 1)
    (node / "proc/locks").write_text(f"1: POSIX  ADVISORY  WRITE 4711 08:01:{inode} 0 EOF\n")
    assert run(NAME, lock_timeout=0, **arguments)["changed"] is False
