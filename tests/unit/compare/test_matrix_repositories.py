# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver's repository of each distribution and architecture, and the key that signs it, written by hand."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import debian_archive
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.repositories import cuda_directory
from ansible_collections.baremetal.gpu.plugins.plugin_utils._keys import with_key

from . import world
from .test_matrix import node, planned

BASE = "https://developer.download.nvidia.com/compute/cuda/repos"
OF_2022 = "EB693B3035CD5710E231E123A4B469963BF863CC"
OF_DEBIAN_13 = "02182E60104FCDC26EAE1B8597A5D4CB8793F200"
A_KEY = {
    "nvidia_repository_driver_key": "https://mirror.example.org/key.pub",
    "nvidia_repository_driver_key_fingerprint": "AB" * 20,
}


def driver_source(plan: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    return next((one for one in plan["actions"]["nvidia_repository"]["sources"] if one["prefix"] == "driver"), None)


@pytest.mark.parametrize(
    ("system", "arch", "directory", "key", "fingerprint"),
    [
        ("ubuntu22.04", "x86_64", "ubuntu2204/x86_64", "3bf863cc.pub", OF_2022),
        ("ubuntu22.04", "aarch64", "ubuntu2204/sbsa", "3bf863cc.pub", OF_2022),
        ("ubuntu24.04", "x86_64", "ubuntu2404/x86_64", "3bf863cc.pub", OF_2022),
        ("ubuntu24.04", "aarch64", "ubuntu2404/sbsa", "3bf863cc.pub", OF_2022),
        ("debian12", "x86_64", "debian12/x86_64", "3bf863cc.pub", OF_2022),
        ("debian12", "aarch64", "debian12/sbsa", "3bf863cc.pub", OF_2022),
        ("debian13", "x86_64", "debian13/x86_64", "8793F200.pub", OF_DEBIAN_13),
        ("debian13", "aarch64", "debian13/sbsa", "8793F200.pub", OF_DEBIAN_13),
    ],
)
def test_nvidias_repository_by_distribution_and_architecture(
    system: str, arch: str, directory: str, key: str, fingerprint: str
) -> None:
    look = node(system)
    look["os"]["arch"] = arch
    plan = planned(look, nvidia_repository_driver_source="cuda")
    source = driver_source(plan)
    assert source is not None
    assert source["content"] == (
        f"Types: deb\nURIs: {BASE}/{directory}\nSuites: /\nSigned-By: /etc/apt/keyrings/nvidia-driver.asc\n"
    )
    assert (source["key"], source["fingerprint"]) == (f"{BASE}/{directory}/{key}", fingerprint)


@pytest.mark.parametrize(
    ("os", "name", "key"),
    [
        ({"id": "ubuntu", "version_id": "26.04"}, "ubuntu2604", None),
        ({"id": "almalinux", "version_id": "10.0", "family": "redhat"}, "rhel10", "CDF6BA43.pub"),
        ({"id": "ol", "version_id": "10", "family": "redhat"}, "rhel10", "CDF6BA43.pub"),
        ({"id": "fedora", "version_id": "43", "family": "redhat"}, "fedora43", "1940C73E.pub"),
        ({"id": "fedora", "version_id": "44", "family": "redhat"}, "fedora44", "73CD9B30.pub"),
    ],
)
def test_where_only_the_keys_name_is_known_its_fingerprint_is_for_the_user_to_give(
    os: Dict[str, Any], name: str, key: Optional[str]
) -> None:
    directory = cuda_directory(os)
    assert directory is not None
    assert (directory.name, directory.key_file, directory.key_fingerprint) == (name, key, None)


@pytest.mark.parametrize(
    ("os", "name"),
    [
        ({"id": "rhel", "version_id": "8.10", "family": "redhat"}, "rhel8"),
        ({"id": "rocky", "version_id": "9.6", "family": "redhat"}, "rhel9"),
        ({"id": "amzn", "version_id": "2023", "family": "redhat"}, "amzn2023"),
        ({"id": "fedora", "version_id": "42", "family": "redhat"}, "fedora42"),
        ({"id": "sles", "version_id": "15.7", "family": "suse"}, "sles15"),
    ],
)
def test_rpm_systems_up_to_2024_have_one_key(os: Dict[str, Any], name: str) -> None:
    directory = cuda_directory(os)
    assert directory is not None
    assert directory.name == name
    assert directory.key_file == "D42D0685.pub"
    assert directory.key_fingerprint == "610C7B14E068A878070DA4E99CD0A493D42D0685"


def test_a_key_that_nobody_vouches_for_is_refused_with_the_variables_to_set() -> None:
    plan = planned(node("ubuntu26.04"), nvidia_repository_driver_source="cuda")
    (refusal,) = [one for one in plan["refusals"] if one["component"] == "nvidia_repository"]
    assert f"none is known here for {BASE}/ubuntu2604/x86_64" in refusal["why"]
    assert "nvidia_repository_driver_key_fingerprint" in refusal["remedy"]
    source = driver_source(planned(node("ubuntu26.04"), nvidia_repository_driver_source="cuda", **A_KEY))
    assert source is not None
    assert f"URIs: {BASE}/ubuntu2604/x86_64\n" in source["content"]
    assert source["fingerprint"] == "AB" * 20


def test_ubuntu_2004_has_no_driver_from_nvidia_any_more() -> None:
    for more in ({}, {"nvidia_repository_driver_uri": "https://mirror.example.org/cuda", **A_KEY}):
        plan = planned(node("ubuntu20.04"), nvidia_repository_driver_source="cuda", **more)
        assert [(one["subject"], one["remedy"]) for one in plan["refusals"]] == [
            ("driver source", "set nvidia_repository_driver_source to archive")
        ]
        assert "Ubuntu 20.04" in plan["refusals"][0]["why"]
    assert planned(node("ubuntu20.04"))["refusals"] == []


@pytest.mark.parametrize(
    ("system", "source", "stanza"),
    [
        ("debian12", "cuda", "Suites: /\n"),
        ("ubuntu24.04", "cuda", "Suites: /\n"),
        ("ubuntu24.04", "archive", "Suites: noble\nComponents: restricted\n"),
    ],
)
def test_a_mirror_of_either_takes_the_place_of_the_original(system: str, source: str, stanza: str) -> None:
    components = ["restricted"] if source == "archive" else []
    wanted = driver_source(
        planned(
            node(system),
            nvidia_repository_driver_source=source,
            nvidia_repository_driver_uri="https://mirror.example.org/x",
            nvidia_repository_driver_components=components,
            **A_KEY,
        )
    )
    assert wanted is not None
    assert wanted["content"] == (
        f"Types: deb\nURIs: https://mirror.example.org/x\n{stanza}Signed-By: /etc/apt/keyrings/nvidia-driver.asc\n"
    )


def _own(suites: List[str], components: List[str], signed_by: Optional[str] = None, **more: Any) -> Dict[str, Any]:
    source = world.source("debian", "http://deb.example.org/debian")
    return {**source, "suites": suites, "components": components, "signed_by": signed_by, **more}


DEBIANS = {"nvidia_repository_driver_source": "archive", "nvidia_driver_branch": "535"}
SECTIONS = "Components: contrib non-free non-free-firmware\n"


@pytest.mark.parametrize(
    ("own", "stanza"),
    [
        (
            [_own(["bookworm", "bookworm-updates"], ["main"])],
            f"URIs: http://deb.example.org/debian\nSuites: bookworm bookworm-updates\n{SECTIONS}",
        ),
        (
            [_own(["bookworm"], ["main", "contrib", "non-free"], "/usr/share/keyrings/x.gpg")],
            f"URIs: http://deb.example.org/debian\nSuites: bookworm\n{SECTIONS}Signed-By: /usr/share/keyrings/x.gpg\n",
        ),
        (
            [_own(["bookworm"], ["main", "contrib", "non-free", "non-free-firmware"], enabled=False)],
            f"URIs: http://deb.debian.org/debian\nSuites: bookworm\n{SECTIONS}"
            "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
        ),
        ([_own(["bookworm"], ["main", "contrib", "non-free", "non-free-firmware"])], None),
        ([_own(["bookworm"], ["main", "non-free-firmware"]), _own(["bookworm"], ["contrib", "non-free"])], None),
    ],
)
def test_debians_own_driver_needs_sections_that_a_fresh_node_does_not_read(
    own: List[Dict[str, Any]], stanza: Optional[str]
) -> None:
    look = node("debian12")
    look["repositories"] = own
    source = driver_source(planned(look, **DEBIANS))
    assert (source and source["content"]) == (stanza and "Types: deb\n" + stanza)
    assert with_key(source)["key"] == "" if source else True


def test_debians_sections_are_no_drift_once_they_are_there_and_go_without_the_nodes_keyring() -> None:
    look = node("debian12")
    path = "/etc/apt/sources.list.d/nvidia-driver.sources"
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    ours = _own(["bookworm"], list(debian_archive.COMPONENTS), keyring, path=path)
    look["repositories"] = [ours, _own(["bookworm"], ["main"], keyring)]
    look["signing_keys"] = [{"path": keyring, "fingerprints": ["A" * 40]}]
    plan = planned(look, **DEBIANS)
    assert [one["subject"] for one in plan["drifts"] if "nvidia-driver" in one["subject"]] == []
    gone = planned(look, nvidia_repository_state="absent", **DEBIANS)["actions"]["nvidia_repository"]["remove"]
    assert gone == [path]
    ours["uris"] = ["http://other.example.org"]
    assert path in [one["subject"] for one in planned(look, **DEBIANS)["drifts"]]


def test_a_system_without_a_code_name_has_no_suite_to_read() -> None:
    look = node("debian12")
    look["os"]["codename"] = None
    assert driver_source(planned(look, **DEBIANS)) is None


def _sles(**more: Any) -> Dict[str, Any]:
    look = node("sles15")
    look["packages"]["manager"] = "zypper"
    look["repositories"], look["signing_keys"] = [], []
    look.update(more)
    return look


@pytest.mark.parametrize(("arch", "directory"), [("x86_64", "x86_64"), ("aarch64", "sbsa")])
def test_sles_reads_nvidias_repository_by_zypper(arch: str, directory: str) -> None:
    look = _sles()
    look["os"]["arch"] = arch
    source = driver_source(planned(look, nvidia_driver_branch="595", **A_KEY))
    assert source is not None
    assert source["path"] == "/etc/zypp/repos.d/nvidia-driver.repo"
    assert source["content"] == (
        "[nvidia-driver]\nname=nvidia-driver\n"
        f"baseurl={BASE}/sles15/{directory}\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=0\n"
        "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-nvidia-driver\nautorefresh=1\ntype=rpm-md\n"
    )


def test_an_installation_by_zypper_is_refused_with_a_sentence() -> None:
    refusals = planned(_sles(), nvidia_driver_branch="595", **A_KEY)["refusals"]
    assert [(one["component"], one["subject"], one["value"]) for one in refusals] == [
        ("gpu_preflight", "package manager", "zypper")
    ]
    assert "only apt and dnf are supported" in refusals[0]["why"]
