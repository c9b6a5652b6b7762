# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab cluster …`."""

from __future__ import annotations

import argparse

from lab.cluster import build, chart, control, images, join
from lab.cluster.pod import run_gpu_pod
from lab.host.progress import say
from lab.nodes.fleet import FLEET


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lab cluster", description="The control plane, and what joins nodes to it."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="build Go graphs into the cache")
    builder.add_argument("graphs", nargs="*", metavar="GRAPH")
    up = commands.add_parser("up", help="start the control plane and join nodes")
    up.add_argument("nodes", nargs="*", metavar="NODE", help="default: every node of the fleet")
    up.add_argument("--no-join", action="store_true", help="the control plane only")
    commands.add_parser("down", help="stop the control plane")
    commands.add_parser("status", help="what runs")
    commands.add_parser("images", help="build the operand images and the chart")
    pod = commands.add_parser("pod", help="run a pod with one GPU on a node")
    pod.add_argument("node")
    given = parser.parse_args(argv)
    if given.command == "build":
        return build.main(given.graphs)
    if given.command == "up":
        control.up()
        if not given.no_join:
            for name in given.nodes or FLEET:
                join.join(FLEET[name])
    elif given.command == "down":
        control.down()
    elif given.command == "images":
        print(images.archive(), chart.chart(), sep="\n")
    elif given.command == "pod":
        proof = run_gpu_pod(given.node)
        say(f"{proof.node}: the pod saw {proof.devices} device(s): {proof.listed}")
        return 0 if proof.devices == 1 else 1
    if given.command in ("up", "status"):
        for name, pid in control.status().items():
            say(f"{name}: {'pid ' + str(pid) if pid else 'not running'}")
    return 0
