# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From bare nodes to pods with a GPU: what `make demo` does, step by step."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from lab import KUBECONFIG, REPO, TOOLS, LabError, cost
from lab.ansible import run_playbook, table
from lab.cluster import control, join
from lab.cluster.build import BACKGROUND, binaries, ready
from lab.cluster.graphs import GRAPHS
from lab.cluster.pod import run_gpu_pod
from lab.host import setup
from lab.host.locks import alone
from lab.host.process import running, start_detached
from lab.host.progress import say, step
from lab.nodes import cli
from lab.nodes.docker import ask
from lab.nodes.fleet import FLEET

PLAYBOOK = "ansible-playbook -i inventory/lab baremetal.gpu.site"


def build_in_background() -> bool:
    """Start what Go has to build; False when all of it is there."""
    if all(ready(name) for name in GRAPHS):
        return False
    with alone("build"):
        if not running(BACKGROUND):
            what = "building the cluster's programs from Go modules in the background"
            say(f"{what} (usually 15 min); log: .lab/build.log")
            program = "from lab.cluster.build import background; background()"
            start_detached(BACKGROUND, ["nice", "-n", "10", sys.executable, "-c", program], REPO)
    return True


def wait_for_builds() -> None:
    while running(BACKGROUND):
        missing = [name for name in GRAPHS if not ready(name)]
        with step(f"waiting for Go to build {', '.join(missing)}"):
            while running(BACKGROUND) and [name for name in GRAPHS if not ready(name)] == missing:
                time.sleep(1)
    for name in GRAPHS:
        binaries(name)  # what failed in the background says here why


def nodes_up() -> None:
    cli.up(list(FLEET.values()))


def cluster_up() -> None:
    """The control plane, and every node a member, as the collection's users have it."""
    control.up()
    for node in FLEET.values():
        join.join(node)
    # The kubelet of the Docker node waits for a runtime that the collection brings.
    join.wait_until_ready([name for name in FLEET if name != "ubuntu-t4-docker"])


def converge() -> None:
    """The main job, and again: the second time nothing changes."""
    with step(f"{PLAYBOOK} (first run)", "4 min from bare nodes"):
        run_playbook("site")
    with step(f"{PLAYBOOK} (again: nothing may change)", "15 s"):
        again = run_playbook("site").changed
    if any(again.values()):
        raise LabError("running the playbook again", f"it changed {again}")


def prove() -> None:
    """A pod with one GPU on each node that has any."""
    for name, gpus in allocatable().items():
        if gpus == "0":
            continue
        proof = run_gpu_pod(name)
        say(f"{name}: a pod that asked for one GPU saw {proof.devices}: {proof.listed}")
        if proof.devices != 1:
            raise LabError(f"a pod with one GPU on {name}", f"it saw {proof.devices} devices")


def allocatable() -> dict[str, str]:
    """nvidia.com/gpu of each node, as the scheduler counts it."""
    nodes = json.loads(control.kubectl("get", "nodes", "--output", "json"))["items"]
    return {node["metadata"]["name"]: node["status"]["allocatable"].get("nvidia.com/gpu", "0") for node in nodes}


def reboots(name: str) -> str:
    """How often the node's init ended and the Engine started it again."""
    return ask("inspect", "--format", "{{.RestartCount}}", FLEET[name].container).out.strip()


def report() -> list[str]:
    counts = allocatable()
    return table({name: {"reboots": reboots(name), "allocatable": counts.get(name, "-")} for name in FLEET})


def _seconds(doing: Callable[[], None]) -> float:
    start = time.monotonic()
    doing()
    return time.monotonic() - start


def main(argv: list[str]) -> int:
    if argv:
        print("usage: python -m lab demo", file=sys.stderr)
        return 2
    started = time.monotonic()
    try:
        setup.prepare()
        building = build_in_background()
        up = _seconds(nodes_up)
        if building:
            with step("the node half of the playbook, while Go builds", "3 min"):
                run_playbook("provision")
        wait_for_builds()
        up += _seconds(cluster_up)
        converge()
        prove()
        print("\n" + "\n".join([*report(), "", cost.line(up)]))
    except LabError as error:
        raise LabError(error.step, error.why, error.go_on or "make demo") from error
    print(
        f"Done in {time.monotonic() - started:.0f} s. Look around:\n"
        f"  {TOOLS.relative_to(REPO)}/kubectl --kubeconfig {KUBECONFIG.relative_to(REPO)} get pods -A -o wide\n"
        f"  python3 -m lab shell debian-h100\n"
        f"  .venv/bin/{PLAYBOOK} --check --diff\n"
        "Remove it: make lab-down"
    )
    return 0
