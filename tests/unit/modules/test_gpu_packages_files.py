# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small files and the pin of the kernel, which come and go with a stack of packages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..apt.test_resolve import ROOTS
from .apt_node import ARCHIVE, Node
from .conftest import Run
from .test_gpu_packages import AT, DRIVER, NAME, NAMES, NEWER, node

__all__ = ["node"]
pytest.importorskip("ansible", reason="the modules need ansible-core")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_small_files_come_and_go_with_the_packages(run: Run, node: Node, tmp_path: Path, state: str) -> None:
    new, old = tmp_path / "etc/modprobe.d/new.conf", tmp_path / "old.conf"
    old.write_text("options nvidia a=1\n")
    node.installed, node.held = dict(AT), set(NAMES)
    files = [{"path": str(new), "content": "options nvidia b=2\n"}, {"path": str(old), "content": None}]
    arguments: dict[str, Any] = DRIVER if state == "present" else {"stack": "nvidia_driver", "state": "absent"}
    told = run(NAME, check=True, files=files, **arguments)
    assert (new.exists(), old.exists(), told["changed"]) == (False, True, True)
    done = run(NAME, files=files, **arguments)
    assert done == told
    assert (new.read_text(), old.exists()) == ("options nvidia b=2\n", False)
    assert [one["after"] for one in done["diff"][1:]] == ["options nvidia b=2\n", ""]
    assert run(NAME, files=files, **arguments)["changed"] is False


def test_a_file_that_cannot_be_written_is_named(run: Run, node: Node, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files = [{"path": str(tmp_path / "file/x.conf"), "content": ""}]
    assert "x.conf cannot be" in run(NAME, files=files, **DRIVER)["msg"]
    assert node.did("env") == []


PINS = "etc/apt/preferences.d/baremetal-gpu-kernel.pref"
META = "Package: linux-image-generic\nPin: version 6.8.0.90\nPin-Priority: 1001\n"


def test_the_kernel_is_pinned_where_it_stands_then(run: Run, node: Node, tmp_path: Path) -> None:
    node.installed = {"linux-image-generic": "6.8.0.90", "linux-image-6.8.0-90-generic": "6.8.0-90.91"}
    told = run(NAME, check=True, lock_kernel="always", **DRIVER)
    assert not (tmp_path / PINS).exists()
    done = run(NAME, lock_kernel="always", **DRIVER)
    assert done == told
    assert (tmp_path / PINS).read_text() == META
    assert done["diff"][1]["after"] == META
    assert run(NAME, lock_kernel="always", **DRIVER)["changed"] is False
    assert (tmp_path / PINS).read_text() == META
    node.answers["env"] = Result(100, "", "E: half-way\n")
    node.installed["linux-image-generic"] = "6.8.0.91"
    assert "msg" in run(NAME, lock_kernel="always", **{**DRIVER, "match": "580.173.02", "packages": NEWER})
    assert "6.8.0.91" in (tmp_path / PINS).read_text(), "also when the packages did not come"
    del node.answers["env"]
    assert run(NAME, lock_kernel="never", **DRIVER)["changed"] is True
    assert not (tmp_path / PINS).exists()


@pytest.mark.parametrize("offered", [True, False])
def test_the_kernel_is_pinned_where_nothing_brings_its_headers(
    run: Run, node: Node, tmp_path: Path, offered: bool
) -> None:
    node.installed = {"linux-image-generic": "6.8.0.90"}
    if offered:
        node.packages = {**ARCHIVE, "linux-headers-generic": (["6.8.0.91", "6.8.0.90"], {})}
    root = {"name": "linux-headers-generic", "version": None, "optional": True, "preferred": "6.8.0.90"}
    asked = {**DRIVER, "packages": [*ROOTS, root], "lock_kernel": "unfollowed"}
    told = run(NAME, check=True, **asked)
    assert run(NAME, **asked) == told
    assert node.installed.get("linux-headers-generic") == ("6.8.0.90" if offered else None)
    assert (tmp_path / PINS).exists() is not offered
    assert run(NAME, **asked)["changed"] is False
    if not offered:
        assert run(NAME, **{**asked, "lock_kernel": "never"})["changed"] is True


def test_what_no_source_has_yet_pins_no_kernel_in_a_check(run: Run, node: Node) -> None:
    node.installed = {"linux-image-generic": "6.8.0.90"}
    root = {"name": "linux-headers-generic", "version": None, "optional": True}
    packages = [{"name": "nvidia-of-tomorrow", "version": "580.159.04"}, root]
    told = run(NAME, check=True, **{**DRIVER, "packages": packages, "lock_kernel": "unfollowed"})
    assert "nvidia-of-tomorrow" in told["unresolved"]
    assert PINS not in str(told["diff"])
