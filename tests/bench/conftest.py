# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run is measured, and the table of what was measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
import yaml

from lab import REPO
from lab.ansible import Run
from lab.nodes import Node, boot_id, run
from tests.nodes import MakeNode, lab, nodes_of_a_scope
from tests.payload import send

__all__ = ["lab"]

HERE = Path(__file__).parent
DRIVER, TOOLKIT = "580.159.04", "1.20.0"
NOTHING = "ansible.builtin.ping"
PROVISION = "baremetal.gpu.provision"
FIRST_ROUNDS = 1
ROWS = pytest.StashKey[list[tuple[str, str, str]]]()


@dataclass(frozen=True)
class Cost:
    """Of one command: by the clock, and on the controller's processors, with every process that it waited for."""

    seconds: float
    cpu: float
    run: Run


class Bench:
    """Commands of the collection, timed; numbers for the table."""

    def __init__(self, folder: Path, rows: list[tuple[str, str, str]]) -> None:
        self._inventory = folder / "inventory.json"
        self._rows = rows

    def ansible(self, playbook: str, hosts: dict[str, Node], connection: str = "gpulab", **variables: str) -> Cost:
        """The playbook on nodes, each under every name that it is given."""
        way = {"ansible_connection": connection}
        reached = {name: {"ansible_host": node.container, **way} for name, node in hosts.items()}
        groups = {"gpu_nodes": {"children": {"lab_debian": {"hosts": reached}}}}
        self._inventory.write_text(json.dumps(groups))
        program = str(Path(sys.executable).parent / "ansible-playbook")
        argv = [program, "-i", "inventory/lab", "-i", str(self._inventory), "--limit", ",".join(hosts), playbook]
        argv += ["-e", json.dumps(variables)]
        env = os.environ | {"ANSIBLE_CONFIG": str(REPO / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
        start, before = time.monotonic(), _cpu()
        done = subprocess.run(
            argv, cwd=REPO, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        cost = Cost(time.monotonic() - start, _cpu() - before, Run(done.returncode, done.stdout))
        assert cost.run.rc == 0, cost.run.said
        return cost

    def note(self, what: str, number: str, goal: str) -> None:
        self._rows.append((what, number, goal))


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """What a test noted goes with its report, to where the table is printed."""
    if call.when == "call":
        rows = item.config.stash.get(ROWS, [])
        item.user_properties += [("cost", row) for row in rows]
        rows.clear()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def script(node: Node, name: str, **given: str) -> float:
    """The shell script and one reboot, until the GPUs answer; seconds."""
    start, before = time.monotonic(), boot_id(node)
    done = run(
        node, ["env", *(f"{key}={value}" for key, value in given.items()), "bash", "-c", (HERE / name).read_text()]
    )
    assert done.rc == 0, done.out + done.err
    run(node, ["systemctl", "reboot"])
    while boot_id(node) in (None, before) or run(node, ["nvidia-smi", "-L"]).rc != 0:
        assert time.monotonic() - start < 600, f"the GPUs of {node.name} do not answer after the reboot"
        time.sleep(0.1)
    return time.monotonic() - start


def shell(node: Node, script: str) -> str:
    done = run(node, ["bash", "-euo", "pipefail", "-c", script])
    assert done.rc == 0, done.out + done.err
    return done.out.strip()


def payload(node: Node, module: str) -> str:
    """The file on the node that Ansible sent and ran."""
    return shell(node, f"ls {send(node.container, module)}")


def middle(values: Iterable[float]) -> float:
    return median(list(values))


def in_turn(times: int, *sides: Callable[[], Cost]) -> list[list[Cost]]:
    """Each side's costs, measured one after the other so that a busy machine is busy for all of them."""
    rounds = [[side() for side in sides] for _round in range(times)]
    return [list(costs) for costs in zip(*rounds, strict=True)]


@dataclass(frozen=True)
class First:
    """Fresh nodes made ready in turn, by the collection and by the script; the last of each."""

    ours: Node
    theirs: Node
    seconds: list[float]
    script_seconds: list[float]


make_node = pytest.fixture(scope="session")(nodes_of_a_scope)


@pytest.fixture(scope="session")
def first(bench: Bench, make_node: MakeNode) -> First:
    generated = yaml.safe_load((REPO / "inventory/lab/group_vars/all/generated.yml").read_text())
    given = {
        "REPOSITORY": generated["lab_repository"],
        "FINGERPRINT": generated["lab_repository_key_fingerprint"],
        "DRIVER_VERSION": DRIVER,
        "TOOLKIT_VERSION": TOOLKIT,
    }
    seconds, script_seconds = [], []
    for _round in range(FIRST_ROUNDS):
        ours = make_node("bench-a", "debian12", "h100-sxm*2")
        seconds.append(bench.ansible(PROVISION, {"bench-a": ours}).seconds)
        theirs = make_node("bench-b", "debian12", "h100-sxm*2")
        script_seconds.append(script(theirs, "floor.sh", **given))
    return First(ours, theirs, seconds, script_seconds)


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Bench:
    """For what needs no node."""
    return Bench(Path(), request.config.stash.setdefault(ROWS, []))


@pytest.fixture(scope="session")
def bench(lab: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), request.config.stash.setdefault(ROWS, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    rows = [
        row for report in reports if report.when == "call" for name, row in report.user_properties if name == "cost"
    ]
    if rows:
        terminalreporter.section("what the collection costs")
        width = max(len(what) for what, _number, _goal in rows)
        for what, number, goal in rows:
            terminalreporter.line(f"{what:{width}}  {number:>8}  goal {goal}")
