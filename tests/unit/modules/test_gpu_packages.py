# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack of packages on a node whose apt, dpkg and holds behave as the real ones."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.dpkg import QUERY
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..apt.test_resolve import ROOTS
from ..observe.fakes import make_root
from .apt_node import ARCHIVE, HEADERS, TOOLKIT_NAMES, Node
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "gpu_packages"
DRIVER: dict[str, Any] = {"stack": "nvidia_driver", "packages": ROOTS, "match": "580.159.04"}
NEWER = [{**root, "version": root["version"] and "580.173.02"} for root in ROOTS]
NAMES = ["libcuda1", "nvidia-driver-cuda", "nvidia-kernel-open-dkms", "nvidia-persistenced"]
AT = {**dict.fromkeys(NAMES, "580.159.04-1"), HEADERS: "6.1.158-1"}
TOOLKIT: dict[str, Any] = {
    "stack": "nvidia_container_toolkit",
    "packages": [{"name": name, "version": "1.20.0"} for name in TOOLKIT_NAMES],
    "match": "1.20.0",
}


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    make_root(tmp_path, {"/usr/bin/dpkg-query": ""})
    made = Node()
    module = importlib.import_module(f"{MODULES}.{NAME}")
    monkeypatch.setattr(module, "Root", lambda: Root(str(tmp_path)))
    monkeypatch.setattr(module, "SubprocessRunner", lambda: made)
    return made


def test_a_fresh_node_gets_one_version_held_and_a_check_says_so_before(run: Run, node: Node) -> None:
    told = run(NAME, check=True, **DRIVER)
    assert (node.installed, node.held, node.did("install"), node.did("apt-mark")) == ({}, set(), [], [])
    done = run(NAME, **DRIVER)
    assert (node.installed, sorted(node.held)) == (AT, NAMES)
    assert done == told
    assert (done["changed"], done["version"], done["hold_changed"], done["removals"]) == (True, "580.159.04", NAMES, [])
    assert sorted(done["install"]) == sorted(f"{name}={version}" for name, version in AT.items())
    assert done["diff"]["before"] == ""
    assert f"libcuda1 580.159.04-1 held\n{HEADERS} 6.1.158-1\n" in done["diff"]["after"]
    [command] = node.did("install")
    assert {"--allow-change-held-packages", "--allow-downgrades", "--no-install-recommends"} < set(command)
    assert "--option=DPkg::Lock::Timeout=600" in command


@pytest.mark.parametrize("check", [False, True])
def test_a_finished_node_is_left_alone(run: Run, node: Node, check: bool) -> None:
    node.installed, node.held = dict(AT), set(NAMES)
    seen = run(NAME, check=check, **DRIVER)
    assert (seen["changed"], seen["install"], seen["hold_changed"]) == (False, [], [])
    assert seen["diff"]["before"] == seen["diff"]["after"]
    assert node.did("env") == node.did("apt-mark") == []


@pytest.mark.parametrize(
    ("held", "hold", "verb", "changing"),
    [(set(), True, "hold", NAMES), (set(NAMES[1:]), True, "hold", NAMES[:1]), (set(NAMES), False, "unhold", NAMES)],
)
def test_only_the_lock_differs(
    run: Run, node: Node, held: set[str], hold: bool, verb: str, changing: list[str]
) -> None:
    node.installed, node.held = dict(AT), held
    told = run(NAME, check=True, hold=hold, **DRIVER)
    done = run(NAME, hold=hold, **DRIVER)
    assert done == told
    assert (done["changed"], done["install"], done["hold_changed"]) == (True, [], changing)
    assert node.did("apt-mark") == [["apt-mark", verb, *changing]]
    assert node.held == (set(NAMES) if hold else set())


def test_another_version_comes_through_the_holds_and_what_is_there_moves_along(run: Run, node: Node) -> None:
    node.installed = {**AT, **dict.fromkeys(NAMES, "595.71.05-1")}
    node.held = set(NAMES)
    done = run(NAME, **DRIVER)
    assert (node.installed, done["hold_changed"]) == (AT, [])
    assert "libcuda1 595.71.05-1 held" in done["diff"]["before"]
    assert "libcuda1 580.159.04-1 held" in done["diff"]["after"]


@pytest.mark.parametrize("installed", [{}, AT], ids=["fresh", "at another release"])
def test_exact_releases_are_taken_and_no_others(run: Run, node: Node, installed: dict[str, str]) -> None:
    older = {name: f"580.159.04-{'0' if name in NAMES else '1'}" for name in [*NAMES, "libnvidia-more"]}
    node.packages = {
        **ARCHIVE,
        **{name: ([*ARCHIVE[name][0], "580.159.04-0"], ARCHIVE[name][1]) for name in NAMES},
        "libnvidia-more": (["580.159.04-1"], {}),
    }
    node.installed, node.held = dict(installed), set(NAMES) & set(installed)
    told = run(NAME, check=True, revisions=older, **DRIVER)
    assert run(NAME, revisions=older, **DRIVER) == told
    assert {name: node.installed[name] for name in older} == older
    assert run(NAME, revisions=older, **DRIVER)["changed"] is False
    assert run(NAME, revisions={"libcuda1": "595.71.05-7", "nvidia-none": "1.0-1"}, **DRIVER)["changed"] is True
    assert node.installed["libcuda1"] == "580.159.04-1", "a release of another version says nothing"
    for gone in ("libcuda1", "nvidia-none"):
        msg = run(NAME, revisions={gone: "580.159.04-9"}, **DRIVER)["msg"]
        assert f"nvidia_driver_revisions asks for {gone} 580.159.04-9: no source has it" in msg


@pytest.mark.parametrize("installed", [{}, AT], ids=["with an installation", "alone"])
def test_what_conflicts_goes(run: Run, node: Node, installed: dict[str, str]) -> None:
    old = ["nvidia-firmware-595-595.71.05", "nvidia-kernel-dkms"]
    node.installed, node.held = (
        {**installed, **dict.fromkeys(old, "595.71.05-1")},
        {*old, *(set(NAMES) & set(installed))},
    )
    told = run(NAME, check=True, conflicting=[*old, "not-there"], **DRIVER)
    done = run(NAME, conflicting=[*old, "not-there"], **DRIVER)
    assert done == told
    assert (done["changed"], done["removals"], node.installed) == (True, old, AT)
    assert run(NAME, conflicting=old, **DRIVER)["changed"] is False


def test_the_toolkit_is_a_stack_too(run: Run, node: Node) -> None:
    node.installed = {**dict.fromkeys(TOOLKIT_NAMES, "1.19.1-1"), **AT}
    done = run(NAME, **TOOLKIT)
    assert [node.installed[name] for name in TOOLKIT_NAMES] == ["1.20.0-1"] * 2
    assert (sorted(node.held), done["version"]) == (sorted(TOOLKIT_NAMES), "1.20.0")
    seen = run(NAME, **{**TOOLKIT, "match": "1.21.0"})["msg"]
    assert seen.startswith(
        "nvidia_container_toolkit_version 1.21.0: no source has libnvidia-container1 of it; available"
    )
    assert "point nvidia_repository_toolkit_uri to a source that has it" in seen


@pytest.mark.parametrize("check", [False, True])
def test_apt_is_not_asked_about_what_is_there(run: Run, node: Node, check: bool) -> None:
    """It takes long. Only the locks are compared."""
    node.installed = dict.fromkeys(TOOLKIT_NAMES, "1.20.0-1")
    done = run(NAME, check=check, **TOOLKIT)
    assert (done["changed"], done["hold_changed"], done["version"]) == (True, sorted(TOOLKIT_NAMES), "1.20.0")
    assert [argv[0] for argv in node.commands] == ([] if check else ["apt-mark"])
    node.installed["libnvidia-container1"] = "1.19.1-1"
    assert run(NAME, check=check, **TOOLKIT)["install"] == ["libnvidia-container1=1.20.0-1"]


def test_another_stack_comes_in_the_same_transaction_where_there_is_one(run: Run, node: Node) -> None:
    beside = [*TOOLKIT["packages"], {"name": "libnvidia-container-tools", "version": "1.20.0"}]
    done = run(NAME, beside=beside, **DRIVER)
    assert node.installed == {**AT, **dict.fromkeys(TOOLKIT_NAMES, "1.20.0-1")}
    assert (sorted(node.held), len(node.did("install"))) == (NAMES, 1)
    assert {f"{name}=1.20.0-1" for name in TOOLKIT_NAMES} < set(done["install"])
    node.installed = {}
    run(NAME, beside=[{**one, "version": "9.9.9"} for one in beside], **DRIVER)
    assert node.installed == AT


@pytest.mark.parametrize("check", [False, True])
def test_an_interrupted_installation_is_finished_first(run: Run, node: Node, check: bool) -> None:
    node.installed, node.held, node.half = dict(AT), set(NAMES), {"nvidia-kernel-open-dkms"}
    assert run(NAME, check=check, **DRIVER)["changed"] is True
    assert [argv[2:4] for argv in node.did("dpkg")] == ([] if check else [["dpkg", "--configure"]])
    assert run(NAME, check=check, **DRIVER)["changed"] is check


def test_absent_takes_the_stack_and_nothing_else(run: Run, node: Node) -> None:
    node.installed, node.held = {**AT, "nvidia-container-toolkit": "1.20.0-1", "postgresql": "15-1"}, set(NAMES)
    told = run(NAME, check=True, stack="nvidia_driver", state="absent")
    done = run(NAME, stack="nvidia_driver", state="absent")
    assert done == told
    assert (done["changed"], sorted(done["removals"]), done["diff"]["after"]) == (True, NAMES, "")
    assert sorted(node.installed) == [HEADERS, "nvidia-container-toolkit", "postgresql"], "they were there before"
    assert "--allow-change-held-packages" in node.did("purge")[0]
    again = run(NAME, stack="nvidia_driver", state="absent")
    assert (again["changed"], len(node.did("purge"))) == (False, 1)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("arguments", [DRIVER, {"stack": "nvidia_driver", "state": "absent"}])
def test_what_is_not_of_the_stack_is_not_removed(run: Run, node: Node, check: bool, arguments: dict[str, Any]) -> None:
    node.installed, node.also_removes = dict(AT), ["libcuda1", "postgresql"]
    msg = run(NAME, check=check, **arguments)["msg"]
    assert "would remove postgresql, which are not of the driver" in msg
    assert (node.did("env"), node.did("apt-mark"), node.installed) == ([], [], AT)


@pytest.mark.parametrize(("match", "variable"), [("570", "nvidia_driver_branch"), ("570.1.2", "nvidia_driver_version")])
def test_what_no_source_has_is_a_failure_and_in_check_mode_a_note(
    run: Run, node: Node, match: str, variable: str
) -> None:
    """In check mode the source may be one that is yet to come."""
    told = run(NAME, check=True, **{**DRIVER, "match": match})
    done = run(NAME, **{**DRIVER, "match": match})
    assert done["msg"].startswith(f"{variable} {match}: no source has nvidia-driver-cuda of it; available are 595")
    assert (told["changed"], told["install"], told["unresolved"]) == (True, [], done["msg"])
    assert told["diff"]["after"].splitlines() == [
        "nvidia-driver-cuda 580.159.04",
        "nvidia-kernel-open-dkms 580.159.04",
        f"{HEADERS} *",
    ]


@pytest.mark.parametrize(
    ("word", "answer", "says"),
    [
        (
            "madison",
            Result(100, "", "E: The lists are damaged\n"),
            "apt-cache madison failed with rc 100: E: The lists",
        ),
        (
            "--allow-change-held-packages",
            Result(100, "Building\nError! Bad return status for module build\n", "E: Sub-process /usr/bin/dpkg\n"),
            "apt cannot install 580.159.04 together: E: Sub-process",
        ),
        (
            "apt-mark",
            Result(100, "", "E: Could not open lock file\n"),
            "apt-mark failed with rc 100: E: Could not open",
        ),
        (QUERY[0], Result(2, "", "dpkg-query: error: damaged\n"), "return code 2: dpkg-query: error: damaged"),
    ],
)
def test_what_a_tool_says_is_said(run: Run, node: Node, word: str, answer: Result, says: str) -> None:
    node.answers[word] = answer
    assert says in run(NAME, **DRIVER)["msg"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            Result(
                100, "Error! Bad return status for module build\n", "dpkg: error processing package x\nE: Sub-process\n"
            ),
            "the installation of 5 packages failed with rc 100: Error! Bad return status for module build "
            "dpkg: error processing package x E: Sub-process. Mend that and run again",
        ),
        (Result(1, "one\ntwo\n", ""), "failed with rc 1: one two."),
        (Result(1, "", ""), "failed with rc 1: it said nothing."),
        (Result(-9, "", "", timed_out=True), "it did not end within 7200 s"),
    ],
)
def test_an_installation_that_fails_says_why(run: Run, node: Node, answer: Result, says: str) -> None:
    node.answers["env"] = answer
    assert says in run(NAME, **DRIVER)["msg"]
    assert node.did("apt-mark") == []


def test_apt_is_not_believed(run: Run, node: Node) -> None:
    node.loses = {"libcuda1"}
    assert "apt was asked for libcuda1=580.159.04-1 and ended well, but dpkg does not" in run(NAME, **DRIVER)["msg"]
    node.installed = dict(AT)
    gone = run(NAME, stack="nvidia_driver", state="absent")["msg"]
    assert gone == "apt was asked to remove the driver and left libcuda1"


def test_a_removal_that_apt_cannot_do_is_said(run: Run, node: Node) -> None:
    node.installed, node.answers["purge"] = dict(AT), Result(100, "", "E: held broken packages\n")
    assert "apt cannot remove libcuda1, nvidia-driver-cuda" in run(NAME, stack="nvidia_driver", state="absent")["msg"]


def test_present_needs_a_request(run: Run, node: Node) -> None:
    assert "match" in run(NAME, stack="nvidia_driver")["msg"]


def test_a_simulation_that_does_not_end_is_said(run: Run, node: Node) -> None:
    node.answers["--simulate"] = Result(-9, "", "", timed_out=True)
    assert "apt-get --simulate did not end within 600 s" in run(NAME, **DRIVER)["msg"]
    assert node.installed == {}
