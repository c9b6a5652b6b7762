# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One driver after another from each source: within a branch, across the renaming of 590, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.ansible import Run, playbook
from lab.nodes import Node
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.test_node import arguments

CUDA_UBUNTU: dict[str, Any] = {
    "nvidia_repository_driver_source": "cuda",
    "nvidia_repository_driver_uri": "{{ lab_repository }}/cuda/ubuntu2404/x86_64",
    "nvidia_repository_driver_suites": ["/"],
    "nvidia_repository_driver_components": [],
}
SOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "debian-cuda": ("debian12", {}),
    "ubuntu-archive": ("ubuntu24", {}),
    "ubuntu-cuda": ("ubuntu24", CUDA_UBUNTU),
}
WAY = ("580.159.04", "580.173.02", "595.71.05", "580.159.04")
NOT_OF_IT = "nvidia-container|libnvidia-container|nvidia-driver-pinning"
INSTALLED = (
    "{ dpkg-query -W -f '${db:Status-Want} ${Package} ${Version}\\n' '*nvidia*' '*cuda*' 2>/dev/null || true; }"
    f" | grep -Ev '^unknown|^deinstall|^purge|{NOT_OF_IT}' | sort -u"
)


def provision(folder: Path, node: Node, variables: dict[str, Any]) -> Run:
    done = playbook("provision", *arguments(folder, (node,), variables), quiet=True)
    print(done.said)
    assert done.rc == 0
    return done


def driver_packages(node: Node) -> dict[str, tuple[str, str]]:
    """Package → what dpkg is to do with it, version without revision."""
    lines = [line.split() for line in sh(node, INSTALLED).splitlines()]
    return {name: (want, version.split(":")[-1].rsplit("-", 1)[0]) for want, name, version in lines}


@pytest.mark.parametrize("source", SOURCES)
def test_every_step_leaves_one_version_locked_and_nothing_to_do(
    source: str, make_node: MakeNode, tmp_path: Path
) -> None:
    system, variables = SOURCES[source]
    node = make_node(f"way-{source}", system, "h100-sxm")
    for step, version in enumerate(WAY):
        wanted = {**variables, "nvidia_driver_version": version}
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
