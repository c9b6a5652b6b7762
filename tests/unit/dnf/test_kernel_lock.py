# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels of rpm kept at their versions while and after packages move."""

from __future__ import annotations

from pathlib import Path
from typing import List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._kernel_lock import KernelLock

from .dnf_node import LIST, Node

TOML = "etc/dnf/versionlock.toml"
THEIRS = "kernel-0:5-1.el9.*\n"


def kernels(node: Node) -> List[str]:
    path = node.top / (TOML if node.five else LIST)
    return [line for line in (path.read_text().splitlines() if path.exists() else []) if "kernel-core" in line]


def go(node: Node, when: str, *coming: str, dry: bool = False) -> bool:
    """Whether something differs."""
    lock = KernelLock(node.root, node, when, dry=dry)  # type: ignore[arg-type]  # it streams nothing
    assert dry or kernels(node) == []
    return bool(lock.set(coming))


@pytest.fixture(params=[False, True])
def node(tmp_path: Path, request: pytest.FixtureRequest) -> Node:
    found = Node(tmp_path, five=request.param)
    found.installed["kernel-core"] = ["5.14", "5.15"]
    (tmp_path / "etc/dnf/plugins/versionlock.conf").write_text("[main]\nenabled = 1\n")
    (tmp_path / LIST).write_text(THEIRS)
    return found


def test_every_kernel_that_is_there_is_kept_and_let_go(node: Node) -> None:
    assert go(node, "always", dry=True)
    assert kernels(node) == []
    assert go(node, "always")
    assert len(kernels(node)) == 2
    for dry in (True, False):
        assert not go(node, "always", dry=dry)
    node.installed["kernel-core"] = ["5.15"]
    assert go(node, "always")
    assert len(kernels(node)) == 1
    assert go(node, "never")
    assert not go(node, "never")
    assert kernels(node) == []
    assert (node.top / LIST).read_text() == THEIRS


def test_only_where_nothing_brings_their_headers(node: Node) -> None:
    assert not go(node, "unfollowed", "kernel-devel-5.15-1.el9", dry=True)
    assert go(node, "unfollowed")
    node.installed["kernel-devel-matched"] = ["5.15"]
    assert go(node, "unfollowed")
    assert kernels(node) == []


def test_what_keeps_a_kernel_for_us_is_no_reason_to_refuse_a_driver(node: Node) -> None:
    """A check does not lift it."""
    if node.five:
        return
    node.present("580.159.04")
    go(node, "always")
    node.moves.append("kernel-core")
    assert node.present("580.173.02", dry=True).changed


def test_a_plugin_that_is_switched_off_is_said_before_anything_is_done(node: Node) -> None:
    (node.top / "etc/dnf/plugins/versionlock.conf").write_text("[main]\nenabled = 0\n")
    if node.five:
        assert go(node, "always")
        return
    with pytest.raises(GpuError, match="set nvidia_driver_hold_kernel to never"):
        go(node, "always")


def test_the_plugin_comes_where_only_the_kernels_are_kept(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.present("580.159.04", hold=False)
    assert "python3-dnf-plugin-versionlock" not in node.installed
    node.present("580.173.02", hold=False, locks_kernels=True)
    assert "python3-dnf-plugin-versionlock" in node.installed
