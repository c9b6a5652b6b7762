# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver packages of another vendor beside those asked for: refused, with what to remove."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.baremetal.gpu.plugins.plugin_utils._adopt import adopt

from . import test_matrix, test_matrix_rpm, world

CUDA = "developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"
NON_FREE, CONTRIB = "deb.debian.org/debian bookworm/non-free", "deb.debian.org/debian bookworm/contrib"
RPM_FUSION, ELREPO = "RPM Fusion", "The ELRepo Community Enterprise Linux Repository"


def package(name: str, version: str, origin: Optional[str] = None) -> Dict[str, Any]:
    return {**world.package(name, version.partition("-")[0]), "version": version, "origin": origin}


def refused(system: str, packages: List[Dict[str, Any]], source: str = "auto") -> List[Dict[str, Any]]:
    rpm = system in test_matrix_rpm.SYSTEMS
    look = test_matrix_rpm.node(system) if rpm else test_matrix.node(system)
    look["packages"]["driver"] = packages
    more = test_matrix_rpm.KEY if rpm else {}
    branch = "535" if source == "archive" else "580"
    plan = test_matrix.planned(look, nvidia_driver_branch=branch, nvidia_repository_driver_source=source, **more)
    return [one for one in plan["refusals"] if one["subject"] == "packages"]


REFUSED = {
    "akmods": (
        "fedora42",
        "auto",
        [package("akmod-nvidia", "580.95.05-1.fc42"), package("xorg-x11-drv-nvidia-cuda-libs", "580.95.05-1.fc42")],
        ["RPM Fusion", "dnf remove akmod-nvidia xorg-x11-drv-nvidia-cuda-libs", "nvidia_driver_state: unmanaged"],
    ),
    "what akmods built": (
        "el9",
        "auto",
        [package("kmod-nvidia-5.14.0-570.12.1.el9_6.x86_64", "580.95.05-1.el9")],
        ["dnf remove kmod-nvidia-5.14.0-570.12.1.el9_6.x86_64"],
    ),
    "by its vendor": ("el9", "auto", [package("nvidia-settings", "580.95.05-1.el9", RPM_FUSION)], ["RPM Fusion"]),
    "ELRepo": (
        "el8",
        "auto",
        [package("kmod-nvidia", "580.95.05-1.el8"), package("nvidia-x11-drv-libs", "580.95.05-1.el8", ELREPO)],
        ["ELRepo", "dnf remove kmod-nvidia nvidia-x11-drv-libs"],
    ),
    "names as NVIDIA's": (
        "el10",
        "auto",
        [package("nvidia-driver-cuda", "580.95.05-1.el10", "negativo17.org")],
        ["negativo17", "dnf remove nvidia-driver-cuda"],
    ),
    "Debian's beside NVIDIA's": (
        "debian12",
        "auto",
        [package("nvidia-kernel-dkms", "535.261.03-1", NON_FREE), package("libcuda1", "580.159.04-1", CUDA)],
        ["Debian built", "apt-get purge nvidia-kernel-dkms;", "nvidia_repository_driver_source: archive"],
    ),
    "Debian's, whose list has moved on": (
        "debian12",
        "cuda",
        [package("nvidia-smi", "535.247.01-1~deb12u1")],
        ["apt-get purge nvidia-smi;"],
    ),
    "open ones of Debian": (
        "debian12",
        "cuda",
        [
            package("firmware-nvidia-gsp", "535.261.03-1", f"{NON_FREE}-firmware"),
            package("nvidia-open-kernel-dkms", "535.261.03-1", CONTRIB),
        ],
        ["apt-get purge firmware-nvidia-gsp nvidia-open-kernel-dkms;"],
    ),
    "NVIDIA's beside Debian's": (
        "debian12",
        "archive",
        [package("libcuda1", "535.261.03-1", CUDA), package("nvidia-kernel-open-dkms", "535.261.03-1")],
        [
            "NVIDIA's CUDA repository",
            "purge libcuda1 nvidia-kernel-open-dkms;",
            "nvidia_repository_driver_source: cuda",
        ],
    ),
}
ALLOWED = {
    "NVIDIA's for EL": (
        "el9",
        "auto",
        [
            package("kmod-nvidia-open-dkms", "580.159.04-1.el9", "NVIDIA Corporation"),
            package("kmod-nvidia-580.159.04-5.14.0-570.12.1", "580.159.04-1.el9"),
            package("nvidia-driver-cuda", "580.159.04-1.el9"),
            package("akmod-nvidia", "580.159.04-1.el9", "NVIDIA Corporation"),
        ],
    ),
    "Debian's small helpers, on which NVIDIA's depend": (
        "debian12",
        "cuda",
        [
            package("nvidia-installer-cleanup", "20220217+3~deb12u1", CONTRIB),
            package("glx-alternative-nvidia", "1.2.2", CONTRIB),
            package("nvidia-modprobe", "535.161.07-1~deb12u1", CONTRIB),
            package("nvidia-driver-cuda", "580.159.04-1", CUDA),
        ],
    ),
    "Debian's where it is asked for": ("debian12", "archive", [package("libcuda1", "535.261.03-1~deb12u1", NON_FREE)]),
    "from nobody knows where": ("debian12", "cuda", [package("libcuda1", "580.159.04-1")]),
    "Canonical's, which leave by themselves": (
        "ubuntu24.04",
        "cuda",
        [package("nvidia-utils-580-server", "580.1.1-1")],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    system, source, packages, words = REFUSED[case]
    (one,) = refused(system, packages, source)
    assert one["component"] == "nvidia_driver"
    said = "{value}: {why}. {remedy}".format(**one)
    for word in words:
        assert word in said


@pytest.mark.parametrize("case", ALLOWED)
def test_allowed(case: str) -> None:
    system, source, packages = ALLOWED[case]
    assert refused(system, packages, source) == []


def test_a_node_of_another_vendor_is_adopted_as_theirs() -> None:
    look = test_matrix_rpm.node("el9")
    look["packages"]["driver"] = [package("akmod-nvidia", "580.95.05-1.el9")]
    assert adopt(look).variables["nvidia_driver_state"] == "unmanaged"
