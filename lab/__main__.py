# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m lab COMMAND`: hands each command to the part of the lab that owns it."""

from __future__ import annotations

import importlib
import shlex
import sys

from lab import LabError

USAGE = """usage: python -m lab COMMAND [ARGUMENT…]

nodes    up [NODE…]       prepare this machine, build the images, start the nodes (again: only what is missing)
         up --node NAME=OS:MODEL*COUNT+…   a node of your own, e.g. big=debian12:h100-sxm*8+nvswitch*4
         down [NODE…]     remove these nodes; without a name everything that the lab made, and nothing else
         down --images    the images too
         status           what runs
         shell NODE [-- COMMAND…]   a root shell on a node, or one command
         reboot NODE…     power-cycle
         reset NODE…      back to the bare OS
         hardware NODE MODEL*COUNT+…   print the hardware.json of such a node
         inventory        write what inventory/lab needs to know of this lab
demo     demo             all of it: nodes, cluster, the collection's playbook twice, pods with a GPU, the table
host     host             only prepare this machine: Docker Engine, debootstrap
silicon  repo …           the package repositories of the simulated silicon
cluster  cluster …        the control plane; joining nodes
"""

OWNERS = {
    **dict.fromkeys(
        ("up", "down", "status", "shell", "reboot", "reset", "hardware", "inventory", "host"), "lab.nodes.cli"
    ),
    "demo": "lab.demo",
    "repo": "lab.silicon.cli",
    "cluster": "lab.cluster.cli",
}


def main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0 if argv else 2
    command, rest = argv[0], argv[1:]
    owner = OWNERS.get(command)
    if owner is None:
        print(f"lab: no command {command!r}; there are: {', '.join(OWNERS)}", file=sys.stderr)
        return 2
    module = importlib.import_module(owner)
    try:
        result: int = module.main([command, *rest] if owner == "lab.nodes.cli" else rest)
    except LabError as error:
        go_on = error.go_on or shlex.join(["python", "-m", "lab", *argv])
        print(f"lab: {error.step} failed: {error.why}\nlab: go on with: {go_on}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
