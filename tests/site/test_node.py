# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that cannot have what others can, wait for consent, or are given back; each test on nodes of its own."""

from __future__ import annotations

from tests.nodes import MakeNode
from tests.site.conftest import sh, state
from tests.site.provision import ABSENT, Provision


def test_a_branch_that_dropped_the_card_is_refused_and_other_nodes_go_on(
    make_node: MakeNode, provision: Provision
) -> None:
    old, new = make_node("site-old", "debian12", "v100"), make_node("site-new", "debian12", "h100-sxm")
    before = state(old)
    done = provision(old, new, nvidia_driver_version="595.71.05")
    assert done.failed == [old.name]
    for word in ("Volta", "595", "nvidia_driver"):
        assert word in done.said
    assert state(old) == before
    assert sh(new, "cat /sys/module/nvidia/version") == "595.71.05"


def test_without_consent_the_node_waits_for_its_reboot(make_node: MakeNode, provision: Provision) -> None:
    node = make_node("site-consent", "ubuntu24", "l40s")
    # As `-e node_reboot_allowed=false` says it.
    done = provision(node, node_reboot_allowed="false")
    assert done.failed == [node.name]
    assert "Reboot needed, because" in done.said
    assert "node_reboot_allowed" in done.said

    done = provision(node, node_reboot_allowed="true")
    assert done.rc == 0, done.said
    assert sh(node, "nvidia-smi -L | wc -l") == "1"
    assert provision(node).changed == {node.name: 0}


def packages(lines: list[str]) -> set[str]:
    return {line for line in lines if " ok " in line}


def files(lines: list[str]) -> set[str]:
    """Their paths; users' and groups' files have a copy of what they were."""
    found = {word for line in lines for word in line.split() if word.startswith(("/etc/", "/usr/", "/boot/"))}
    return {path for path in found if not path.endswith("-")}


def test_absent_gives_the_node_back(make_node: MakeNode, provision: Provision) -> None:
    node = make_node("site-absent", "debian12", "h100-sxm")
    before = state(node)
    assert provision(node).rc == 0
    off = dict.fromkeys(ABSENT, "absent")
    assert provision(node, check=True, **off).rc == 0
    assert sh(node, "nvidia-smi -L | wc -l") == "1", "a check removes nothing"

    assert provision(node, **off).rc == 0
    assert (
        sh(node, "dpkg-query --show --showformat '${db:Status-Status} ${Package}\\n' | grep -c 'ed .*nvidia' || true")
        == "0"
    )
    assert sh(node, "basename $(readlink /sys/bus/pci/devices/0000:1b:00.0/driver)") == "nouveau"
    after = state(node)
    assert packages(after) == packages(before)
    assert files(after) == files(before)
    left = [line for line in set(after) - set(before) if "nvidia" in line.lower() or "gpu" in line.lower()]
    assert left == []
    assert sh(node, "ls -d /var/lib/baremetal.gpu /etc/nvidia* 2>/dev/null || true") == ""
    assert provision(node, **off).changed == {node.name: 0}
