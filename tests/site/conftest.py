# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's nodes, bare and members of a cluster; what a node is, told by plain commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import demo
from lab.cluster import control
from lab.nodes import Node, destroy, images, reset, run
from lab.nodes.fleet import FLEET
from tests.nodes import lab, make_node
from tests.site.provision import provision

__all__ = ["lab", "make_node", "provision"]

GPU_NODES = ("debian-h100", "ubuntu-l40s", "ubuntu-t4-docker")
STATE = """
dpkg-query --show --showformat '${Package} ${Version} ${Status}\\n'
find /etc /usr/lib/systemd -xdev -type f -not -path '/etc/cni/*' | sort | xargs --delimiter '\\n' sha256sum
find /boot -type f -printf '%p %s %T@\\n' | sort
"""


def sh(node: Node | str, script: str) -> str:
    """Run a script on a node; its output. What fails fails the test."""
    target = FLEET[node] if isinstance(node, str) else node
    done = run(target, ["bash", "-euo", "pipefail", "-c", script])
    assert done.rc == 0, f"{target.name}: {script!r} ended with {done.rc}:\n{done.out}{done.err}"
    return done.out.strip()


def state(node: Node | str) -> list[str]:
    """Packages, configuration and boot files: what nobody may touch unasked."""
    return sh(node, STATE).splitlines()


@pytest.fixture(scope="module")
def fleet(lab: None) -> Iterator[dict[str, list[str]]]:
    """The lab's four nodes with a bare OS, joined to a new control plane; their state by name. Gone afterwards."""
    demo.wait_for_builds()
    images.ensure({node.os for node in FLEET.values()})
    control.down()
    for node in FLEET.values():
        reset(node)
    demo.cluster_up()
    yield {name: state(name) for name in FLEET}
    # A cluster that idles takes half a processor from the tests beside it.
    control.down()
    for node in FLEET.values():
        destroy(node)


def pytest_collection_modifyitems() -> None:
    """What Go builds takes long, so it starts before the first test."""
    demo.build_in_background()
