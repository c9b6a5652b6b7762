# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact packages of each distribution, source, branch, flavour and kind of modules, written by hand."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.driver_packages import package_set

from . import world

SYSTEMS: Dict[str, Dict[str, Any]] = {
    "ubuntu20.04": {"id": "ubuntu", "version_id": "20.04", "codename": "focal", "family": "debian"},
    "ubuntu22.04": {"id": "ubuntu", "version_id": "22.04", "codename": "jammy", "family": "debian"},
    "ubuntu24.04": {"id": "ubuntu", "version_id": "24.04", "codename": "noble", "family": "debian"},
    "ubuntu26.04": {"id": "ubuntu", "version_id": "26.04", "codename": "resolute", "family": "debian"},
    "debian12": {"id": "debian", "version_id": "12", "codename": "bookworm", "family": "debian"},
    "debian13": {"id": "debian", "version_id": "13", "codename": "trixie", "family": "debian"},
    "sles15": {"id": "sles", "version_id": "15.7", "codename": None, "family": "suse"},
}
KERNELS = {"ubuntu": "6.8.0-90-generic", "debian": "6.1.0-41-amd64", "sles": "6.4.0-150700.53.3-default"}


def node(system: str, architecture: str = "hopper") -> Dict[str, Any]:
    """A fresh node of that system with one GPU."""
    look = world.healthy()
    look["os"].update(SYSTEMS[system], pretty=system)
    kernel = KERNELS[SYSTEMS[system]["id"]]
    look["kernel"].update(running=kernel, next=kernel, installed=[kernel], headers=[])
    look["pci"]["gpus"][0]["architecture"] = architecture
    look["packages"]["driver"] = []
    look["driver"] = {"running": None, "on_disk": []}
    return look


def planned(look: Dict[str, Any], **variables: Any) -> Dict[str, Any]:
    return make_plan(world.request(**{"nvidia_driver_version": None, **variables}), look)


def names(plan: Dict[str, Any]) -> List[str]:
    """Each package with how it is asked for: `=` at the driver's version, `?` where a source has it."""
    marks = {True: "=", False: ""}
    return [
        one["name"] + marks[one["version"] is not None] + ("?" if one.get("optional") else "")
        for one in plan["actions"]["nvidia_driver"]["packages"]
    ]


def _canonical(branch: str, dash: str, kind: str) -> List[str]:
    kernel = KERNELS["ubuntu"]
    modules = (
        [f"linux-modules-nvidia-{branch}-server{dash}-generic", f"linux-modules-nvidia-{branch}-server{dash}-{kernel}"]
        if kind == "prebuilt"
        else [f"nvidia-dkms-{branch}-server{dash}=", f"linux-headers-{kernel}"]
    )
    return [
        f"nvidia-headless-no-dkms-{branch}-server{dash}=",
        f"nvidia-utils-{branch}-server=",
        f"nvidia-compute-utils-{branch}-server=",
        *modules,
    ]


A_KEY = {"nvidia_repository_driver_key": "https://k", "nvidia_repository_driver_key_fingerprint": "AB" * 20}
"""Nobody vouches for the one of Ubuntu 26.04."""
UBUNTU_HEADERS, DEBIAN_HEADERS = "linux-headers-6.8.0-90-generic", "linux-headers-6.1.0-41-amd64"
CUDA_UBUNTU = {
    ("535", "open"): ["-535", "-535-open", "nvidia-driver-pinning-535?"],
    ("580", "open"): ["-580", "-580-open", "nvidia-driver-pinning-580?"],
    ("580", "proprietary"): ["-580", "-580", "nvidia-driver-pinning-580?"],
    ("590", "open"): ["", "-open", "nvidia-driver-pinning-590"],
    ("595", "proprietary"): ["", "", "nvidia-driver-pinning-595"],
    ("620", "open"): ["", "-open", "nvidia-driver-pinning-620"],
}


@pytest.mark.parametrize("system", ["ubuntu20.04", "ubuntu22.04", "ubuntu24.04", "ubuntu26.04"])
@pytest.mark.parametrize("branch", ["535", "580", "590", "595"])
@pytest.mark.parametrize("flavour", ["open", "proprietary"])
@pytest.mark.parametrize("kind", ["prebuilt", "dkms"])
def test_canonicals_archive_has_the_branch_in_every_name(system: str, branch: str, flavour: str, kind: str) -> None:
    plan = planned(node(system), nvidia_driver_branch=branch, nvidia_driver_flavour=flavour, nvidia_driver_modules=kind)
    assert plan["refusals"] == []
    assert names(plan) == _canonical(branch, "-open" if flavour == "open" else "", kind)
    assert [one["path"] for one in plan["actions"]["nvidia_repository"]["sources"]] == [
        "/etc/apt/sources.list.d/nvidia-container-toolkit.sources"
    ]


@pytest.mark.parametrize("system", ["ubuntu22.04", "ubuntu24.04", "ubuntu26.04"])
@pytest.mark.parametrize(("branch", "flavour"), list(CUDA_UBUNTU))
def test_nvidias_names_for_ubuntu_lose_the_branch_with_590(system: str, branch: str, flavour: str) -> None:
    end, kernel_end, pinning = CUDA_UBUNTU[branch, flavour]
    plan = planned(
        node(system),
        nvidia_repository_driver_source="cuda",
        nvidia_driver_branch=branch,
        nvidia_driver_flavour=flavour,
        **A_KEY,
    )
    assert plan["refusals"] == []
    assert names(plan) == [
        f"nvidia-headless-no-dkms{kernel_end}=",
        f"nvidia-utils{end}=",
        f"nvidia-compute-utils{end}=",
        f"nvidia-dkms{kernel_end}=",
        pinning,
        UBUNTU_HEADERS,
    ]


@pytest.mark.parametrize("system", ["debian12", "debian13"])
@pytest.mark.parametrize(
    ("branch", "flavour", "modules", "pinning"),
    [
        ("535", "proprietary", "nvidia-kernel-dkms=", "nvidia-driver-pinning-535?"),
        ("580", "open", "nvidia-kernel-open-dkms=", "nvidia-driver-pinning-580?"),
        ("580", "proprietary", "nvidia-kernel-dkms=", "nvidia-driver-pinning-580?"),
        ("595", "open", "nvidia-kernel-open-dkms=", "nvidia-driver-pinning-595"),
        ("620", "open", "nvidia-kernel-open-dkms=", "nvidia-driver-pinning-620"),
    ],
)
def test_nvidias_names_for_debian_never_have_the_branch(
    system: str, branch: str, flavour: str, modules: str, pinning: str
) -> None:
    plan = planned(node(system), nvidia_driver_branch=branch, nvidia_driver_flavour=flavour)
    assert plan["refusals"] == []
    assert names(plan) == ["nvidia-driver-cuda=", "nvidia-persistenced=", modules, pinning, DEBIAN_HEADERS]


@pytest.mark.parametrize(
    ("system", "branch", "flavour", "modules"),
    [
        ("debian12", "535", "auto", "nvidia-kernel-dkms="),
        ("debian12", "535", "open", "nvidia-open-kernel-dkms="),
        ("debian13", "550", "auto", "nvidia-kernel-dkms="),
        ("debian13", "550", "open", "nvidia-open-kernel-dkms="),
    ],
)
def test_debians_own_driver_is_of_the_branch_that_the_release_has(
    system: str, branch: str, flavour: str, modules: str
) -> None:
    wanted = {"nvidia_repository_driver_source": "archive", "nvidia_driver_flavour": flavour}
    plan = planned(node(system), nvidia_driver_branch=branch, **wanted)
    assert names(plan) == [
        "nvidia-smi=",
        "libcuda1=",
        "nvidia-persistenced",
        "nvidia-modprobe",
        "firmware-nvidia-gsp=",
        modules,
        DEBIAN_HEADERS,
    ]
    refused = planned(node(system), nvidia_driver_branch="580", **wanted)["refusals"]
    assert [one["value"] for one in refused] == [f"{system} with source archive, branch 580"]
    assert "debian 12 with archive branch 535, debian 13 with archive branch 550" in refused[0]["why"]


DEBIAN_FULL = ["nvidia-driver=", "nvidia-driver-cuda=", "nvidia-persistenced="]
ARCHIVE_FULL = ["nvidia-driver=", "nvidia-smi=", "nvidia-persistenced", "nvidia-modprobe", "firmware-nvidia-gsp="]
SIGNED = "nvidia-open-driver-G06-signed-cuda-kmp-{}"


@pytest.mark.parametrize(
    ("system", "source", "branch", "wanted"),
    [
        ("ubuntu24.04", "archive", "580", ["nvidia-driver-580-server-open="]),
        ("ubuntu24.04", "cuda", "580", ["nvidia-driver-580-open="]),
        ("ubuntu24.04", "cuda", "595", ["nvidia-driver-open="]),
        ("debian12", "cuda", "580", DEBIAN_FULL),
        ("debian13", "cuda", "595", DEBIAN_FULL),
        ("debian12", "archive", "535", ARCHIVE_FULL),
        ("debian13", "archive", "550", ARCHIVE_FULL),
        (
            "sles15",
            "cuda",
            "595",
            [SIGNED.format("default"), "nvidia-video-G06=", "nvidia-gl-G06=", "nvidia-compute-utils-G06="],
        ),
    ],
)
def test_everything_for_a_display_is_only_asked_for_by_name(
    system: str, source: str, branch: str, wanted: List[str]
) -> None:
    variables = {"nvidia_driver_branch": branch, "nvidia_repository_driver_source": source}
    assert names(planned(node(system), nvidia_driver_packages="full", **variables))[: len(wanted)] == wanted
    assert names(planned(node(system), **variables))[: len(wanted)] != wanted


@pytest.mark.parametrize(
    ("system", "source", "branch", "manager", "nvsdm"),
    [
        ("ubuntu24.04", "archive", 595, "nvidia-fabricmanager-{branch}", None),
        ("ubuntu24.04", "cuda", 570, "nvidia-fabricmanager-{branch}", "libnvsdm-{branch}"),
        ("ubuntu24.04", "cuda", 580, "nvidia-fabricmanager", "libnvsdm"),
        ("ubuntu24.04", "cuda", 595, "nvidia-fabricmanager", "libnvsdm"),
        ("debian12", "cuda", 550, "nvidia-fabricmanager-{branch}", "libnvsdm-{branch}"),
        ("debian12", "cuda", 580, "nvidia-fabricmanager", "libnvsdm"),
        ("debian13", "cuda", 570, "nvidia-fabricmanager-{branch}", "libnvsdm-{branch}"),
        ("debian13", "cuda", 595, "nvidia-fabricmanager", "libnvsdm"),
        ("debian12", "archive", 535, None, None),
        ("debian13", "archive", 550, None, None),
        ("sles15", "cuda", 595, None, None),
    ],
)
def test_the_fabrics_packages_lost_the_branch_with_580(
    system: str, source: str, branch: int, manager: Optional[str], nvsdm: Optional[str]
) -> None:
    packages = package_set(SYSTEMS[system], source, branch)
    assert packages is not None
    assert packages.fabric.get("fabric_manager", (None,)) == (manager,)
    assert packages.fabric.get("nvsdm", (None,)) == (nvsdm,)


def test_sles_gets_the_signed_modules_first() -> None:
    packages = package_set(SYSTEMS["sles15"], "cuda", 595)
    assert packages is not None
    assert packages.modules_first
    for flavour in ("default", "azure", "64kb"):
        look = node("sles15")
        look["kernel"]["next"] = KERNELS["sles"].replace("default", flavour)
        plan = planned(look, nvidia_driver_branch="595")
        assert names(plan) == [SIGNED.format(flavour), "nvidia-compute-utils-G06="]


@pytest.mark.parametrize(
    ("architecture", "remedy"),
    [
        ("hopper", "set nvidia_driver_flavour to open"),
        ("volta", "install the driver by other means, with nvidia_driver_state: unmanaged"),
    ],
)
@pytest.mark.parametrize("modules", ["auto", "prebuilt"])
def test_sles_has_no_proprietary_modules(architecture: str, remedy: str, modules: str) -> None:
    look = node("sles15", architecture)
    wanted = {"nvidia_driver_flavour": "proprietary", "nvidia_driver_modules": modules}
    found = planned(look, nvidia_driver_branch="580", **wanted)["refusals"]
    (one,) = [one for one in found if one["subject"] == "modules"]
    assert "no prebuilt proprietary kernel modules; proprietary ones come as: nothing" in one["why"]
    assert one["remedy"] == remedy


def test_a_source_without_packages_for_the_system_is_refused() -> None:
    refused = planned(node("sles15"), nvidia_repository_driver_source="archive")["refusals"]
    assert "sles15 with source archive, branch 580" in [one["value"] for one in refused]


CANONICALS = [
    "libnvidia-compute-580-server",
    "linux-modules-nvidia-580-server-open-generic",
    "nvidia-firmware-580-server-580.159.04",
    "nvidia-utils-580-server",
]
NVIDIAS = ["libnvidia-compute-580", "nvidia-dkms-580-open", "nvidia-firmware-580-580.159.04", "nvidia-utils-580"]
UNSUFFIXED = ["libnvidia-compute", "nvidia-dkms-open", "nvidia-firmware", "nvidia-kernel-source-open", "nvidia-utils"]


@pytest.mark.parametrize(
    ("source", "installed", "leaving"),
    [
        ("cuda", CANONICALS, CANONICALS),
        ("cuda", NVIDIAS, []),
        ("archive", NVIDIAS, NVIDIAS),
        ("archive", UNSUFFIXED, UNSUFFIXED),
        ("archive", CANONICALS, []),
        ("archive", ["nvidia-fabricmanager-580", "libnvidia-nscq-580", "nvidia-imex-580"], []),
    ],
)
def test_one_sources_packages_leave_for_anothers(source: str, installed: List[str], leaving: List[str]) -> None:
    look = node("ubuntu24.04")
    look["packages"]["driver"] = [world.package(name, "580.159.04") for name in installed]
    plan = planned(look, nvidia_repository_driver_source=source, nvidia_driver_version="580.159.04")
    assert plan["actions"]["nvidia_driver"]["conflicting"] == leaving
    found = [one["have"] for one in plan["drifts"] if one["subject"] == "packages" and one["want"] == "absent"]
    assert found == ([leaving] if leaving else [])
