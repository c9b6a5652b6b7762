# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver's modules swapped without a reboot, and what stands against that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.nodes import Node, run
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.provision import Provision

OLD, NEW = "580.159.04", "580.173.02"
SERVICES = "nvidia-persistenced nvidia-fabricmanager"
HOLD = 'import os, time; os.open("/dev/nvidia0", os.O_PATH); time.sleep(600)'
PACKAGES = "dpkg-query --show '*nvidia*'"
GRAB = f"""
echo '{HOLD}' >/root/train.py
mkdir -p /run/systemd/system/nvidia-persistenced.service.d
cat >/run/systemd/system/nvidia-persistenced.service.d/grab.conf <<EOF
[Service]
ExecStopPost=+/usr/bin/systemd-run --unit=grab --collect python3 /root/train.py
ExecStopPost=+/bin/sleep 1
EOF
systemctl daemon-reload
"""
"""Gone with the next boot"""


def boot(node: Node) -> str:
    return sh(node, "cat /proc/sys/kernel/random/boot_id")


def driver(node: Node) -> str:
    return sh(node, "cat /sys/module/nvidia/version")


def services(node: Node) -> list[str]:
    return sh(node, f"systemctl is-active {SERVICES}").splitlines()


@pytest.fixture(scope="module")
def node(make_node: MakeNode) -> Node:
    return make_node("site-swap", "debian12", "h100-sxm*2+nvswitch*2")


@pytest.fixture
def held(node: Node) -> Iterator[str]:
    """The id of a process that has a GPU open."""
    sh(node, f"echo '{HOLD}' >/root/train.py")
    pid = sh(node, "setsid python3 /root/train.py >/dev/null 2>&1 & echo $!")
    yield pid
    run(node, ["kill", pid])


@pytest.fixture(autouse=True)
def at_the_old_version(node: Node, provision: Provision) -> None:
    if run(node, ["test", "-e", "/sys/module/nvidia/version"]).rc != 0:
        assert provision(node, nvidia_driver_version=OLD).rc == 0
    assert driver(node) == OLD


def test_a_process_that_holds_a_gpu_keeps_the_modules_and_a_reboot_is_asked_for(
    node: Node, held: str, provision: Provision
) -> None:
    before = boot(node)
    done = provision(node, nvidia_driver_version=NEW, node_reboot_allowed=False)
    assert done.failed == [node.name]
    for word in (
        "Reboot needed, because",
        f"process {held} (python3 /root/train.py)",
        "/dev/nvidia0",
        "node_reboot_allowed",
    ):
        assert word in done.said
    assert (driver(node), services(node), boot(node)) == (OLD, ["active", "active"], before)


def test_a_run_that_may_reboot_ends_nobodys_work_unasked(node: Node, held: str, provision: Provision) -> None:
    before = (boot(node), sh(node, PACKAGES))
    for check in (True, False):
        done = provision(node, check=check, nvidia_driver_version=NEW, node_reboot_allowed=True)
        assert done.failed == ([] if check else [node.name])
    for word in ("Not rebooted", f"{held} (python3 /root/train.py) of user root", "node_reboot_with_jobs"):
        assert word in done.said
    assert (boot(node), sh(node, PACKAGES)) == before
    assert run(node, ["kill", "-0", held]).rc == 0


def test_another_version_runs_without_a_reboot_or_consent(node: Node, provision: Provision) -> None:
    """Its packages are there since the first test."""
    before = boot(node)
    checked = provision(node, check=True, nvidia_driver_version=NEW, node_reboot_allowed=False)
    assert checked.rc == 0
    assert driver(node) == OLD, "a check swaps nothing"

    done = provision(node, nvidia_driver_version=NEW, node_reboot_allowed=False)
    assert done.rc == 0
    assert (driver(node), services(node), boot(node)) == (NEW, ["active", "active"], before)
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2
    assert provision(node, nvidia_driver_version=NEW).changed == {node.name: 0}

    # And back, with the packages this time.
    assert provision(node, nvidia_driver_version=OLD, node_reboot_allowed=False).rc == 0
    assert (driver(node), services(node), boot(node)) == (OLD, ["active", "active"], before)


def test_when_the_unload_fails_a_reboot_follows(node: Node, provision: Provision) -> None:
    """Something takes a GPU as soon as the services that had it are stopped."""
    sh(node, GRAB)
    before = boot(node)
    wanted: dict[str, object] = {"nvidia_driver_version": NEW, "node_reboot_allowed": True}
    done = provision(node, **wanted)
    assert done.failed == [node.name]
    assert "Not rebooted" in done.said and "python3 /root/train.py) of user root" in done.said
    assert (driver(node), services(node), boot(node)) == (OLD, ["active", "active"], before)

    sh(node, "systemctl stop grab")
    assert provision(node, node_reboot_with_jobs=True, **wanted).rc == 0
    assert boot(node) != before
    assert (driver(node), services(node)) == (NEW, ["active", "active"])
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2
    assert provision(node, **wanted).changed == {node.name: 0}
    assert provision(node, nvidia_driver_version=OLD).rc == 0


def test_parameters_and_flavour_take_effect_without_a_reboot(node: Node, provision: Provision) -> None:
    before = boot(node)
    variables = {"nvidia_driver_version": OLD, "nvidia_driver_flavour": "proprietary", "nvidia_gsp_mode": "disabled"}
    assert provision(node, node_reboot_allowed=False, **variables).rc == 0
    assert sh(node, "nvidia-smi -q | sed -n 's/.*GSP Firmware Version *: //p' | sort -u") == "N/A"
    assert boot(node) == before
    variables["nvidia_gsp_mode"] = "default"
    assert provision(node, node_reboot_allowed=False, **variables).rc == 0
    assert sh(node, "nvidia-smi -q | sed -n 's/.*GSP Firmware Version *: //p' | sort -u") == OLD
    assert boot(node) == before
    assert provision(node, **variables).changed == {node.name: 0}


def test_never_asks_for_the_reboot(node: Node, provision: Provision) -> None:
    variables = {"nvidia_driver_version": NEW, "nvidia_driver_flavour": "proprietary", "nvidia_driver_swap": "never"}
    done = provision(node, node_reboot_allowed=False, **variables)
    assert done.failed == [node.name]
    assert "nvidia_driver_swap is never" in done.said
    before = boot(node)
    assert provision(node, node_reboot_allowed=True, **variables).rc == 0
    assert driver(node) == NEW
    assert boot(node) != before
