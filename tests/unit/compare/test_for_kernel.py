# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must come for the kernel that boots next, and a node that cannot have it."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.for_kernel import needed, refusals

from . import world
from .test_matrix import node, planned
from .test_matrix_rpm import KEY
from .test_matrix_rpm import node as rpm_node

PREBUILT = "linux-modules-nvidia-580-server-open-6.8.0-90-generic"
MIRROR = {"nvidia_repository_driver_uri": "http://mirror/driver"}
PAGES_OF_64K = rpm_node("el9", "aarch64")
PAGES_OF_64K["kernel"]["next"] += "+64k"
EL_PREBUILT = {"nvidia_driver_flavour": "proprietary", "nvidia_driver_modules": "prebuilt", **KEY}


@pytest.mark.parametrize(
    ("look", "variables", "names"),
    [
        (node("debian12"), {}, ["linux-headers-6.1.0-41-amd64"]),
        (node("ubuntu24.04"), {"nvidia_driver_modules": "dkms"}, ["linux-headers-6.8.0-90-generic"]),
        (node("ubuntu24.04"), {"nvidia_repository_state": "unmanaged"}, [PREBUILT]),
        # Its repository is still to be written.
        (node("ubuntu24.04"), MIRROR, []),
        (rpm_node("el9"), KEY, ["kernel-devel-matched-5.14.0-570.12.1.el9_6.x86_64"]),
        (PAGES_OF_64K, KEY, ["kernel-64k-devel-matched-5.14.0-570.12.1.el9_6.aarch64"]),
        (
            rpm_node("el9"),
            {**EL_PREBUILT, "nvidia_driver_version": "580.159.04", "nvidia_repository_state": "unmanaged"},
            ["kmod-nvidia-580.159.04-5.14.0-570.12.1"],
        ),
        # Which version that is, the repository says.
        (rpm_node("el9"), {**EL_PREBUILT, "nvidia_repository_state": "unmanaged"}, []),
        (node("debian12"), {"nvidia_driver_state": "absent"}, []),
        (node("debian12"), {"nvidia_driver_branch": "latest"}, []),
        (world.healthy(), {}, []),
        (world.spoil(lambda look: look["pci"].update(gpus=[])), {}, []),
    ],
)
def test_needed(look: Dict[str, Any], variables: Dict[str, Any], names: List[str]) -> None:
    assert needed(planned(look, **variables), look) == names


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("linux-headers-6.1.0-41-amd64", "install a kernel whose headers it has"),
        ("kernel-devel-matched-5.14.0-1.el9.x86_64", "install a kernel whose headers it has"),
        ("kernel-64k-devel-matched-5.14.0-1.el9.aarch64", "install a kernel whose headers it has"),
        (PREBUILT, "set nvidia_driver_modules to dkms"),
    ],
)
def test_refused(name: str, says: str) -> None:
    assert refusals("K", [name], [name]) == []
    (one,) = refusals("K", [name], [])
    assert (one["component"], one["subject"], one["value"]) == ("gpu_preflight", "kernel", "K")
    assert name in one["why"]
    assert says in one["remedy"]
