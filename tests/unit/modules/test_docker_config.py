# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nvidia handler in Docker's daemon.json."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..runtime.nodes import DockerNode, tree
from .conftest import Run
from .containerd_files import NAME, use

pytest.importorskip("ansible", reason="the modules need ansible-core")

HANDLER = {"nvidia": {"path": "/usr/bin/nvidia-container-runtime", "args": []}}
SITE: dict[str, Any] = {
    "log-driver": "json-file",
    "features": {"buildkit": True},
    "runtimes": {"kata": {"path": "/usr/bin/kata"}},
    "note": "caf\u00e9",
}


@pytest.fixture(autouse=True)
def _use(docker_node: DockerNode, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, docker_node)


def start(node: DockerNode, text: str | None, version: str = "26.1.3") -> None:
    node.version = version
    if text is not None:
        node.put(node.config, text)
    node.restart()
    node.restarts = 0


CASES = [
    pytest.param("26.1.3", None, {"runtimes": HANDLER, "features": {"cdi": True}}, id="missing"),
    pytest.param("26.1.3", "", {"runtimes": HANDLER, "features": {"cdi": True}}, id="empty"),
    pytest.param("26.1.3", " \n", {"runtimes": HANDLER, "features": {"cdi": True}}, id="blank"),
    pytest.param("26.1.3", "{}", {"runtimes": HANDLER, "features": {"cdi": True}}, id="empty object"),
    pytest.param("20.10.24+dfsg1", None, {"runtimes": HANDLER}, id="before CDI"),
    pytest.param(
        "28.0.1",
        json.dumps(SITE),
        {**SITE, "runtimes": {**SITE["runtimes"], **HANDLER}, "features": {"buildkit": True, "cdi": True}},
        id="keys of the user",
    ),
    pytest.param(
        "20.10.24",
        '{"runtimes": null, "default-runtime": "nvidia", "features": {"cdi": false}}',
        {"runtimes": HANDLER, "features": {"cdi": False}},
        id="default runtime of an earlier guide",
    ),
]


@pytest.mark.parametrize(("version", "text", "wanted"), CASES)
def test_the_daemon_runs_with_the_handler_and_every_key_of_the_user(
    run: Run, docker_node: DockerNode, version: str, text: str | None, wanted: Any
) -> None:
    start(docker_node, text, version)
    before = tree(docker_node.top)
    told = run(NAME, check=True, runtime="docker")
    assert (told["changed"], told["restarted"], docker_node.restarts) == (True, False, 0)
    assert tree(docker_node.top) == before
    done = run(NAME, runtime="docker")
    assert (done["changed"], done["restarted"], docker_node.restarts) == (True, True, 1)
    assert (done["files"], done["diff"]) == (told["files"], told["diff"])
    assert done["diff"][0]["before"] == (text or "")
    assert done["diff"][0]["after"] == docker_node.text(docker_node.config)
    assert docker_node.running == wanted
    again = run(NAME, runtime="docker")
    assert (again["changed"], again["restarted"], again["files"], docker_node.restarts) == (False, False, [], 1)


def test_a_file_that_says_it_in_other_words_is_left(run: Run, docker_node: DockerNode) -> None:
    text = json.dumps({"features": {"cdi": True}, "runtimes": HANDLER})
    start(docker_node, text)
    assert run(NAME, runtime="docker")["changed"] is False
    assert docker_node.text(docker_node.config) == text


def test_the_default_runtime_follows_set_default(run: Run, docker_node: DockerNode) -> None:
    start(docker_node, '{"default-runtime": "kata", "runtimes": {"kata": {"path": "/usr/bin/kata"}}}')
    run(NAME, runtime="docker", set_default=False)
    assert (docker_node.running or {})["default-runtime"] == "kata"
    run(NAME, runtime="docker", set_default=True)
    assert (docker_node.running or {})["default-runtime"] == "nvidia"
    assert run(NAME, runtime="docker", set_default=True)["changed"] is False
    run(NAME, runtime="docker", set_default=False)
    assert "default-runtime" not in (docker_node.running or {})


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{\n  "a": 1\n', "line 3 column 1: not JSON: "),
        (b'{"a": 1\n "b": 2}', "line 2 column 2: not JSON: "),
        (b'{"a": NaN}', "whole file: not JSON: NaN is no value"),
        (b'["a"]', "line 1: expected an object, found list"),
        (b'"a"', "line 1: expected an object, found str"),
        (b"null", "line 1: expected an object, found NoneType"),
        (b'{"a": "caf\xe9"}', "byte 10: not UTF-8"),
        (b'{"runtimes": ["nvidia"]}', "key 'runtimes': expected an object, found list"),
        (b'{"runtimes": {"nvidia": {}}, "features": true}', "key 'features': expected an object, found bool"),
    ],
)
def test_a_file_that_is_not_good_is_refused_and_left(
    run: Run, docker_node: DockerNode, state: str, data: bytes, says: str
) -> None:
    place = docker_node.put(docker_node.config, "")
    place.write_bytes(data)
    result = run(NAME, runtime="docker", state=state)
    assert result["failed"]
    assert result["msg"].startswith(f"{place}, {says}")
    assert result["msg"].endswith("Nothing was changed. Mend the file, or set nvidia_container_toolkit_runtimes")
    assert place.read_bytes() == data
    assert [path.name for path in place.parent.iterdir()] == ["daemon.json"]
    assert docker_node.restarts == 0


@pytest.mark.parametrize("text", [None, '{"runtimes": {"kata": {"path": "/x"}}}'], ids=["missing", "the user's"])
def test_a_daemon_that_does_not_come_up_gets_its_file_back(run: Run, docker_node: DockerNode, text: str | None) -> None:
    start(docker_node, text)
    before, running = tree(docker_node.top), docker_node.running
    docker_node.refuses = lambda config: "no" if "nvidia" in config.get("runtimes", {}) else None
    result = run(NAME, runtime="docker")
    assert result["failed"]
    assert "Job for docker.service failed because the control process exited with error code. " in result["msg"]
    assert "docker.service is up again with the last good files" in result["msg"]
    assert "level=fatal msg=bad" in result["msg"]
    assert tree(docker_node.top) == before
    assert (docker_node.running, docker_node.restarts) == (running, 2)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Result(1, "", "Cannot connect to the Docker daemon.\n"), "Cannot connect to the Docker daemon. docker"),
        (Result(0, '{"runc":{}}\n', ""), 'docker info lists the runtimes {"runc":{}}. docker'),
        (Result(-9, "", "", timed_out=True), "docker info did not end in time. docker"),
    ],
)
def test_a_daemon_that_runs_without_the_handler_is_not_up(
    run: Run, docker_node: DockerNode, answer: Result, says: str
) -> None:
    start(docker_node, None)
    docker_node.overrides["docker info"] = answer
    assert f"daemon.json: {says}" in run(NAME, runtime="docker")["msg"]
    assert tree(docker_node.top) == {}


def test_a_daemon_that_takes_its_time_is_waited_for(
    run: Run, docker_node: DockerNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(docker_node, None)
    answers = [Result(1, "", "Cannot connect"), Result(0, '{"runc":{}}', "")]
    answer = docker_node.answer

    def slowly(argv: Any) -> Result:
        return answers.pop() if argv[:2] == ["docker", "info"] and answers else answer(argv)

    monkeypatch.setattr(docker_node, "answer", slowly)
    assert run(NAME, runtime="docker")["restarted"] is True
    assert (answers, docker_node.restarts) == ([], 1)


def test_a_daemon_without_what_its_file_says_is_restarted(run: Run, docker_node: DockerNode) -> None:
    start(docker_node, None)
    run(NAME, runtime="docker")
    docker_node.running, docker_node.restarts = {}, 0
    told = run(NAME, check=True, runtime="docker")
    assert (told["changed"], docker_node.restarts) == (True, 0)
    done = run(NAME, runtime="docker")
    assert (done["changed"], done["restarted"], done["files"], docker_node.restarts) == (True, True, [], 1)


@pytest.mark.parametrize("text", [None, "{}", json.dumps(SITE)], ids=["missing", "empty object", "the user's"])
def test_absent_takes_back_exactly_what_present_did(run: Run, docker_node: DockerNode, text: str | None) -> None:
    start(docker_node, text)
    running = docker_node.running
    run(NAME, runtime="docker", set_default=True)
    assert docker_node.running != running
    told = run(NAME, check=True, runtime="docker", state="absent")
    done = run(NAME, runtime="docker", state="absent")
    assert (told["changed"], done["changed"], done["diff"]) == (True, True, told["diff"])
    assert docker_node.running == running
    if text is None:
        assert tree(docker_node.top) == {}
    restarts = docker_node.restarts
    assert run(NAME, runtime="docker", state="absent")["changed"] is False
    assert docker_node.restarts == restarts


@pytest.mark.parametrize(
    "text",
    [None, "", '{"runtimes": {}}', '{"features": {"cdi": true}}', json.dumps(SITE)],
    ids=["missing", "empty", "no runtimes", "CDI of the user", "the user's"],
)
def test_absent_where_nothing_of_ours_is(run: Run, docker_node: DockerNode, text: str | None) -> None:
    start(docker_node, text)
    before = tree(docker_node.top)
    result = run(NAME, runtime="docker", state="absent")
    assert (result["changed"], result["restarted"], result["files"], docker_node.restarts) == (False, False, [], 0)
    assert tree(docker_node.top) == before


def test_the_mode_is_kept(run: Run, docker_node: DockerNode) -> None:
    start(docker_node, None)
    docker_node.put(docker_node.config, "{}", mode=0o600)
    run(NAME, runtime="docker")
    assert [mode for _text, mode in tree(docker_node.top).values()] == [0o600]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Result(127, "", "dockerd: No such file or directory"), "'dockerd: No such file or directory'"),
        (Result(0, "Docker version unknown\n", ""), "'Docker version unknown'"),
    ],
)
def test_a_version_that_is_not_told(run: Run, docker_node: DockerNode, answer: Result, says: str) -> None:
    docker_node.overrides["dockerd --version"] = answer
    assert run(NAME, runtime="docker")["msg"] == f"dockerd --version: expected a version, found {says}"
    assert tree(docker_node.top) == {}
