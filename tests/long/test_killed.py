# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kill at no point in particular; tests/site/test_interrupted.py has those that are always met."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from lab.ansible import start
from lab.nodes import run
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.test_node import Provision, arguments, provision

__all__ = ["provision"]


def test_a_play_that_is_killed_while_it_installs_is_finished_by_the_next(
    make_node: MakeNode, provision: Provision, tmp_path: Path
) -> None:
    node = make_node("site-killed", "debian12", "h100-sxm*2")
    process = start("provision", *arguments(tmp_path, (node,), {}))
    half = "dpkg-query --show --showformat '${db:Status-Status}\\n' '*nvidia*' | grep -E 'unpacked|half'"
    deadline = time.monotonic() + 180
    while run(node, ["sh", "-c", half]).rc != 0:
        assert process.poll() is None and time.monotonic() < deadline, "it was never seen half installed"
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    run(node, ["pkill", "-KILL", "-f", "apt|dpkg|ansible"])
    process.communicate()
    assert run(node, ["sh", "-c", half]).rc == 0

    assert provision(node).rc == 0
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2
    assert provision(node).changed == {node.name: 0}
