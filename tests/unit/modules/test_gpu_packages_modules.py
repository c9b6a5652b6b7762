# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After an installation: the module for the kernel that boots next, built where it is missing."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import make_root
from ..runtime.nodes import OK
from .apt_node import HEADERS, Node
from .conftest import MODULES, Run
from .test_gpu_packages import AT, DRIVER, NAME, NAMES

pytest.importorskip("ansible", reason="the modules need ansible-core")

KERNEL, VERSION = "6.1.0-41-amd64", "580.159.04"
MODULE = f"/lib/modules/{KERNEL}/updates/dkms/nvidia.ko"
TREE = f"/var/lib/dkms/nvidia/{VERSION}"
LOG = f"make.log for nvidia-{VERSION} for kernel {KERNEL} (x86_64)\nnvidia.c: fatal error: no rule\nmake: stopped\n"
OPEN: dict[str, Any] = {**DRIVER, "flavour": "open"}


class Builder(Node):
    """Its DKMS builds, unless it is told to fail."""

    def __init__(self, top: Path) -> None:
        super().__init__()
        self.top = top
        self.fails = False
        self.on_disk: dict[str, str] = {}

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if argv[0] == "modinfo":
            paths = [path for path in argv[1:] if path.endswith(MODULE)]
            texts = [f"filename:       {p}\nversion:        {VERSION}\nlicense:        Dual MIT/GPL\n" for p in paths]
            return Result(0, "".join(texts), "")
        if argv[0] != "dkms":
            return super().run(argv, timeout=timeout)
        self.commands.append(list(argv))
        if self.fails:
            make_root(self.top, {f"{TREE}/source/dkms.conf": "", f"{TREE}/build/make.log": LOG})
            return Result(10, "", "Error! Bad return status")
        make_root(self.top, {MODULE: ""})
        return OK


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    make_root(
        tmp_path,
        {
            "/usr/bin/dpkg-query": "",
            "/proc/sys/kernel/osrelease": "6.1.0-40-amd64\n",
            f"/boot/vmlinuz-{KERNEL}": "",
            f"/lib/modules/{KERNEL}/build/Makefile": "",
        },
    )
    made = Builder(tmp_path)
    module = importlib.import_module(f"{MODULES}.{NAME}")
    monkeypatch.setattr(module, "Root", lambda: Root(str(tmp_path)))
    monkeypatch.setattr(module, "SubprocessRunner", lambda: made)
    return made


def test_a_module_that_the_installation_did_not_bring_is_built(run: Run, node: Builder) -> None:
    done = run(NAME, **OPEN)
    assert (done["changed"], done["built"]) == (True, True)
    assert node.did("dkms") == [["dkms", "autoinstall", "-k", KERNEL]]
    again = run(NAME, **OPEN)
    assert (again["changed"], again["built"], len(node.did("dkms"))) == (False, False, 1)


def test_a_module_that_dkms_was_made_to_forget_is_built_by_the_name_of_its_source(run: Run, node: Builder) -> None:
    sources = (f"nvidia-open-{VERSION}", "nvidia-open-1.2.3", f"other-{VERSION}")
    make_root(node.top, {f"/usr/src/{name}/dkms.conf": "" for name in sources})
    make_root(node.top, {f"/usr/src/nvidia-{VERSION}/left": ""})
    assert run(NAME, **OPEN)["built"] is True
    assert node.did("dkms") == [["dkms", "install", "-m", "nvidia-open", "-v", VERSION, "-k", KERNEL, "--force"]]


def test_a_check_says_that_it_would_be_built(run: Run, node: Builder) -> None:
    assert "built" not in run(NAME, check=True, **OPEN), "nobody knows before the installation"
    node.installed, node.held = dict(AT), set(NAMES)
    told = run(NAME, check=True, **OPEN)
    assert (told["changed"], told["built"], node.did("dkms")) == (True, True, [])


def test_a_build_that_failed_is_said_with_the_end_of_its_log(run: Run, node: Builder) -> None:
    node.fails = True
    msg = run(NAME, **OPEN)["msg"]
    for words in (
        f"kernel {KERNEL} boots next and has no module {VERSION} open, but none",
        f"dkms: nvidia/{VERSION} for {KERNEL} failed (nvidia.c: fatal error: no rule)",
        f"the end of {TREE}/build/make.log:\n",
        "make: stopped",
        "Nothing was rebooted",
    ):
        assert words in msg
    node.fails = False
    assert run(NAME, **OPEN)["built"] is True
    assert node.did("dkms")[-1] == ["dkms", "install", "-m", "nvidia", "-v", VERSION, "-k", KERNEL, "--force"]


def test_missing_headers_are_named(run: Run, node: Builder, tmp_path: Path) -> None:
    (tmp_path / f"lib/modules/{KERNEL}/build/Makefile").unlink()
    (tmp_path / f"lib/modules/{KERNEL}/build").rmdir()
    node.fails = True
    assert f"its headers are not installed (no /lib/modules/{KERNEL}/build)" in run(NAME, **OPEN)["msg"]


def test_the_other_flavour_is_not_the_module_asked_for(run: Run, node: Builder, tmp_path: Path) -> None:
    make_root(tmp_path, {MODULE: ""})
    node.fails = True
    msg = run(NAME, **{**DRIVER, "flavour": "proprietary"})["msg"]
    assert f"has no module {VERSION} proprietary, but {VERSION} open ({MODULE})" in msg


def test_an_installation_that_fails_ends_with_the_log_too(run: Run, node: Builder, tmp_path: Path) -> None:
    make_root(tmp_path, {f"{TREE}/source/dkms.conf": "", f"{TREE}/build/make.log": LOG})
    node.answers["env"] = Result(100, "", "dpkg: error processing package nvidia-kernel-open-dkms (--configure)\n")
    assert f"the end of {TREE}/build/make.log:\n" in run(NAME, **OPEN)["msg"]


def test_a_node_without_a_visible_kernel_is_not_asked(run: Run, node: Builder, tmp_path: Path) -> None:
    (tmp_path / f"boot/vmlinuz-{KERNEL}").unlink()
    (tmp_path / "proc/sys/kernel/osrelease").unlink()
    assert run(NAME, **OPEN)["built"] is False


def test_headers_of_a_spare_kernel_may_be_missing_and_of_the_next_not(run: Run, node: Builder) -> None:
    spare = {"name": "linux-headers-6.1.0-40-amd64", "version": None, "optional": True}
    assert run(NAME, **{**OPEN, "packages": [*DRIVER["packages"], spare]})["built"] is True
    lost = {"name": "linux-headers-6.1.0-56-amd64", "version": None}
    msg = run(NAME, **{**OPEN, "packages": [*DRIVER["packages"], lost]})["msg"]
    assert msg.startswith("no package source has linux-headers-6.1.0-56-amd64, without which no module")
    assert HEADERS in node.installed
