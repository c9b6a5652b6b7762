# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One driver after another from each source: within a branch, across the renaming of 590, and back; what interferes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import GATEWAY, REPO
from lab.ansible import Run, playbook
from lab.nodes import Node
from lab.silicon.repository import PORT
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.kernels import a_newer_one_has_its_module_before_it_boots, without_what_brings_headers
from tests.site.provision import arguments
from tests.site.test_interrupted import Point, cut_the_power, interrupt, kill_everything, release

CUDA_UBUNTU: dict[str, Any] = yaml.safe_load(
    (REPO / "inventory/lab/group_vars/lab_ubuntu_cuda_stand_in.yml").read_text()
)
SOURCES: dict[str, tuple[str, dict[str, Any], Point]] = {
    "debian-cuda": ("debian12", {}, ("/usr/bin/dpkg-deb", "*fsys-tarfile*libcuda1*", cut_the_power)),
    "ubuntu-archive": ("ubuntu24", {}, ("/usr/sbin/update-initramfs", "*", cut_the_power)),
    "ubuntu-cuda": ("ubuntu24", CUDA_UBUNTU, ("/usr/bin/gcc", "*nvidia*", kill_everything)),
}
"""The node, what it is asked for, and where its way across the renaming is interrupted."""
WAY = ("580.159.04", "580.173.02", "595.71.05", "580.159.04")
NOT_OF_IT = "nvidia-container|libnvidia-container|nvidia-driver-pinning"
INSTALLED = (
    "{ dpkg-query -W -f '${db:Status-Want} ${Package} ${Version}\\n' '*nvidia*' '*cuda*' 2>/dev/null"
    f" | grep -Ev '^unknown|^deinstall|^purge|{NOT_OF_IT}' || true; }} | sort -u"
)


UPGRADER = "/etc/apt/apt.conf.d/99-everything"
UNATTENDED = f"""
cat >{UPGRADER} <<END
#clear Unattended-Upgrade::Origins-Pattern;
#clear Unattended-Upgrade::Allowed-Origins;
Unattended-Upgrade::Origins-Pattern {{ "site={GATEWAY}*"; }};
Unattended-Upgrade::MinimalSteps "false";
END
unattended-upgrade --dry-run --verbose 2>&1; rm {UPGRADER}
"""
"""Whatever the lab has is allowed to come, and nothing else: the archive's own upgrades take it long."""
GONE = f"http://{GATEWAY}:{PORT}/gone"
REFUSED: dict[str, dict[str, Any]] = {
    "0123456789ABCDEF0123456789ABCDEF01234567": {
        "nvidia_repository_driver_key_fingerprint": "0123456789ABCDEF0123456789ABCDEF01234567"
    },
    GONE: {"nvidia_repository_driver_uri": GONE},
}
"""A wrong key, a repository that is gone; by what is said of it."""
LEFT = "ls /etc/apt/sources.list.d /etc/yum.repos.d 2>/dev/null | grep nvidia-driver || true"


def go(folder: Path, node: Node, variables: dict[str, Any]) -> Run:
    done = playbook("provision", *arguments(folder, (node,), variables), quiet=True)
    print(done.said)
    return done


def provision(folder: Path, node: Node, variables: dict[str, Any]) -> Run:
    done = go(folder, node, variables)
    assert done.rc == 0
    return done


def a_wrong_key_and_a_repository_that_is_gone_leave_the_node(
    folder: Path, node: Node, variables: dict[str, Any]
) -> None:
    for word, wrong in REFUSED.items():
        done = go(folder, node, {**variables, **wrong})
        assert done.failed == [node.name]
        assert word in done.said and "nvidia_repository_driver" in done.said
        assert sh(node, LEFT) == ""


def an_unattended_upgrade_leaves_the_driver(node: Node) -> None:
    """Because of the holds; and without them because it was told."""
    for command in ("true", "apt-mark unhold $(apt-mark showhold)"):
        said = sh(node, command + UNATTENDED).splitlines()
        assert [line for line in said if GATEWAY in line and line.startswith("Allowed origins")], said
        assert not [line for line in said if "Packages that will be upgraded" in line and "nvidia" in line]


def driver_packages(node: Node) -> dict[str, tuple[str, str]]:
    """Package → what dpkg is to do with it, version without revision."""
    lines = [line.split() for line in sh(node, INSTALLED).splitlines()]
    return {name: (want, version.split(":")[-1].rsplit("-", 1)[0]) for want, name, version in lines}


@pytest.mark.parametrize("source", SOURCES)
def test_every_step_leaves_one_version_locked_and_nothing_to_do(
    source: str, make_node: MakeNode, tmp_path: Path
) -> None:
    system, variables, point = SOURCES[source]
    node = make_node(f"way-{source}", system, "h100-sxm")
    without_what_brings_headers(node)
    a_wrong_key_and_a_repository_that_is_gone_leave_the_node(tmp_path, node, variables)
    for step, version in enumerate(WAY):
        wanted = {**variables, "nvidia_driver_version": version}
        if version.startswith("595"):
            interrupt(node, *point, tmp_path, **wanted)
            release(node)
        provision(tmp_path, node, wanted)
        found = driver_packages(node)
        of_kernel = {name for name in found if name.startswith("linux-modules-nvidia-")}
        assert {v for name, (_want, v) in found.items() if name not in of_kernel} == {version}, found
        assert {want for want, _v in found.values()} == {"hold"}, found
        assert sh(node, "cat /sys/module/nvidia/version") == version
        upgrade = sh(node, "apt-get --simulate dist-upgrade")
        assert not [line for line in upgrade.splitlines() if line.startswith(("Inst", "Remv")) and "nvidia" in line]
        branch = version.split(".", maxsplit=1)[0]
        pinning = sh(node, "dpkg-query --show --showformat '${Package}\\n' 'nvidia-driver-pinning-*' || true")
        assert pinning.split() == ([f"nvidia-driver-pinning-{branch}"] if source.endswith("cuda") else [])
        if source != "debian-cuda":
            assert not {name for name in found if f"-{580 if branch == '595' else 595}" in name}, found
        if step > 1:
            assert provision(tmp_path, node, wanted).changed == {node.name: 0}
        elif step == 0:
            an_unattended_upgrade_leaves_the_driver(node)
    # The modules of Canonical's archive are prebuilt, and beside NVIDIA's nothing offers what would bring headers.
    locked = source != "debian-cuda"
    a_newer_one_has_its_module_before_it_boots(node, WAY[-1], lambda: provision(tmp_path, node, wanted), locked=locked)
