# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Canonical's prebuilt modules follow the kernel of a node."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from . import world
from .test_matrix import names, node, planned


def meta(name: str, *brings: str) -> Dict[str, Any]:
    depends = [f"linux-image-{one} (= 6.8-1)" for one in brings]
    return {**world.package(f"linux-image-{name}", "6.8"), "depends": depends}


@pytest.mark.parametrize(
    ("kernel", "installed", "flavour"),
    [
        ("6.8.0-90-generic", [], "generic"),
        ("6.8.0-90-generic", [meta("generic", "6.8.0-90-generic")], "generic"),
        ("6.14.0-29-generic", [meta("generic-hwe-24.04", "6.14.0-29-generic")], "generic-hwe-24.04"),
        (
            "6.14.0-29-generic",
            [meta("generic", "6.8.0-90-generic"), meta("generic-hwe-24.04", "6.14.0-29-generic")],
            "generic-hwe-24.04",
        ),
        (
            "6.8.0-90-generic",
            [meta("generic", "6.8.0-90-generic"), meta("generic-hwe-24.04", "6.14.0-29-generic")],
            "generic",
        ),
        # A kernel that was installed by its name.
        ("6.8.0-80-generic", [meta("generic", "6.8.0-90-generic"), meta("generic-hwe-24.04")], "generic"),
        ("6.8.0-80-generic", [meta("generic-hwe-24.04", "6.14.0-29-generic")], "generic-hwe-24.04"),
        # No modules are named after it.
        ("6.8.0-90-generic", [meta("virtual", "6.8.0-90-generic")], "generic"),
        ("6.8.0-90-generic-64k", [], "generic-64k"),
        ("6.8.0-1013-nvidia", [meta("nvidia", "6.8.0-1013-nvidia"), meta("nvidia-64k")], "nvidia"),
        ("6.8.0-1013-nvidia-64k", [], "nvidia-64k"),
        ("6.14.0-1003-nvidia-64k", [meta("nvidia-64k-hwe-24.04", "6.14.0-1003-nvidia-64k")], "nvidia-64k-hwe-24.04"),
        ("6.8.0-1013-oem", [meta("oem-24.04b", "6.8.0-1013-oem")], "oem-24.04b"),
        ("6.8.0-1030-aws", [world.package("linux-image-6.8.0-1030-aws", "6.8")], "aws"),
    ],
)
def test_prebuilt_modules_follow_the_metapackage_of_the_kernel(
    kernel: str, installed: List[Dict[str, Any]], flavour: str
) -> None:
    look = node("ubuntu24.04")
    look["kernel"].update(running=kernel, next=kernel, installed=[kernel])
    look["packages"]["kernel"] = installed
    modules = [name for name in names(planned(look)) if name.startswith("linux-modules-")]
    assert modules == [f"linux-modules-nvidia-580-server-open-{end}" for end in (flavour, kernel)]
    there = [world.package(name, kernel) for name in modules]
    look["packages"]["driver"] = there
    assert planned(look)["actions"]["nvidia_driver"]["conflicting"] == []
