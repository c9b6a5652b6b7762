# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that concern this machine and the nodes."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from lab import CACHE, GATEWAY, PREFIX, STATE, LabError
from lab.cluster import control
from lab.cluster.build import BACKGROUND
from lab.host import kernel, setup
from lab.host.process import running, stop_detached
from lab.host.progress import say, step
from lab.nodes import hardware, images, inventory
from lab.nodes.docker import MINE, ask, docker, ensure_network, remove_everything
from lab.nodes.fleet import FLEET
from lab.nodes.node import NODE_LABEL, Node, create, destroy, exists, is_current, parse, reboot, reset, run
from lab.silicon import repository


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("host")
    commands.add_parser("status")
    commands.add_parser("inventory")
    start = commands.add_parser("up")
    start.add_argument("names", nargs="*", metavar="NODE", help=", ".join(FLEET))
    own = "NAME=OS:MODEL*COUNT+…"
    start.add_argument("--node", action="append", default=[], metavar=own, help="a node of your own")
    down = commands.add_parser("down")
    down.add_argument("names", nargs="*", metavar="NODE", help="only these; without a name everything goes")
    down.add_argument("--images", action="store_true", help="the images too")
    for name in ("reboot", "reset"):
        commands.add_parser(name).add_argument("names", nargs="+", metavar="NODE")
    plug = commands.add_parser("hardware")
    plug.add_argument("name", metavar="NODE")
    plug.add_argument("hardware", metavar="MODEL*COUNT+…")
    shell = commands.add_parser("shell")
    shell.add_argument("name", metavar="NODE")
    shell.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args(argv)
    match arguments.command:
        case "host":
            setup.prepare()
        case "up":
            up(_chosen(arguments.names, arguments.node))
        case "down":
            if arguments.names:
                _remove([_known(name) for name in arguments.names])
            else:
                _down(arguments.images)
        case "status":
            _status()
        case "inventory":
            inventory.write()
            say(f"wrote {inventory.GENERATED}")
        case "hardware":
            print(hardware.describe(arguments.name, arguments.hardware), end="")
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


def up(nodes: list[Node]) -> None:
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


def _remove(nodes: list[Node]) -> None:
    for node in nodes:
        destroy(node)
        say(f"removed node {node.name}")


def _down(with_images: bool) -> None:
    setup.need_root("removing the lab")
    if stop_detached(BACKGROUND):
        say("stopped the build of the cluster's programs")
    control.down()
    repository.stop()
    inventory.GENERATED.unlink(missing_ok=True)
    if setup.engine() is not None:
        for what in remove_everything(with_images):
            say(f"removed {what}")
        if setup.other_labs():
            say("another lab is up: what all of them use stays")
        else:
            kernel.take_back()
            repository.end_agent()
        setup.stop_engine()
    elif STATE.exists() and shutil.which("docker"):
        why = "no Docker Engine answers, so its containers cannot be seen"
        raise LabError("removing what the lab made", why, "python -m lab host && python -m lab down")
    if running("dockerd"):
        say("of the lab only the Docker Engine runs")
        return
    shutil.rmtree(STATE, ignore_errors=True)
    say(f"nothing of the lab runs; kept for the next time: {CACHE}{'' if with_images else ', the images'}")


def _status() -> None:
    print(f"Docker Engine: {setup.engine() or 'none answers'}; packages: {_served()}")
    rows = ask("ps", "--all", *MINE, "--format", f'{{{{.Names}}}}\t{{{{.Status}}}}\t{{{{.Label "{NODE_LABEL}"}}}}').out
    for row in sorted(rows.splitlines()):
        container, status, what = row.split("\t")
        name = container.removeprefix(PREFIX)
        print(f"{name:20} {what:36} {status:24} {_condition(_known(name)) if what else ''}")


def _served() -> str:
    return f"http://{GATEWAY}:{repository.PORT}" if repository.running() else "not served"


def _condition(node: Node) -> str:
    """systemd's word for the node, and which units it complains of."""
    word = run(node, ["systemctl", "is-system-running"]).out.strip()
    failed = run(node, ["systemctl", "--failed", "--no-legend", "--plain"]).out.splitlines()
    return " ".join([word, *(line.split()[0] for line in failed if line.strip())])


def _shell(name: str, argv: list[str]) -> None:
    node = _known(name)
    interactive = ["--interactive", "--tty"] if os.isatty(0) else ["--interactive"]
    os.execvp("docker", ["docker", "exec", *interactive, node.container, *(argv or ["bash", "-l"])])
