# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An installation that is interrupted at any point is finished by the next run; one that fails says why."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.ansible import start
from lab.nodes import Node, boot_id, reset, run, wait_until_up
from lab.nodes.docker import docker
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.provision import Provision, arguments

TRAP = """
if command -v dpkg-divert >/dev/null
then dpkg-divert --quiet --local --rename --divert {program}.real --add {program}
else mv {program} {program}.real
fi
cat >{program} <<'END'
#!/bin/bash
case "$*" in {pattern})
  while [ -e /var/tmp/armed ]; do touch /var/tmp/trapped; sleep 0.2; done ;;
esac
exec -a "$0" "$0.real" "$@"
END
chmod 755 {program}
touch /var/tmp/armed
"""
NOT_LOCKED = (
    "dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\\n' '*nvidia-*'"
    " | grep -Ev '^[hu]|nvidia-driver-pinning' || true"
)
EVERYTHING = "apt|dpkg|dkms|ansible|python3$|sbin/shutdown"
"""Ansible's modules come to the node's Python by its standard input."""
Play = subprocess.Popen[str]
Point = tuple[str, str, Callable[[Node, Play], None]]


def kill_play(node: Node, play: Play) -> None:
    os.killpg(play.pid, signal.SIGKILL)
    play.communicate()


def kill_everything(node: Node, play: Play) -> None:
    kill_play(node, play)
    run(node, ["pkill", "-KILL", "-f", EVERYTHING])


def kill_apt(node: Node, play: Play) -> None:
    """The play is alive, and ends with what apt left."""
    run(node, ["pkill", "-KILL", "-f", "apt|dpkg|dkms"])
    play.communicate()
    assert play.returncode != 0


def cut_the_power(node: Node, play: Play) -> None:
    before = boot_id(node)
    docker("power cut", "kill", node.container)
    kill_play(node, play)
    docker("power cut", "start", node.container)
    wait_until_up(node, unlike=before)


POINTS: dict[str, Point] = {
    "apt is killed while it unpacks": ("/usr/bin/dpkg-deb", "*fsys-tarfile*libcuda1*", kill_apt),
    "everything is killed while it unpacks": (
        "/usr/bin/dpkg-deb",
        "*fsys-tarfile*nvidia-driver-cuda_*",
        kill_everything,
    ),
    "the power fails while the module is built": ("/usr/bin/gcc", "*nvidia*", cut_the_power),
    "the play is killed, and apt goes on": ("/usr/bin/gcc", "*nvidia*", kill_play),
    "the power fails while the initramfs is built": ("/usr/sbin/update-initramfs", "*", cut_the_power),
    "everything is killed before the packages are locked": ("/usr/bin/apt-mark", "hold*", kill_everything),
    "the play is killed before the reboot": ("/usr/sbin/shutdown", "*", kill_everything),
}


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    return make_node("site-interrupted", "debian12", "h100-sxm*2")


def interrupt(
    node: Node, program: str, pattern: str, strike: Callable[[Node, Play], None], folder: Path, **variables: object
) -> None:
    sh(node, TRAP.format(program=program, pattern=pattern))
    play = start("provision", *arguments(folder, (node,), variables))
    deadline = time.monotonic() + 900
    while run(node, ["test", "-e", "/var/tmp/trapped"]).rc != 0:
        assert play.poll() is None and time.monotonic() < deadline, f"{program} was never run with {pattern}"
        time.sleep(0.2)
    strike(node, play)


def release(node: Node) -> None:
    sh(node, "rm -f /var/tmp/armed /var/tmp/trapped")


def is_finished(node: Node, provision: Provision) -> None:
    """By the next run; the one after that has nothing to do."""
    assert provision(node).rc == 0
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2
    assert sh(node, "dpkg --audit") == ""
    assert sh(node, NOT_LOCKED) == ""
    assert provision(node).changed == {node.name: 0}


@pytest.mark.parametrize("point", POINTS)
def test_what_was_interrupted_is_finished(point: str, node: Node, provision: Provision, tmp_path: Path) -> None:
    reset(node)
    interrupt(node, *POINTS[point], tmp_path)
    release(node)
    is_finished(node, provision)


def test_a_module_that_cannot_be_built_stops_the_node_before_its_reboot(node: Node, provision: Provision) -> None:
    reset(node)
    before = boot_id(node)
    sh(node, "dpkg-divert --quiet --local --rename --add /usr/bin/gcc")
    sh(node, "printf '#!/bin/sh\\necho fatal error: no such header; exit 1\\n' >/usr/bin/gcc; chmod 755 /usr/bin/gcc")
    done = provision(node)
    assert done.failed == [node.name]
    for words in ("make.log", "fatal error: no such header"):
        assert words in done.said
    assert boot_id(node) == before

    sh(node, "rm /usr/bin/gcc; dpkg-divert --quiet --local --rename --remove /usr/bin/gcc")
    assert provision(node).rc == 0
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2
