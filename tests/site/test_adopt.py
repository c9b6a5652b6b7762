# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three nodes that somebody set up by hand, each in another way, and the variables that adopt finds for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import GATEWAY
from lab.ansible import Run, playbook
from lab.nodes import Node, reboot
from lab.silicon import repository
from tests.nodes import MakeNode
from tests.site.conftest import sh, state

VERSION = "580.159.04"
REPOSITORY = f"http://{GATEWAY}:{repository.PORT}"
KEY = "/usr/share/keyrings/by-hand.asc"
LISTS = "/etc/apt/sources.list.d"
FOUR = "libnvidia-container1 libnvidia-container-tools nvidia-container-toolkit-base nvidia-container-toolkit"
START = f"""
export DEBIAN_FRONTEND=noninteractive
curl -fsS {REPOSITORY}/key.asc -o {KEY}
echo 'deb [signed-by={KEY}] {REPOSITORY}/toolkit/stable/deb/amd64 ./' >{LISTS}/nvidia-container-toolkit.list
echo 'blacklist nouveau' >/etc/modprobe.d/blacklist-nouveau.conf
"""
HOLD = "apt-mark hold $(dpkg --list | awk '/^ii.*(nvidia|libcuda)/ {print $2}')"
PIN = f"""
printf 'Package: *nvidia* libcuda1\\nPin: version {VERSION}*\\nPin-Priority: 1001\\n' >/etc/apt/preferences.d/driver
"""

BY_LIST_AND_PIN = f"""{START}{PIN}
echo 'deb [signed-by={KEY}] {REPOSITORY}/cuda/debian12/x86_64 ./' >{LISTS}/cuda.list
apt-get update
apt-get install --yes --no-install-recommends nvidia-driver-cuda nvidia-kernel-open-dkms nvidia-container-toolkit
nvidia-ctk runtime configure --runtime=containerd --set-as-default
"""
"""Debian from the CUDA repository: held back by a pin alone; the handler is containerd's default."""

FROM_THE_ARCHIVE = f"""{START}{PIN}
echo 'deb [signed-by={KEY}] {REPOSITORY}/ubuntu noble main restricted' >{LISTS}/restricted.list
kernel=$(cat /proc/sys/kernel/osrelease)
base=$(dpkg-query --show --showformat='${{Version}}' linux-image-$kernel)
apt-get update
apt-get install --yes --no-install-recommends nvidia-headless-no-dkms-580-server-open nvidia-utils-580-server \
    linux-modules-nvidia-580-server-open-$kernel=$base linux-modules-nvidia-580-server-open-generic=$base \
    nvidia-container-toolkit
rm /etc/apt/preferences.d/driver
{HOLD}
nvidia-ctk runtime configure --runtime=docker
systemctl restart docker
"""
"""Ubuntu's server packages, every one of them held; Docker; persistence off, as the packages leave it."""

CLOSED = f"""{START}{PIN}
echo 'deb [signed-by={KEY}] {REPOSITORY}/cuda/debian12/x86_64 ./' >{LISTS}/nvidia.list
echo 'options nvidia NVreg_EnableGpuFirmware=0' >/etc/modprobe.d/nvidia.conf
apt-get update
apt-get install --yes --no-install-recommends nvidia-driver-cuda nvidia-kernel-dkms \
    $(for name in {FOUR}; do echo $name=1.19.1-1; done)
{HOLD}
mkdir -p /etc/systemd/system/nvidia-persistenced.service.d
printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/nvidia-persistenced --user nvpd --persistence-mode --verbose\\n' \
    >/etc/systemd/system/nvidia-persistenced.service.d/override.conf
systemctl daemon-reload
containerd config default | sed 's,/opt/cni/bin,/usr/lib/cni,' >/etc/containerd/config.toml
nvidia-ctk runtime configure --runtime=containerd
update-initramfs -u
"""
"""Debian with the proprietary modules, an older toolkit, GSP firmware off and persistence mode by files of its own."""

NODES = {
    "adopt-pinned": ("debian12", "h100-sxm*2", BY_LIST_AND_PIN),
    "adopt-archive": ("ubuntu24-docker", "l40s", FROM_THE_ARCHIVE),
    "adopt-closed": ("debian12", "t4", CLOSED),
}
PINNED, ARCHIVE, OLD = NODES


@dataclass(frozen=True)
class ByHand:
    """The nodes, and an inventory that knows how to reach them and nothing else."""

    nodes: dict[str, Node]
    folder: Path

    def run(self, name: str, *arguments: str, **variables: object) -> Run:
        given = {"gpu_hosts": "by_hand", "gpu_adopt_dir": str(self.folder), **variables}
        where = ["-i", str(self.folder / "inventory.json"), "-e", json.dumps(given)]
        done = playbook(name, *where, *arguments, quiet=True)
        print(done.said)
        return done

    def states(self) -> dict[str, list[str]]:
        return {name: state(node) for name, node in self.nodes.items()}

    def variables(self, kind: str, name: str) -> dict[str, Any]:
        path = self.folder / kind / name / "gpu.yml"
        found: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
        return found

    def resolved(self, name: str) -> dict[str, Any]:
        of_system = "by_hand_debian" if NODES[name][0] == "debian12" else "by_hand_ubuntu"
        groups = [self.variables("group_vars", group) for group in ("by_hand", of_system)]
        return {**groups[0], **groups[1], **self.variables("host_vars", name)}


@pytest.fixture(scope="module")
def by_hand(make_node: MakeNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    nodes = {name: make_node(name, system, hardware) for name, (system, hardware, _script) in NODES.items()}
    for name, node in nodes.items():
        sh(node, NODES[name][2])
        reboot(node)
        sh(node, "nvidia-smi -L")
    hosts = {name: {"ansible_host": node.container} for name, node in nodes.items()}
    # Groups that the lab's own inventory has no variables for.
    children = {
        "by_hand_debian": {"hosts": {name: hosts[name] for name in (PINNED, OLD)}},
        "by_hand_ubuntu": {"hosts": {ARCHIVE: hosts[ARCHIVE]}},
    }
    folder = tmp_path_factory.mktemp("inventory")
    (folder / "inventory.json").write_text(json.dumps({"by_hand": {"children": children}}))
    yield ByHand(nodes, folder)


def test_before_the_defaults_would_change_every_node(by_hand: ByHand) -> None:
    done = by_hand.run("look", "--check", "--diff")
    assert all(done.changed[name] > 0 for name in NODES), done.said


def test_a_check_writes_nothing(by_hand: ByHand) -> None:
    done = by_hand.run("adopt", "--check", "--diff")
    assert done.rc == 0, done.said
    assert "+nvidia_driver_version: " in done.said
    assert [path.name for path in by_hand.folder.iterdir()] == ["inventory.json"]


def test_what_is_there_becomes_variables_and_no_node_is_touched(by_hand: ByHand) -> None:
    before = by_hand.states()
    done = by_hand.run("adopt")
    assert done.rc == 0, done.said
    assert by_hand.states() == before
    # What all have in common is said once.
    assert (
        by_hand.variables("group_vars", "by_hand").items()
        >= {
            "nvidia_driver_version": VERSION,
            "nvidia_repository_state": "unmanaged",
            "nouveau_state": "absent",
        }.items()
    )


WANTED: dict[str, dict[str, Any]] = {
    PINNED: {"nvidia_driver_hold": False, "nvidia_container_toolkit_hold": False},
    ARCHIVE: {"nvidia_persistence_state": "absent", "nvidia_container_toolkit_runtimes": ["docker"]},
    OLD: {
        "nvidia_driver_flavour": "proprietary",
        "nvidia_gsp_mode": "disabled",
        "nvidia_container_toolkit_version": "1.19.1",
        "nvidia_container_toolkit_set_default": False,
    },
}


@pytest.mark.parametrize("name", NODES)
def test_each_node_has_its_own_in_its_own_words(by_hand: ByHand, name: str) -> None:
    found = by_hand.resolved(name)
    assert {key: found.get(key) for key in WANTED[name]} == WANTED[name], found
    assert found["nvidia_driver_version"] == VERSION


def test_the_next_check_finds_nothing_to_do(by_hand: ByHand) -> None:
    done = by_hand.run("provision", "--check", "--diff")
    assert done.rc == 0, done.said
    assert done.changed == dict.fromkeys(NODES, 0), done.said


def test_the_next_run_changes_nothing(by_hand: ByHand) -> None:
    before = by_hand.states()
    done = by_hand.run("provision")
    assert (done.rc, done.changed) == (0, dict.fromkeys(NODES, 0)), done.said
    assert by_hand.states() == before


def test_the_nodes_are_what_their_variables_ask_for(by_hand: ByHand) -> None:
    assert by_hand.run("validate").rc == 0


def test_adopting_again_writes_nothing(by_hand: ByHand) -> None:
    done = by_hand.run("adopt")
    assert (done.rc, set(done.changed.values())) == (0, {0}), done.said


def test_what_the_variables_ask_for_is_what_is_repaired(by_hand: ByHand) -> None:
    """From here on a drift is one against what the node had when it was adopted."""
    sh(by_hand.nodes[OLD], "apt-mark unhold nvidia-driver-cuda")
    assert by_hand.run("provision").changed[OLD] > 0
    assert "nvidia-driver-cuda" in sh(by_hand.nodes[OLD], "apt-mark showhold").split()
    assert by_hand.run("provision", "--check").changed == dict.fromkeys(NODES, 0)


def test_a_driver_of_mixed_versions_is_left_alone_and_said(by_hand: ByHand, tmp_path: Path) -> None:
    node = by_hand.nodes[PINNED]
    sh(node, "cd /tmp; apt-get download libnvidia-cfg1=595.*; dpkg --install --force-depends libnvidia-cfg1_595*.deb")
    done = by_hand.run("adopt", gpu_adopt_dir=str(tmp_path), gpu_adopt_overwrite=True)
    assert done.rc == 0, done.said
    assert "nvidia_driver is left as it is (nvidia_driver_state: unmanaged): its packages have versions" in done.said
    written = yaml.safe_load((tmp_path / "host_vars" / PINNED / "gpu.yml").read_text())
    assert written["nvidia_driver_state"] == "unmanaged"
