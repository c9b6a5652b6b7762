# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kill between two steps of dpkg, what goes on behind it, and an interrupted installation that is not wanted."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from lab.ansible import start
from lab.nodes import Node, reset, run
from tests.nodes import MakeNode
from tests.site.conftest import sh, state
from tests.site.provision import ABSENT, Provision, arguments
from tests.site.test_interrupted import (
    EVERYTHING,
    POINTS,
    Play,
    interrupt,
    is_finished,
    kill_everything,
    release,
)

KILLER = """
echo status-logger=/usr/local/sbin/killer >/etc/dpkg/dpkg.cfg.d/killer
cat >/usr/local/sbin/killer <<'END'
#!/bin/sh
while read -r line; do
  case "$line" in status:\\ {moment}) pkill -KILL -f '{everything}'; touch /var/tmp/struck ;; esac
done
END
chmod 755 /usr/local/sbin/killer
"""
MOMENTS = (
    "nvidia-driver-cuda unpacked",
    "libcuda1 half-configured",
    "nvidia-kernel-open-dkms installed",
)
"""What dpkg says of its steps."""
SPOIL = r"""
dpkg --set-selections </dev/null
for name in nvidia-driver-cuda dkms
do sed -i "/^Package: $name\$/,/^$/s/^Status: .*/Status: install reinstreq unpacked/" /var/lib/dpkg/status
done
"""
"""It says so a moment before it notes it, and can be killed between the two."""

STAYS = re.compile(r" /etc/(?:passwd|g?shadow|group)-?$|^/boot/initrd")
"""Debian's packages keep their users; the initramfs was built anew, without the modules."""


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    return make_node("site-killed", "debian12", "h100-sxm*2")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_between_two_steps(moment: str, node: Node, provision: Provision, tmp_path: Path) -> None:
    reset(node)
    sh(node, KILLER.format(moment=moment.replace(" ", ":*\\ "), everything=EVERYTHING))
    play = start("provision", *arguments(tmp_path, (node,), {}))
    deadline = time.monotonic() + 900
    while run(node, ["test", "-e", "/var/tmp/struck"]).rc != 0:
        assert play.poll() is None and time.monotonic() < deadline, f"dpkg never said {moment}"
        time.sleep(0.2)
    kill_everything(node, play)
    sh(node, "rm /etc/dpkg/dpkg.cfg.d/killer")
    if moment == MOMENTS[0]:
        sh(node, SPOIL)
    is_finished(node, provision)


def kill_apt_alone(node: Node, play: Play) -> None:
    """What it had begun to build goes on."""
    run(node, ["pkill", "-KILL", "-f", "apt|dpkg"])
    play.communicate()


def test_a_build_that_goes_on_is_waited_for(node: Node, provision: Provision, tmp_path: Path) -> None:
    """A second one at the same time would spoil it, and be spoiled."""
    reset(node)
    interrupt(node, "/usr/bin/gcc", "*nvidia*", kill_apt_alone, tmp_path)
    done = provision(node, nvidia_driver_lock_timeout=1)
    assert done.failed == [node.name]
    assert "/usr/sbin/dkms by process" in done.said

    release(node)
    assert provision(node).rc == 0
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2


def test_what_was_interrupted_is_given_back(node: Node, provision: Provision, tmp_path: Path) -> None:
    reset(node)
    before = state(node)
    interrupt(node, *POINTS["everything is killed while it unpacks"], tmp_path)
    release(node)
    assert provision(node, **dict.fromkeys(ABSENT, "absent")).rc == 0
    assert sh(node, "dpkg --audit") == ""
    assert [line for line in set(state(node)) - set(before) if not STAYS.search(line)] == []
