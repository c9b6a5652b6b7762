# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scenario's node is made as the lab makes its own, as far as Molecule's driver has words for it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from lab import LABEL, NETWORK, PREFIX, REPO
from lab.nodes.fleet import FLEET
from lab.nodes.node import FLAGS, VOLUMES

FILES = sorted(REPO.glob("molecule/*/molecule.yml"))
# The driver takes no rule for devices; only a container with a GPU inside the node would need it. ALL but one
# capability has to be a list there.
NOT_SAID = {"--device-cgroup-rule=c *:* rwm", "--cap-add=ALL", "--cap-drop=SYS_RESOURCE"}


def platform(path: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["platforms"][0]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_flags_are_the_lab_s(path: Any) -> None:
    node = platform(path)
    said = {f"--restart={node['restart_policy']}", f"--cgroupns={node['cgroupns_mode']}"}
    said |= {f"--security-opt={option}" for option in node["security_opts"]}
    said |= {f"--tmpfs={mount}" for mount in node["tmpfs"]}
    said |= {f"--volume={volume}" for volume in node["volumes"] if volume.startswith("/sys/")}
    assert said == set(FLAGS) - NOT_SAID
    assert {f"/var/lib/{name}" for name in VOLUMES} < set(node["volumes"])
    assert "SYS_RESOURCE" not in node["capabilities"]
    assert node["capabilities"] == platform(FILES[0])["capabilities"]


def test_names_and_addresses_are_the_scenarios_own() -> None:
    assert len(FILES) == 8
    nodes = {path.parent.name: platform(path) for path in FILES}
    key, _equals, value = LABEL.partition("=")
    for name, node in nodes.items():
        assert node["name"] == f"{PREFIX}molecule-{name}"
        assert node["labels"][key] == value
        assert [network["name"] for network in node["networks"]] == [NETWORK]
    addresses = {node["networks"][0]["ipv4_address"] for node in nodes.values()}
    assert len(addresses) == len(nodes)
    assert not addresses & {node.address for node in FLEET.values()}
