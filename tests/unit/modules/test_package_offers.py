# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What apt and dnf say that they can have."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import make_root
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "package_offers"
ASKED = ["linux-headers-1", "linux-headers-2", "linux-headers-3"]
APT = {
    "/usr/bin/dpkg-query": "",
    "/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages": "",
    "/var/cache/apt/archives/linux-headers-3_6.1-1_amd64.deb": "",
}
DNF = {"/usr/bin/rpm": "", "/usr/bin/dnf": "", "/etc/os-release": "ID=rocky\nID_LIKE=rhel\n"}
MADISON = " linux-headers-2 | 6.1-1 | http://mirror bookworm/main amd64 Packages\n"
DEVEL = "kernel-devel-matched-5.14.0-1.el9.x86_64"
KMOD = "kmod-nvidia-580.159.04-5.14.0"
REPOQUERY = (
    "kernel-devel-matched\t0\t5.14.0\t1.el9\tx86_64\n\nkmod-nvidia-580.159.04-5.14.0\t3\t580.159.04\t1.el9\tx86_64\n\n"
)


@pytest.fixture
def offered(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Of what a node with these files offers; every command answers the same."""

    def ask(files: dict[str, Any], answer: Result, names: list[str]) -> Any:
        module = importlib.import_module(f"{MODULES}.{NAME}")
        make_root(tmp_path, files)
        monkeypatch.setattr(module, "Root", lambda: Root(str(tmp_path)))
        monkeypatch.setattr(module, "SubprocessRunner", lambda: SimpleNamespace(run=lambda *_argv, **_timeout: answer))
        return run(NAME, names=names)["offered"]

    return ask


@pytest.mark.parametrize(
    ("files", "answer", "names", "wanted"),
    [
        (APT, Result(0, MADISON, ""), ASKED, ASKED[1:]),
        (APT, Result(0, "", ""), ASKED[:2], []),
        (APT, Result(100, "", "E: damaged"), ASKED, None),
        ({"/usr/bin/dpkg-query": ""}, Result(0, MADISON, ""), ASKED, None),
        (DNF, Result(0, REPOQUERY, ""), [DEVEL, KMOD, "other"], [DEVEL, KMOD]),
        (DNF, Result(1, "", "Errors during downloading metadata"), [DEVEL], None),
        ({}, Result(0, "", ""), ASKED, None),
    ],
    ids=["sources and cache", "nothing", "apt fails", "no lists", "dnf", "dnf fails", "nobody to ask"],
)
def test_offered(
    offered: Callable[..., Any], files: dict[str, Any], answer: Result, names: list[str], wanted: list[str] | None
) -> None:
    assert offered(files, answer, names) == wanted
