# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo` itself: the order of its steps, what it says when one fails, and what it takes for a failure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List

import pytest

from lab import LabError, cost, demo
from lab.__main__ import main
from lab.ansible import Run
from lab.cluster import control
from lab.cluster.pod import PodProof
from lab.host import setup
from lab.nodes.fleet import FLEET

STEPS = ["prepare", "build", "nodes", "provision", "wait", "cluster", "converge", "prove", "report", "cost"]
ROWS = ["node  verdict", "no-gpu  left untouched"]


class Steps:
    """Each step is only written down; `fails` names one that does not get through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: List[str] = []
        self.fails = ""
        self.error = LabError("a step", "a reason")
        self.building = False
        monkeypatch.setattr(setup, "prepare", self._step("prepare"))
        monkeypatch.setattr(demo, "build_in_background", lambda: self._step("build")() or self.building)
        monkeypatch.setattr(demo, "nodes_up", self._step("nodes"))
        monkeypatch.setattr(demo, "run_playbook", lambda name: self._step(name)())
        monkeypatch.setattr(demo, "wait_for_builds", self._step("wait"))
        monkeypatch.setattr(demo, "cluster_up", self._step("cluster"))
        monkeypatch.setattr(demo, "converge", self._step("converge"))
        monkeypatch.setattr(demo, "prove", self._step("prove"))
        monkeypatch.setattr(demo, "report", lambda: self._step("report")() or ROWS)
        monkeypatch.setattr(cost, "line", lambda seconds: self._step("cost")() or f"up in {seconds:.0f} s")

    def _step(self, name: str) -> Callable[[], None]:
        def do() -> None:
            if self.fails == name:
                raise self.error
            self.done.append(name)

        return do


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


@pytest.mark.parametrize("building", [True, False], ids=["cold", "warm"])
def test_the_steps_in_their_order_and_the_table(
    steps: Steps, building: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """The nodes are provisioned beforehand only where that shortens the wait for Go."""
    steps.building = building
    assert main(["demo"]) == 0
    assert steps.done == [step for step in STEPS if building or step != "provision"]
    out = capsys.readouterr().out
    assert out.startswith("\n" + "\n".join([*ROWS, "", "up in 0 s"]) + "\nDone in 0 s.")
    assert "kubectl --kubeconfig .lab/kubeconfig get pods" in out


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("own", "said"), [("", "make demo"), ("python -m lab reset no-gpu", "python -m lab reset no-gpu")]
)
def test_a_step_that_fails_ends_it_with_step_reason_and_command(
    steps: Steps, step: str, own: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    steps.building, steps.fails = True, step
    steps.error = LabError("booting node no-gpu", "systemd says nothing", own)
    assert main(["demo"]) == 1
    assert steps.done == STEPS[: STEPS.index(step)]
    out, err = capsys.readouterr()
    assert "Done" not in out
    assert err.endswith(f"lab: booting node no-gpu failed: systemd says nothing\nlab: go on with: {said}\n")


def test_an_interrupted_one_says_how_to_go_on(steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
    steps.fails, steps.error = "cluster", KeyboardInterrupt()  # type: ignore[assignment]  # raised all the same
    assert main(["demo"]) == 130
    assert "the same command goes on from here" in capsys.readouterr().err


def test_words_that_it_does_not_know_start_nothing(steps: Steps) -> None:
    assert main(["demo", "please"]) == 2
    assert steps.done == []


def recap(**changed: int) -> str:
    return "PLAY RECAP ***\n" + "".join(
        f"{name:26} : ok=9    changed={count}    unreachable=0    failed=0    skipped=1\n"
        for name, count in changed.items()
    )


class Playbooks:
    """In the place of ansible-playbook: what it says, call by call, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "ansible-playbook"
        program.write_text(
            f'#!/bin/sh\ncd {folder}\necho "$@" >>asked\nn=$(wc -l <asked)\ncat "says$n"\nexit "$(cat "rc$n")"\n'
        )
        program.chmod(0o755)

    def say(self, *answers: str, rc: int = 0) -> None:
        for number, answer in enumerate(answers, 1):
            (self.folder / f"says{number}").write_text(answer)
            (self.folder / f"rc{number}").write_text(str(rc))

    @property
    def asked(self) -> List[str]:
        return (self.folder / "asked").read_text().splitlines()


@pytest.fixture
def playbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Playbooks:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return Playbooks(tmp_path)


def test_the_playbook_runs_twice_and_the_second_changes_nothing(playbooks: Playbooks) -> None:
    playbooks.say(recap(one=12, two=0), recap(one=0, two=0))
    demo.converge()
    assert playbooks.asked == ["-i inventory/lab baremetal.gpu.site"] * 2


def test_a_second_run_that_changes_something_is_a_failure(playbooks: Playbooks) -> None:
    playbooks.say(recap(one=12, two=12), recap(one=0, two=1))
    with pytest.raises(LabError, match="'two': 1") as caught:
        demo.converge()
    assert caught.value.step == "running the playbook again"


def test_a_playbook_that_fails_names_its_nodes_and_is_not_run_again(playbooks: Playbooks) -> None:
    said = recap(one=3, two=3, three=0).replace("unreachable=0", "unreachable=1", 1)
    playbooks.say(said, rc=4)
    with pytest.raises(LabError, match="ended with 4; failed: one") as caught:
        demo.converge()
    assert caught.value.step == "playbook baremetal.gpu.site"
    assert len(playbooks.asked) == 1


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes with GPUs, one whose device plugin counts none, one that never had any."""
    counts: Dict[str, Dict[str, str]] = {
        "debian-h100": {"cpu": "2", "nvidia.com/gpu": "8"},
        "ubuntu-l40s": {"nvidia.com/gpu": "2"},
        "ubuntu-t4-docker": {"nvidia.com/gpu": "0"},
        "no-gpu": {"cpu": "2"},
    }
    items = [{"metadata": {"name": name}, "status": {"allocatable": count}} for name, count in counts.items()]
    monkeypatch.setattr(control, "kubectl", lambda *_arguments: json.dumps({"items": items}))


def test_each_node_with_gpus_runs_a_pod(scheduler: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: List[str] = []

    def run_pod(node: str) -> PodProof:
        ran.append(node)
        return PodProof(node, 1, "GPU 0")

    monkeypatch.setattr(demo, "run_gpu_pod", run_pod)
    demo.prove()
    assert ran == ["debian-h100", "ubuntu-l40s"]


@pytest.mark.parametrize("devices", [0, 2])
def test_a_pod_that_sees_other_than_one_device_is_a_failure(
    scheduler: None, monkeypatch: pytest.MonkeyPatch, devices: int
) -> None:
    monkeypatch.setattr(demo, "run_gpu_pod", lambda node: PodProof(node, devices, ""))
    with pytest.raises(LabError, match=f"it saw {devices} devices") as caught:
        demo.prove()
    assert caught.value.step == "a pod with one GPU on debian-h100"


def test_the_table_is_the_reports_with_what_only_the_lab_knows(
    scheduler: None, playbooks: Playbooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "reboots", lambda name: "0" if name == "no-gpu" else "1")
    shown = json.dumps(ROWS, indent=8).replace("\n]", "\n    ]")
    playbooks.say(f'ok: [localhost] => {{\n    "msg": {shown}\n}}\n')
    assert demo.report() == ROWS
    columns = json.loads(playbooks.asked[0].partition(" -e ")[2])["gpu_report_columns"]
    assert list(columns) == list(FLEET)
    assert columns["debian-h100"] == {"reboots": "1", "allocatable": "8"}
    assert columns["no-gpu"] == {"reboots": "0", "allocatable": "0"}


def test_a_report_without_a_table_is_a_failure(scheduler: None, playbooks: Playbooks) -> None:
    playbooks.say("ERROR! no hosts\n", rc=1)
    with pytest.raises(LabError, match="no hosts"):
        demo.report()


def test_a_run_that_changed_is_told_from_one_that_did_not() -> None:
    run = Run(0, recap(one=3, two=0))
    assert run.changed == {"one": 3, "two": 0}
    assert run.failed == []


def test_memory_is_that_of_a_process_and_of_what_it_started() -> None:
    """Its own few MiB, and 64 MiB of a child in a session of its own."""
    child = f"{sys.executable} -c 'held = bytearray(64 << 20); print(1, flush=True); input()'"
    with subprocess.Popen(
        ["sh", "-c", f"setsid -w {child}; true"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout and parent.stdout.readline() == "1\n"
        taken = cost.of_processes([parent.pid]) / 2**20
        parent.communicate("\n")
    assert 64 < taken < 100
    assert cost.of_processes([parent.pid]) == 0
