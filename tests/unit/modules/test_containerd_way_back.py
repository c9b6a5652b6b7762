# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd that does not come up gets its files back; absent takes back what present did."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..runtime.nodes import ContainerdNode, tree
from .conftest import Run
from .containerd_files import BINARY, CRLF, DOCKERS, IMPORTS, NAME, SITE, SITE_3, start, use

pytest.importorskip("ansible", reason="the modules need ansible-core")


@pytest.fixture(autouse=True)
def _use(containerd_node: ContainerdNode, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, containerd_node)


def refuses_handler(config: object) -> str | None:
    return "no" if "nvidia" in str(config) else None


@pytest.mark.parametrize("main", [SITE, DOCKERS, None], ids=["site", "Docker's", "no file"])
def test_a_daemon_that_does_not_come_up_gets_its_files_back(
    run: Run, containerd_node: ContainerdNode, main: str | None
) -> None:
    start(containerd_node, "1.7.27", main)
    before, running = tree(containerd_node.top), containerd_node.running
    containerd_node.refuses = refuses_handler
    result = run(NAME, runtime="containerd")
    assert result["failed"]
    what, _colon, why = result["msg"].partition(": ")
    assert what.startswith("containerd.service did not come up with the new ")
    assert what.endswith("/etc/containerd/conf.d/99-nvidia.toml")
    assert why == (
        "Job for containerd.service failed because the control process exited with error code. containerd.service is "
        "up again with the last good files. Its log said: starting | level=fatal msg=bad"
    )
    assert tree(containerd_node.top) == before
    assert (containerd_node.running, containerd_node.restarts) == (running, 2)
    assert "systemctl reset-failed containerd.service" in containerd_node.calls


NOT_UP = {
    "ctr cannot connect": ("ctr plugins ls", Result(1, "", "ctr: connection refused"), "ctr: connection refused"),
    "ctr says nothing": ("ctr plugins ls", Result(1, "", ""), "ctr plugins ls ended with rc 1"),
    "CRI does not start": (
        "ctr plugins ls",
        Result(0, "TYPE ID PLATFORMS STATUS\nio.containerd.grpc.v1 cri linux/amd64 error\n", ""),
        "the CRI plugin did not start",
    ),
    "restart hangs": (
        "systemctl restart",
        Result(-9, "", "", timed_out=True),
        "systemctl restart containerd.service did not end in time",
    ),
    "restart fails": ("systemctl restart", Result(3, "", ""), "systemctl restart containerd.service ended with rc 3"),
}


@pytest.mark.parametrize(("call", "answer", "says"), NOT_UP.values(), ids=NOT_UP)
def test_why_it_did_not_come_up_is_said(
    run: Run, containerd_node: ContainerdNode, call: str, answer: Result, says: str
) -> None:
    start(containerd_node, "1.7.27", SITE)
    before = tree(containerd_node.top)
    containerd_node.overrides[call] = answer
    result = run(NAME, runtime="containerd")
    assert f"99-nvidia.toml: {says}. " in result["msg"]
    again = "does not come up with the last good files either" if call.startswith("systemctl") else "is up again"
    assert again in result["msg"]
    assert tree(containerd_node.top) == before


def test_a_daemon_without_what_its_files_say_is_restarted(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "1.7.27", SITE)
    run(NAME, runtime="containerd")
    containerd_node.running, containerd_node.restarts = None, 0
    told = run(NAME, check=True, runtime="containerd")
    assert (told["changed"], told["restarted"], containerd_node.restarts) == (True, False, 0)
    done = run(NAME, runtime="containerd")
    assert (done["changed"], done["restarted"], done["files"]) == (True, True, [])
    assert (containerd_node.restarts, containerd_node.handlers()["nvidia"]) == (1, BINARY)


ROUND_TRIPS = [
    pytest.param(SITE, id="schema 2"),
    pytest.param(SITE_3, id="schema 3"),
    pytest.param(DOCKERS, id="Docker's"),
    pytest.param(None, id="no file"),
    pytest.param("version = 2\n", id="bare"),
    pytest.param(CRLF, id="CRLF"),
    pytest.param(IMPORTS, id="imports"),
]


@pytest.mark.parametrize("main", ROUND_TRIPS)
def test_absent_takes_back_exactly_what_present_did(
    run: Run, containerd_node: ContainerdNode, main: str | None
) -> None:
    start(containerd_node, "2.1.4", main)
    before = tree(containerd_node.top)
    run(NAME, runtime="containerd")
    assert tree(containerd_node.top) != before
    told = run(NAME, check=True, runtime="containerd", state="absent")
    assert told["changed"] is True
    done = run(NAME, runtime="containerd", state="absent")
    assert (done["changed"], done["files"], done["diff"]) == (True, told["files"], told["diff"])
    assert tree(containerd_node.top) == before
    assert "nvidia" not in containerd_node.handlers()
    restarts = containerd_node.restarts
    assert run(NAME, runtime="containerd", state="absent")["changed"] is False
    assert containerd_node.restarts == restarts


@pytest.mark.parametrize("main", ROUND_TRIPS)
def test_absent_where_nothing_of_ours_is(run: Run, containerd_node: ContainerdNode, main: str | None) -> None:
    start(containerd_node, "2.1.4", main)
    before = tree(containerd_node.top)
    result = run(NAME, runtime="containerd", state="absent")
    assert (result["changed"], result["restarted"], result["files"], containerd_node.restarts) == (False, False, [], 0)
    assert tree(containerd_node.top) == before


def test_absent_leaves_the_import_that_other_drop_ins_need(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "2.1.4", SITE_3)
    site = 'version = 3\n[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]\n'
    containerd_node.put("/etc/containerd/conf.d/50-site.toml", site)
    run(NAME, runtime="containerd")
    assert set(containerd_node.handlers()) == {"runc", "nvidia", "kata"}
    run(NAME, runtime="containerd", state="absent")
    assert set(containerd_node.handlers()) == {"runc", "kata"}


def test_absent_that_the_daemon_does_not_survive_is_taken_back(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "2.1.4", SITE_3)
    run(NAME, runtime="containerd")
    place = containerd_node.top / containerd_node.drop_in.lstrip("/")
    place.chmod(0o640)
    before = tree(containerd_node.top)
    containerd_node.refuses = lambda config: None if "nvidia" in str(config) else "no"
    result = run(NAME, runtime="containerd", state="absent")
    assert "is up again with the last good files" in result["msg"]
    assert tree(containerd_node.top) == before
