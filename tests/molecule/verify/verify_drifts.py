# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each single difference on a finished node: seen by the look, repaired by its role, and nothing else touched.

Molecule calls it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it has none

from lab import GATEWAY, REPO
from lab.ansible import Run
from lab.silicon import repository

NAME = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text())["platforms"][0]["name"]
INVENTORY = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"
testinfra_hosts = [f"docker://{NAME}"]
NOUVEAU = "/etc/modprobe.d/baremetal-gpu-nouveau.conf"
SOURCES = "/etc/apt/sources.list.d"
LIST = f"deb [signed-by=/etc/apt/keyrings/nvidia-driver.asc] http://{GATEWAY}:{repository.PORT}/cuda/debian12/x86_64 ./"
FOUR = "libnvidia-container1 libnvidia-container-tools nvidia-container-toolkit-base nvidia-container-toolkit"
KERNEL = "$(cat /proc/sys/kernel/osrelease)"
PIDS = "systemctl show --property=MainPID --value {}"
STATE = (REPO / "molecule/shared/files/state.sh").read_text()
VOLATILE = re.compile(r" /boot/initrd|^/boot/initrd| /etc/ld\.so\.cache$|^[0-9a-f-]{36}$|^Active|^Id=|^$")
"""Made anew by every package and every rebuild; boots and services are compared apart."""


@dataclass(frozen=True)
class Drift:
    """How it comes about, and the components in which it may show; the first one must."""

    script: str
    components: tuple[str, ...]
    swapped: bool = False
    """Whether other modules have to be loaded."""


DRIFTS = {
    "our file against nouveau is gone": Drift(f"rm {NOUVEAU}", ("nouveau",)),
    "the initramfs does not block nouveau": Drift(
        f"mv {NOUVEAU} /root/kept.conf; update-initramfs -u; mv /root/kept.conf {NOUVEAU}", ("nouveau",)
    ),
    "a source is gone": Drift(f"rm {SOURCES}/nvidia-driver.sources", ("nvidia_repository",)),
    "a source is switched off": Drift(
        f"echo 'Enabled: no' >>{SOURCES}/nvidia-container-toolkit.sources", ("nvidia_repository",)
    ),
    "a key is gone": Drift("rm /etc/apt/keyrings/nvidia-driver.asc", ("nvidia_repository",)),
    "a list of an earlier guide": Drift(f"echo '{LIST}' >{SOURCES}/nvidia-docker.list", ("nvidia_repository",)),
    "GSP firmware switched off by our file": Drift(
        "echo 'options nvidia NVreg_EnableGpuFirmware=0' >/etc/modprobe.d/baremetal-gpu-gsp.conf", ("nvidia_gsp",)
    ),
    "one package of the driver is not held": Drift("apt-mark unhold libcuda1", ("nvidia_driver",)),
    "no module for the kernel": Drift(
        f"dkms uninstall \"$(dkms status | head -1 | sed 's/[,:].*//')\" -k {KERNEL}", ("nvidia_driver",)
    ),
    "the fabric manager is off": Drift("systemctl disable --now nvidia-fabricmanager", ("nvidia_fabric",)),
    "an upgrade of the driver": Drift(
        "names=$(apt-mark showhold | grep -v container); apt-mark unhold $names; "
        "DEBIAN_FRONTEND=noninteractive apt-get install --yes --only-upgrade $names",
        ("nvidia_driver", "nvidia_persistence"),
        swapped=True,
    ),
    "the persistence daemon is off": Drift("systemctl disable --now nvidia-persistenced", ("nvidia_persistence",)),
    "one package of the toolkit is not held": Drift(
        "apt-mark unhold nvidia-container-toolkit", ("nvidia_container_toolkit",)
    ),
    "an older toolkit": Drift(
        "DEBIAN_FRONTEND=noninteractive apt-get install --yes --allow-downgrades --allow-change-held-packages "
        f"$(for name in {FOUR}; do echo $name=1.19.1-1; done)",
        ("nvidia_container_toolkit",),
    ),
    "no handler": Drift(
        "rm /etc/containerd/conf.d/99-nvidia.toml; systemctl restart containerd", ("nvidia_container_toolkit",)
    ),
}


class Finished:
    """The node, and playbooks against it."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder

    def run(self, name: str, *more: str) -> Run:
        variables = json.dumps({"gpu_look_dir": str(self.folder)})
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(INVENTORY), "-e", variables]
        done = subprocess.run(
            [*argv, f"baremetal.gpu.{name}", *more],
            cwd=REPO,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(done.stdout)
        assert done.returncode == 0, done.stdout
        return Run(done.returncode, done.stdout)

    def sh(self, script: str) -> str:
        said: str = self.host.check_output("bash -euo pipefail -c %s", script)
        return said.strip()

    def look(self) -> dict[str, Any]:
        self.run("look")
        found: dict[str, Any] = json.loads((self.folder / NAME / "gpu_node.json").read_text())
        return found

    def state(self) -> list[str]:
        return [line for line in self.sh(STATE).splitlines() if not VOLATILE.search(line)]

    def running(self, component: str) -> dict[str, str]:
        """The processes that a repair of this component has no business with."""
        own = {
            "nvidia_container_toolkit": "containerd",
            "nvidia_persistence": "nvidia-persistenced",
            "nvidia_fabric": "nvidia-fabricmanager",
        }
        units = {"containerd", "nvidia-persistenced", "nvidia-fabricmanager"} - {own.get(component)}
        if component == "nvidia_driver":
            units = {"containerd"}
        return {unit: self.sh(PIDS.format(unit)) for unit in sorted(units)}

    def boot_id(self) -> str:
        return self.sh("cat /proc/sys/kernel/random/boot_id")


@pytest.fixture
def finished(host: Host, tmp_path: Path) -> Iterator[Finished]:
    yield Finished(host, tmp_path)


def test_a_finished_node_has_no_drift_and_running_every_role_changes_nothing(finished: Finished) -> None:
    before = finished.state()
    assert finished.look()["drifts"] == []
    assert finished.run("provision", "-e", '{"gpu_site_full_run": true}').changed == {NAME: 0}
    assert finished.state() == before


@pytest.mark.parametrize("case", DRIFTS)
def test_one_drift(case: str, finished: Finished) -> None:
    drift = DRIFTS[case]
    role = drift.components[0]
    before, boot = finished.state(), finished.boot_id()
    finished.sh(drift.script)
    processes = finished.running(role)

    seen = finished.look()
    components = {one["component"] for one in seen["drifts"]}
    assert role in components, seen["drifts"]
    assert components <= set(drift.components), seen["drifts"]
    assert seen["refusals"] == []
    assert seen["needs_reboot"] is drift.swapped

    planned = finished.run("provision", "--check")
    assert planned.changed[NAME] > 0
    assert finished.running(role) == processes, "a check restarts nothing"

    done = finished.run("provision")
    assert done.changed[NAME] > 0
    assert finished.state() == before
    assert finished.boot_id() == boot
    if not drift.swapped:
        assert finished.running(role) == processes
    assert finished.run("provision").changed == {NAME: 0}
