# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What dnf installed is kept, and can be gone back to when the repositories have dropped it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import NotAvailableError

from ..observe.fakes import make_root
from .dnf_node import TOOLKIT, Node
from .test_work import ALL, at, node

__all__ = ["node"]
OLD, NEW, NEWEST = "580.159.04", "580.173.02", "595.71.05"
FOLDER, CACHE = "var/cache/baremetal.gpu", "var/cache/dnf/cuda-1f/packages"
REVISIONS = dict.fromkeys(ALL, f"3:{OLD}-1.el9")


def kept(node: Node) -> List[str]:
    return sorted({path.name.rsplit("-", 1)[0].rpartition("_")[2] for path in (node.top / FOLDER).iterdir()})


@pytest.mark.parametrize("five", [False, True])
def test_back_to_what_the_repositories_have_dropped(tmp_path: Path, five: bool) -> None:
    node = Node(tmp_path, modules=False, five=five)
    node.present(OLD, streams=[])
    names = sorted(path.name for path in (tmp_path / FOLDER).iterdir())
    assert names == [f"{name}-3_{OLD}-1.el9.{os.uname().machine}.rpm" for name in ALL]
    make_root(tmp_path, {"/var/lib/baremetal.gpu/proven.json": f'{{"libcuda": "3:{OLD}-1.el9"}}'})
    node.present(NEW, streams=[])
    node.dropped = {OLD}
    planned = node.present(OLD, streams=[], revisions=REVISIONS, dry=True)
    node.present(OLD, streams=[], revisions=REVISIONS)
    assert at(node) == {name: [OLD] for name in ALL}
    assert planned.version == OLD
    assert any(f"/{FOLDER}/" in line for line in node.done)
    assert not node.present(OLD, streams=[], revisions=REVISIONS).changed


def test_what_was_not_proven_is_not_kept(node: Node) -> None:
    for version in (OLD, NEW, NEWEST):
        node.present(version)
        make_root(node.top, {"/var/lib/baremetal.gpu/proven.json": f'{{"libcuda": "3:{NEW}-1.el9"}}'})
    assert kept(node) == [NEW, NEWEST]
    assert list((node.top / CACHE).iterdir()) == [], "dnf's own cache is as it would be"
    node.absent()
    assert not (node.top / FOLDER).exists()


def test_a_cache_that_somebody_wants_stays(node: Node) -> None:
    make_root(node.top, {"/etc/dnf/dnf.conf": "[main]\nkeepcache=True\n"})
    node.present(OLD)
    assert len(list((node.top / CACHE).iterdir())) > len(ALL)


def test_what_comes_beside_is_kept_for_its_own_stack(node: Node) -> None:
    beside = [{"name": TOOLKIT, "version": "1.20.0", "optional": True, "beside": True}]
    node.present(OLD, beside=beside)
    node.present(NEW)
    assert kept(node) == ["1.20.0", NEW]
    node.absent()
    assert kept(node) == ["1.20.0"]


def test_a_release_that_nobody_has_is_named(node: Node) -> None:
    node.present(NEW)
    with pytest.raises(NotAvailableError, match=rf"nvidia_driver_revisions asks for {ALL[0]} 3:{OLD}-7.el9: no repos"):
        node.present(OLD, revisions={ALL[0]: f"3:{OLD}-7.el9"})
    assert at(node) == {name: [NEW] for name in ALL}
    node.present(OLD, revisions={ALL[0]: f"3:{NEWEST}-7.el9"})
    assert at(node) == {name: [OLD] for name in ALL}
