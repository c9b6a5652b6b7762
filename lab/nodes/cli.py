# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that concern this machine and the nodes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from lab import PREFIX, LabError
from lab.host import setup
from lab.host.progress import say, step
from lab.nodes import images, inventory
from lab.nodes.docker import MINE, ask, docker, ensure_network, remove_everything
from lab.nodes.fleet import FLEET
from lab.nodes.node import NODE_LABEL, Node, create, exists, is_current, parse, reboot, reset, run
from lab.silicon import repository


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("host")
    commands.add_parser("status")
    commands.add_parser("inventory")
    up = commands.add_parser("up")
    up.add_argument("names", nargs="*", metavar="NODE", help=", ".join(FLEET))
    up.add_argument("--node", action="append", default=[], metavar="NAME=OS:MODEL*COUNT+…", help="a node of your own")
    commands.add_parser("down").add_argument("--images", action="store_true", help="the images too")
    for name in ("reboot", "reset"):
        commands.add_parser(name).add_argument("names", nargs="+", metavar="NODE")
    shell = commands.add_parser("shell")
    shell.add_argument("name", metavar="NODE")
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args(argv)
    match arguments.command:
        case "host":
            setup.prepare()
        case "up":
            _up(_chosen(arguments.names, arguments.node))
        case "down":
            _down(arguments.images)
        case "status":
            _status()
        case "inventory":
            inventory.write()
            say(f"wrote {inventory.GENERATED}")
        case "shell":
            _shell(arguments.name, [word for word in arguments.argv if word != "--"])
        case "reboot":
            for name in arguments.names:
                with step(f"rebooting {name}"):
                    reboot(_known(name))
        case "reset":
            images.ensure({_known(name).os for name in arguments.names})
            for name in arguments.names:
                with step(f"setting {name} back to the bare OS"):
                    reset(_known(name))
    return 0


def _chosen(names: Iterable[str], own: Iterable[str]) -> list[Node]:
    nodes = [_known(name) for name in names] + [parse(text) for text in own]
    return nodes or list(FLEET.values())


def _known(name: str) -> Node:
    """A node of the fleet, or one that is there."""
    if name in FLEET:
        return FLEET[name]
    label = ask("inspect", "--format", f'{{{{index .Config.Labels "{NODE_LABEL}"}}}}', PREFIX + name)
    if label.rc != 0 or not label.out.strip():
        why = f"no node {name!r}; the lab's own are: {', '.join(FLEET)}"
        raise LabError("finding the node", why, "python -m lab status")
    return parse(f"{name}={label.out.strip()}")


def _up(nodes: list[Node]) -> None:
    setup.prepare()
    ensure_network()
    images.ensure({node.os for node in nodes})
    repository.ensure()
    inventory.write()
    missing = [node for node in nodes if not exists(node)]
    if missing:
        with step(f"starting {', '.join(node.name for node in missing)}", "5 s each"), ThreadPoolExecutor(2) as pool:
            list(pool.map(create, missing))
    for node in nodes:
        if node not in missing:
            docker(f"starting node {node.name}", "start", node.container)
            if not is_current(node):
                say(f"{node.name} runs an older image; `python -m lab reset {node.name}` renews it")
    _status()


def _down(with_images: bool) -> None:
    if setup.engine() is None:
        say("no Docker Engine answers: nothing of the lab runs")
        return
    repository.stop()
    for what in remove_everything(with_images):
        say(f"removed {what}")
    setup.stop_engine()


def _status() -> None:
    print(f"Docker Engine: {setup.engine() or 'none answers'}")
    rows = ask("ps", "--all", *MINE, "--format", f'{{{{.Names}}}}\t{{{{.Status}}}}\t{{{{.Label "{NODE_LABEL}"}}}}').out
    for row in sorted(rows.splitlines()):
        name, status, what = row.split("\t")
        system = run(_known(name.removeprefix(PREFIX)), ["systemctl", "is-system-running"]).out.strip() if what else ""
        print(f"{name.removeprefix(PREFIX):20} {what:36} {status:24} {system}")


def _shell(name: str, argv: list[str]) -> None:
    node = _known(name)
    interactive = ["--interactive", "--tty"] if os.isatty(0) else ["--interactive"]
    os.execvp("docker", ["docker", "exec", *interactive, node.container, *(argv or ["bash", "-l"])])
