# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came beside a stack leaves with it: that, and nothing that was there before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from .apt_node import ARCHIVE, HEADERS, TOOLKIT_NAMES, Node
from .conftest import Run
from .test_gpu_packages import AT, DRIVER, NAME, NAMES, TOOLKIT, node

__all__ = ["node"]
pytest.importorskip("ansible", reason="the modules need ansible-core")

ABSENT: dict[str, Any] = {"stack": "nvidia_driver", "state": "absent"}
NO_TOOLKIT: dict[str, Any] = {"stack": "nvidia_container_toolkit", "state": "absent"}
RECORD, OF_TOOLKIT = "var/lib/baremetal.gpu/brought-driver.json", "var/lib/baremetal.gpu/brought-toolkit.json"
MORE = {"dkms": ["gcc"], "gcc": ["cpp"], "nvidia-kernel-open-dkms": ["dkms"]}


@pytest.fixture
def with_more(node: Node) -> Node:
    """The driver brings dkms, which brings a compiler."""
    version, needs = ARCHIVE["nvidia-kernel-open-dkms"]
    more: dict[str, Any] = {name: (["1-1"], {}) for name in ("dkms", "gcc", "cpp")}
    node.packages = {
        **ARCHIVE,
        **more,
        "nvidia-kernel-open-dkms": (version, {**needs, "dkms": None, "gcc": None, "cpp": None}),
    }
    node.depends = dict(MORE)
    return node


def recorded(top: Path, path: str = RECORD) -> dict[str, str]:
    return json.loads((top / path).read_text()) if (top / path).exists() else {}


def test_it_is_written_down_and_goes_with_the_stack(run: Run, with_more: Node, tmp_path: Path) -> None:
    node, bare = with_more, {"libc6": "2.36-9", "cpp": "1-1", "linux-image-6.1.0-41-amd64": "6.1"}
    node.installed = dict(bare)
    run(NAME, check=True, **DRIVER)
    assert not (tmp_path / RECORD).exists()
    run(NAME, **DRIVER)
    assert recorded(tmp_path) == {"dkms": "came", "gcc": "came", HEADERS: "asked"}
    assert run(NAME, **DRIVER)["changed"] is False
    told = run(NAME, check=True, **ABSENT)
    done = run(NAME, **ABSENT)
    assert done == told
    assert sorted(done["removals"]) == sorted([*NAMES, "dkms", "gcc", HEADERS])
    assert (node.installed, (tmp_path / RECORD).parent.exists()) == (bare, False)
    assert run(NAME, **ABSENT)["changed"] is False


def test_what_somebody_needs_or_wants_by_now_stays(run: Run, with_more: Node) -> None:
    node = with_more
    run(NAME, **DRIVER)
    node.wished = {"dkms", HEADERS}
    assert "dkms" not in run(NAME, check=True, **ABSENT)["removals"]
    node.wished = {HEADERS}
    node.installed["theirs"], node.depends["theirs"] = "1", ["gcc"]
    assert {*run(NAME, **ABSENT)["removals"]} == {*NAMES, "dkms", HEADERS}
    assert sorted(node.installed) == ["cpp", "gcc", "theirs"]


def test_nothing_but_the_stack_goes_where_dpkg_does_not_answer(run: Run, with_more: Node) -> None:
    node = with_more
    run(NAME, **DRIVER)
    node.answers["--no-act"] = Result(2, "", "dpkg: error: cannot access archive\n")
    assert sorted(run(NAME, **ABSENT)["removals"]) == NAMES


def test_what_did_not_come_is_not_ours(run: Run, with_more: Node, tmp_path: Path) -> None:
    """Somebody else may install it meanwhile."""
    node = with_more
    node.loses = {"libcuda1", "gcc"}
    assert "dpkg does not have them so" in run(NAME, **DRIVER)["msg"]
    assert sorted(recorded(tmp_path)) == ["cpp", "dkms", HEADERS]
    node.loses, node.installed["gcc"] = set(), "1-1"
    run(NAME, **DRIVER)
    assert "gcc" not in recorded(tmp_path)


def test_what_a_cut_off_installation_brought_goes_as_well(run: Run, node: Node, tmp_path: Path) -> None:
    (tmp_path / "var/lib/baremetal.gpu").mkdir(parents=True)
    (tmp_path / RECORD).write_text(json.dumps({"dkms": "came", HEADERS: "asked"}))
    node.installed = {"dkms": "1-1", "libc6": "2.36-9", "nvidia-kernel-open-dkms": "580.159.04-1"}
    node.half = {"nvidia-kernel-open-dkms"}
    assert run(NAME, **ABSENT)["changed"] is True
    assert (node.installed, (tmp_path / RECORD).exists()) == ({"libc6": "2.36-9"}, False)
    (tmp_path / "var/lib/baremetal.gpu").mkdir(parents=True)
    (tmp_path / RECORD).write_text("half of a")
    assert (run(NAME, **ABSENT)["changed"], (tmp_path / RECORD).exists()) == (True, False)


def test_what_the_other_stack_needs_goes_with_that_one(run: Run, with_more: Node, tmp_path: Path) -> None:
    node = with_more
    run(NAME, beside=TOOLKIT["packages"], **DRIVER)
    run(NAME, **TOOLKIT)
    assert not set(recorded(tmp_path)) & set(TOOLKIT_NAMES)
    node.depends[TOOLKIT_NAMES[0]] = ["cpp"]
    run(NAME, **ABSENT)
    assert sorted(node.installed) == sorted(["cpp", *TOOLKIT_NAMES])
    assert (recorded(tmp_path), recorded(tmp_path, OF_TOOLKIT)) == ({}, {"cpp": "came"})
    run(NAME, **NO_TOOLKIT)
    assert (node.installed, (tmp_path / "var/lib/baremetal.gpu").exists()) == ({}, False)


def test_a_driver_set_up_by_hand_goes_alone(run: Run, node: Node) -> None:
    node.installed = {**AT, "dkms": "1-1"}
    run(NAME, **ABSENT)
    assert sorted(node.installed) == ["dkms", HEADERS]
