# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact packages, streams and repositories of Enterprise Linux and its relatives, written by hand."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest

from . import world
from .test_matrix import names, planned

SYSTEMS: Dict[str, Tuple[Dict[str, Any], str, str]] = {
    "el8": ({"id": "almalinux", "version_id": "8.10", "family": "redhat"}, "4.18.0-553.el8_10.x86_64", "rhel8"),
    "el9": ({"id": "rocky", "version_id": "9.6", "family": "redhat"}, "5.14.0-570.12.1.el9_6.x86_64", "rhel9"),
    "rhel9": ({"id": "rhel", "version_id": "9.6", "family": "redhat"}, "5.14.0-570.12.1.el9_6.x86_64", "rhel9"),
    "el10": ({"id": "rocky", "version_id": "10.0", "family": "redhat"}, "6.12.0-124.8.1.el10_1.x86_64", "rhel10"),
    "amzn": ({"id": "amzn", "version_id": "2023", "family": "redhat"}, "6.1.150-174.273.amzn2023.x86_64", "amzn2023"),
    "fedora42": ({"id": "fedora", "version_id": "42", "family": "redhat"}, "6.15.4-200.fc42.x86_64", "fedora42"),
    "fedora43": ({"id": "fedora", "version_id": "43", "family": "redhat"}, "6.17.8-300.fc43.x86_64", "fedora43"),
    "fedora44": ({"id": "fedora", "version_id": "44", "family": "redhat"}, "6.19.2-300.fc44.x86_64", "fedora44"),
}
FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"
KEY = {"nvidia_repository_driver_key": "https://k", "nvidia_repository_driver_key_fingerprint": FINGERPRINT}
COMPUTE = ["nvidia-driver-cuda=", "nvidia-persistenced="]


WITHOUT_STREAMS = ("el10", "fedora42", "fedora43", "fedora44")
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "sbsa"}


def node(system: str, arch: str = "x86_64") -> Dict[str, Any]:
    """A fresh node with one H100."""
    os, kernel, _folder = SYSTEMS[system]
    kernel = kernel.replace("x86_64", arch)
    look = world.healthy()
    look["os"].update({"id_like": [], "codename": None, **os}, pretty=system, arch=arch)
    look["kernel"].update(running=kernel, next=kernel, installed=[kernel], headers=[])
    look["packages"].update(manager="dnf", driver=[], streams={})
    look["driver"] = {"running": None, "on_disk": []}
    look["repositories"], look["signing_keys"] = [], []
    return look


def headers(system: str, arch: str) -> str:
    kernel = SYSTEMS[system][1].replace("x86_64", arch)
    return ("kernel-devel-" if system in ("el8", "amzn") else "kernel-devel-matched-") + kernel


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("branch", ["535", "580", "595", "620"])
@pytest.mark.parametrize("flavour", ["open", "proprietary"])
def test_dkms(system: str, arch: str, branch: str, flavour: str) -> None:
    plan = planned(node(system, arch), nvidia_driver_branch=branch, nvidia_driver_flavour=flavour, **KEY)
    if (branch, flavour) == ("620", "proprietary"):
        assert [one["subject"] for one in plan["refusals"]] == ["flavour"]
        return
    assert plan["refusals"] == []
    kmod = "kmod-nvidia-open-dkms=" if flavour == "open" else "kmod-nvidia-latest-dkms="
    assert names(plan) == [*COMPUTE, kmod, headers(system, arch)]
    ends = [f"{branch}-open", "open-dkms"] if flavour == "open" else [f"{branch}-dkms", "latest-dkms"]
    wanted = [] if system in WITHOUT_STREAMS else [f"nvidia-driver:{end}" for end in ends]
    assert plan["actions"]["nvidia_driver"]["streams"] == wanted


@pytest.mark.parametrize(
    ("system", "kernel", "installed", "wanted"),
    [
        ("el9", "5.14.0-1.el9.aarch64+64k", {}, "kernel-64k-devel-matched-5.14.0-1.el9.aarch64"),
        ("el10", "6.12.0-1.el10.x86_64+rt-debug", {}, "kernel-rt-debug-devel-matched-6.12.0-1.el10.x86_64"),
        # The release of EL 8's realtime kernel does not say what it is, nor does that of a newer series of Amazon's.
        (
            "el8",
            "4.18.0-1.rt7.el8.x86_64",
            {"kernel-rt-core": "4.18.0-1.rt7.el8", "kernel-core": "4.18.0-1.el8"},
            "kernel-rt-devel-4.18.0-1.rt7.el8.x86_64",
        ),
        (
            "amzn",
            "6.12.5-1.amzn2023.x86_64",
            {"kernel6.12": "6.12.5-1.amzn2023", "kernel": "6.1.9-1.amzn2023"},
            "kernel6.12-devel-6.12.5-1.amzn2023.x86_64",
        ),
        (
            "el9",
            "5.14.0-1.el9.aarch64",
            {"kernel-64k-core": "5.14.0-1.el9", "kernel-core": "5.14.0-1.el9"},
            "kernel-devel-matched-5.14.0-1.el9.aarch64",
        ),
    ],
)
def test_headers_are_of_the_kernels_own_kind(system: str, kernel: str, installed: Dict[str, str], wanted: str) -> None:
    look = node(system)
    look["kernel"].update(running=kernel, next=kernel)
    look["packages"]["kernel"] = [
        {**world.package(name, version), "version": version} for name, version in installed.items()
    ]
    assert wanted in names(planned(look, **KEY))


@pytest.mark.parametrize("system", ["el8", "el9", "amzn"])
@pytest.mark.parametrize("flavour", ["auto", "open"])
def test_prebuilt_modules_are_proprietary_only(system: str, flavour: str) -> None:
    variables = {"nvidia_driver_flavour": flavour, "nvidia_driver_modules": "prebuilt", **KEY}
    (one,) = planned(node(system), nvidia_driver_branch="580", **variables)["refusals"]
    assert (one["component"], one["subject"], one["value"]) == ("nvidia_driver", "modules", "prebuilt")
    assert f"cuda packages for {system} have no prebuilt open kernel modules; open ones come as: dkms" in one["why"]
    assert one["remedy"] == "set nvidia_driver_modules to dkms, or nvidia_driver_flavour to proprietary"


def test_no_other_flavour_is_offered_to_a_gpu_that_has_only_one() -> None:
    look = node("el9")
    look["pci"]["gpus"][0]["architecture"] = "blackwell"
    (one,) = planned(look, nvidia_driver_branch="580", nvidia_driver_modules="prebuilt", **KEY)["refusals"]
    assert one["remedy"] == "set nvidia_driver_modules to dkms"


def test_auto_does_not_bet_on_a_module_that_was_built_for_this_kernel() -> None:
    plan = planned(node("el9"), nvidia_driver_branch="580", nvidia_driver_flavour="proprietary", **KEY)
    assert plan["actions"]["nvidia_driver"]["modules"] == "dkms"


@pytest.mark.parametrize("flavour", ["open", "proprietary"])
def test_secure_boot_is_not_told_of_prebuilt_modules_that_no_distribution_signed(flavour: str) -> None:
    look = node("el9")
    look.update(secure_boot=True, efi={"shim_validation": True, "module_keys": []})
    (one,) = planned(look, nvidia_driver_branch="580", nvidia_driver_flavour=flavour, **KEY)["refusals"]
    assert (one["subject"], "prebuilt" in one["remedy"]) == ("Secure Boot", False)


BUILDS = {"el8": "4.18.0-553", "el9": "5.14.0-570.12.1", "amzn": "6.1.150-174.273"}


@pytest.mark.parametrize("system", SYSTEMS)
def test_prebuilt_modules_are_for_one_kernel(system: str) -> None:
    variables = {"nvidia_driver_flavour": "proprietary", "nvidia_driver_modules": "prebuilt", **KEY}
    plan = planned(node(system), nvidia_driver_version="580.159.04", **variables)
    if system in WITHOUT_STREAMS:
        assert [one["subject"] for one in plan["refusals"]] == ["modules"]
        return
    build = BUILDS.get(system, BUILDS["el9"])
    assert names(plan) == [*COMPUTE, f"kmod-nvidia-580.159.04-{build}"]
    assert plan["actions"]["nvidia_driver"]["streams"] == ["nvidia-driver:580", "nvidia-driver:latest"]
    of_branch = planned(node(system), nvidia_driver_branch="580", **variables)
    assert names(of_branch)[-1] == f"kmod-nvidia-{{version}}-{build}"
    look = node(system)
    look["kernel"]["next"] += "+rt"
    assert names(planned(look, nvidia_driver_version="580.159.04", **variables))[-1].endswith(f"-{build}+rt")


@pytest.mark.parametrize("system", SYSTEMS)
def test_full(system: str) -> None:
    plan = planned(node(system), nvidia_driver_packages="full", **KEY)
    assert names(plan)[:3] == ["nvidia-driver=", *COMPUTE]


FABRIC: Dict[Tuple[str, str], List[str]] = {
    ("nvswitch", "570"): ["nvidia-fabric-manager=", "libnvidia-nscq-570="],
    ("nvswitch", "580"): ["nvidia-fabricmanager=", "libnvidia-nscq="],
    ("nvlink5", "570"): ["nvidia-fabric-manager=", "nvlsm", "infiniband-diags?", "libnvsdm-570="],
    ("nvlink5", "595"): ["nvidia-fabricmanager=", "nvlsm", "infiniband-diags?", "libnvsdm="],
    ("rack", "570"): ["nvidia-imex-570="],
    ("rack", "595"): ["nvidia-imex="],
}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(("fabric", "branch"), FABRIC)
def test_the_fabrics_packages_lost_the_branch_with_580(system: str, fabric: str, branch: str) -> None:
    look = node(system, "aarch64" if fabric == "rack" else "x86_64")
    first = look["pci"]["gpus"][0]
    if fabric == "nvswitch":
        look["pci"]["nvswitches"] = [{"bus_id": "0000:07:00.0", "device": "22a3", "driver": None}]
    else:
        first.update(device="2901", architecture="blackwell")
        look["pci"]["gpus"].append({**first, "bus_id": "0000:43:00.0"})
    found = names(planned(look, nvidia_driver_branch=branch, **KEY))
    assert found[found.index(headers(system, look["os"]["arch"])) + 1 :] == FABRIC[fabric, branch]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_repositories(system: str, arch: str) -> None:
    plan = planned(node(system, arch), **KEY)
    driver, toolkit = plan["actions"]["nvidia_repository"]["sources"]
    assert plan["actions"]["nvidia_repository"]["manager"] == "dnf"
    assert driver["path"] == "/etc/yum.repos.d/nvidia-driver.repo"
    assert driver["content"] == (
        "[nvidia-driver]\nname=nvidia-driver\n"
        f"baseurl=https://developer.download.nvidia.com/compute/cuda/repos/{SYSTEMS[system][2]}/{ARCHITECTURES[arch]}\n"
        "enabled=1\ngpgcheck=1\nrepo_gpgcheck=0\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-nvidia-driver\n"
    )
    assert toolkit["content"] == (
        "[nvidia-container-toolkit]\nname=nvidia-container-toolkit\n"
        "baseurl=https://nvidia.github.io/libnvidia-container/stable/rpm/$basearch\n"
        "enabled=1\ngpgcheck=0\nrepo_gpgcheck=1\n"
        "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-nvidia-container-toolkit\n"
    )
    assert toolkit["fingerprint"] == "C95B321B61E88C1809C4F759DDCAE044F796ECB0"


def test_a_key_that_nobody_has_compared_is_asked_for() -> None:
    (refusal,) = planned(node("el10"))["refusals"]
    assert refusal["subject"] == "signing key"
    assert "nvidia_repository_driver_key_fingerprint" in refusal["remedy"]
    assert "CDF6BA43.pub" in refusal["why"]


def there(source: Dict[str, Any], **changed: Any) -> Dict[str, Any]:
    return {
        "path": source["path"],
        "uris": [source["uri"] + "/"],
        "suites": [],
        "components": [],
        "signed_by": source["key_path"],
        "enabled": True,
        "package_check": source["prefix"] == "driver",
        "metadata_check": source["prefix"] == "toolkit",
        **changed,
    }


def test_repositories_that_are_there() -> None:
    """By their meaning; what an earlier guide left goes."""
    look = node("el9")
    sources = planned(look, **KEY)["actions"]["nvidia_repository"]["sources"]
    look["repositories"] = [there(source) for source in sources]
    look["signing_keys"] = [{"path": one["key_path"], "fingerprints": [one["fingerprint"]]} for one in sources]
    assert "nvidia_repository" not in planned(look, **KEY)["roles"]
    for wrong in ({"enabled": False}, {"uris": ["http://x"]}, {"package_check": None}, {"signed_by": None}):
        look["repositories"][0] = there(sources[0], **wrong)
        assert "nvidia_repository" in planned(look, **KEY)["roles"], wrong
    look["repositories"][0] = there(sources[0])
    look["repositories"].append(there(sources[0], path="/etc/yum.repos.d/cuda-rhel9.repo"))
    plan = planned(look, **KEY)
    assert plan["actions"]["nvidia_repository"]["remove"] == ["/etc/yum.repos.d/cuda-rhel9.repo"]
    look["signing_keys"][1]["fingerprints"] = [FINGERPRINT]
    assert "nvidia_repository" in planned(look, **KEY)["roles"]
