# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each difference on a finished node: seen by the look as what it is, repaired, and nothing else touched.

Molecule calls it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from testinfra.host import Host  # type: ignore[import-untyped]  # it has none

from lab import REPO
from lab.ansible import Run
from tests.molecule.verify.drifts import DRIFTS, rounds
from tests.payload import send

NAME = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text())["platforms"][0]["name"]
INVENTORY = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"
testinfra_hosts = [f"docker://{NAME}"]
PIDS = "systemctl show --property=MainPID --value {}"
IN_ANY_ORDER = """
sort /etc/dnf/plugins/versionlock.list 2>/dev/null | grep -v '^#' || true
{ cat /etc/default/grub /etc/kernel/cmdline /boot/loader/entries/*.conf 2>/dev/null || true; } |
  tr --squeeze-repeats ' "' '\\n' | sort
"""
STATE = f"{(REPO / 'molecule/shared/files/state.sh').read_text()}\n{IN_ANY_ORDER}"
SEEN = re.compile(rf'^(?:ok|changed): \[{NAME}\] => (\{{.*"drifts": .*\}})$', re.MULTILINE)
CHANGED = f"\nchanged: [{NAME}"
VOLATILE = re.compile(
    r"^/boot/(?:initr|loader/entries/|grub2/)|^[0-9a-f-]{36}$|^Active|^Id=|^$"
    r"| /etc/(?:ld\.so\.cache|dnf/plugins/versionlock\.list|default/grub|kernel/cmdline)$"
)
"""Made anew by every package, rebuild, lock and argument; what they say, boots and services are compared apart."""
OWN = {
    "nvidia_container_toolkit": {"containerd", "docker"},
    "nvidia_persistence": {"nvidia-persistenced"},
    "nvidia_fabric": {"nvidia-fabricmanager"},
    "nvidia_driver": {"nvidia-persistenced", "nvidia-fabricmanager"},
}
"""Component → the services that a repair of it may restart."""
SERVICES = set().union(*OWN.values())
CASES = DRIFTS[os.environ["MOLECULE_SCENARIO_NAME"]]


class Finished:
    """The node, as it was when all was done; looks at it, and playbooks against it."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder
        self.module = send(NAME, "baremetal.gpu.gpu_node_info")
        self.run("look")
        self.document: dict[str, Any] = json.loads((folder / NAME / "gpu_node.json").read_text())
        self.before, self.boot = self.state(), self.boot_id()

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

    def drifts(self) -> list[dict[str, Any]]:
        """What differs now."""
        observed = json.loads(self.sh(f"python3 {self.module}"))["observed"]
        found: list[dict[str, Any]] = make_plan(self.document["request"], observed)["drifts"]
        return found

    def check(self) -> tuple[dict[str, Any], int]:
        """What check mode saw, which is what a look sees, and how many tasks would change something."""
        done = self.run("provision", "--check", "-v")
        found: dict[str, Any] = json.loads(SEEN.findall(done.said)[0])
        return found, done.changed[NAME]

    def repair(self) -> None:
        """And what is repaired has nothing to do in the next run, of the same ansible-playbook."""
        _before, first, second = self.run("provision", "baremetal.gpu.provision").said.split(
            "\nPLAY [Provision GPU nodes]"
        )
        assert CHANGED in first
        assert CHANGED not in second

    def state(self) -> list[str]:
        return [line for line in self.sh(STATE).splitlines() if not VOLATILE.search(line)]

    def running(self, components: Iterable[str]) -> dict[str, str]:
        """The processes that a repair of these components has no business with."""
        units = sorted(SERVICES.difference(*(OWN.get(component, ()) for component in components)))
        pids = self.sh("; ".join(map(PIDS.format, units)))
        return dict(zip(units, pids.splitlines(), strict=True))

    def boot_id(self) -> str:
        return self.sh("cat /proc/sys/kernel/random/boot_id")


@pytest.fixture(scope="module")
def finished(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    yield Finished(host, tmp_path_factory.mktemp("looks"))


def test_a_finished_node_has_no_drift_and_running_every_role_changes_nothing(finished: Finished) -> None:
    assert finished.document["drifts"] == []
    assert finished.run("provision", "-e", '{"gpu_site_full_run": true}').changed == {NAME: 0}
    assert finished.state() == finished.before


@pytest.mark.parametrize("names", rounds(CASES), ids=", ".join)
def test_drifts(names: list[str], finished: Finished) -> None:
    expected: list[dict[str, Any]] = []
    for name in names:
        finished.sh(CASES[name].script)
        found = finished.drifts()
        new = {one["component"] for one in found if one not in expected}
        assert CASES[name].components[0] in new, (name, found)
        assert new <= set(CASES[name].components), (name, found)
        expected = found
    roles = [CASES[name].components[0] for name in names]
    swapped = any(CASES[name].swapped for name in names)
    processes = finished.running(roles)

    seen, planned = finished.check()
    assert seen["drifts"] == expected
    assert seen["refusals"] == []
    assert seen["needs_reboot"] is swapped
    assert planned > 0
    assert finished.running(roles) == processes, "a check restarts nothing"

    finished.repair()
    assert finished.state() == finished.before
    assert finished.boot_id() == finished.boot
    if not swapped:
        assert finished.running(roles) == processes
