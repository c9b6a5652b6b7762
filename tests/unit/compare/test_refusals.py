# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Impossible requests, and the way out of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.plan import make_plan

from . import world
from .world import Node, crio, spoil

if TYPE_CHECKING:
    from collections.abc import Callable


NO_DRIVER: dict[str, Any] = {"driver": {"running": None, "on_disk": []}}

REFUSED: list[tuple[str, dict[str, Any], Callable[[Node], object], str, str]] = [
    ("a version that is none", {"nvidia_driver_version": "580"}, lambda n: None, "580.159.04", "nvidia_driver_version"),
    (
        "a branch that is none",
        {"nvidia_driver_version": None, "nvidia_driver_branch": "latest"},
        lambda n: None,
        "three digits",
        "nvidia_driver_branch",
    ),
    (
        "a branch that dropped the GPU",
        {"nvidia_driver_version": "595.71.05"},
        lambda n: n["pci"]["gpus"][0].update(architecture="volta"),
        "last supported by 580",
        "nvidia_driver_branch",
    ),
    (
        "a branch before the GPU",
        {"nvidia_driver_version": "550.90.07"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "first supported by 570",
        "nvidia_driver_branch",
    ),
    (
        "open modules on Volta",
        {"nvidia_driver_flavour": "open"},
        lambda n: n["pci"]["gpus"][0].update(architecture="volta"),
        "possible here: proprietary",
        "nvidia_driver_flavour",
    ),
    (
        "proprietary modules on Blackwell",
        {"nvidia_driver_flavour": "proprietary"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "possible here: open",
        "nvidia_driver_flavour",
    ),
    (
        "proprietary modules of 620",
        {"nvidia_driver_version": "620.70.06", "nvidia_driver_flavour": "proprietary"},
        lambda n: None,
        "possible here: open",
        "nvidia_driver_flavour",
    ),
    (
        "GSP off on open modules",
        {"nvidia_gsp_mode": "disabled"},
        lambda n: None,
        "open kernel modules",
        "nvidia_gsp_mode",
    ),
    (
        "GSP off on Blackwell",
        {"nvidia_gsp_mode": "disabled"},
        lambda n: n["pci"]["gpus"][0].update(architecture="blackwell"),
        "Blackwell",
        "nvidia_gsp_mode",
    ),
    (
        "an old toolkit",
        {"nvidia_container_toolkit_version": "1.17.4"},
        lambda n: None,
        "1.19.1",
        "nvidia_container_toolkit_allow_old",
    ),
    (
        "prebuilt modules where there are none",
        {"nvidia_driver_modules": "prebuilt"},
        lambda n: None,
        "come as: dkms",
        "nvidia_driver_modules",
    ),
    (
        "Secure Boot with dkms",
        {},
        lambda n: n.update(secure_boot=True, **NO_DRIVER),
        "not signed",
        "switch Secure Boot off",
    ),
    (
        "no space",
        {},
        lambda n: n.update(disk={"/boot": {"free_mib": 10}}, **NO_DRIVER),
        "100 MiB",
        "free some space",
    ),
    (
        "another package manager",
        {},
        lambda n: n["packages"].update(manager="zypper"),
        "only apt and dnf are supported",
        "Debian, Ubuntu or Enterprise Linux",
    ),
    (
        "another system",
        {},
        lambda n: n["os"].update(id="arch", family=None, pretty="Arch Linux"),
        "debian 12 with archive branch 535, debian 13 with archive branch 550, debian with cuda",
        "nvidia_repository_driver_source",
    ),
    (
        "a system that the CUDA repository does not know",
        {},
        lambda n: n["os"].update(version_id="11", pretty="Debian GNU/Linux 11"),
        "no directory for Debian GNU/Linux 11",
        "nvidia_repository_driver_uri",
    ),
    (
        "GSP off of 620",
        {"nvidia_driver_version": "620.70.06", "nvidia_gsp_mode": "disabled"},
        lambda n: None,
        "open kernel modules only",
        "nvidia_gsp_mode",
    ),
    (
        "a toolkit version that is none",
        {"nvidia_container_toolkit_version": "latest"},
        lambda n: None,
        "looks like 1.20.0",
        "nvidia_container_toolkit_version",
    ),
    (
        "a fingerprint that is none",
        {"nvidia_repository_driver_key_fingerprint": "AB12"},
        lambda n: None,
        "40 hexadecimal digits",
        "nvidia_repository_driver_key_fingerprint",
    ),
    (
        "a mirror of an archive without a code name",
        {
            "nvidia_repository_driver_source": "archive",
            "nvidia_repository_driver_uri": "http://mirror/ubuntu",
            "nvidia_repository_driver_key": "mirror.asc",
            "nvidia_repository_driver_key_fingerprint": "A" * 40,
        },
        lambda n: n["os"].update(id="ubuntu", codename=None),
        "no code name",
        "nvidia_repository_driver_suites",
    ),
    (
        "daemon.json that is no JSON",
        {},
        lambda n: n["runtimes"].update(
            docker={
                "version": "20.10",
                "config_path": "/etc/docker/daemon.json",
                "config": None,
                "error": "line 3: not JSON",
            }
        ),
        "line 3",
        "mend the file",
    ),
    (
        "a runtime that is not there",
        {"nvidia_container_toolkit_runtimes": ["crio"]},
        lambda n: None,
        "not installed",
        "nvidia_container_toolkit_runtimes",
    ),
    (
        "CRI-O without the handler",
        {},
        lambda n: n["runtimes"].update(crio=crio()),
        "crio has no handler nvidia",
        "nvidia-ctk runtime configure --runtime=crio",
    ),
]


@pytest.mark.parametrize(
    ("variables", "change", "why", "remedy"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_impossible_requests_are_refused_with_the_way_out(
    variables: dict[str, Any], change: Callable[[Node], object], why: str, remedy: str
) -> None:
    plan = make_plan(world.request(**variables), spoil(change))
    assert plan["roles"][0] == "gpu_preflight"
    assert any(why in refusal["why"] for refusal in plan["refusals"]), plan["refusals"]
    assert any(remedy in refusal["remedy"] for refusal in plan["refusals"]), plan["refusals"]
