# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that stay, or come with what a module for them is built with."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import kernel_lock
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import Part
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_followers import followers, unfollowed
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_pins import PATH

from . import world

TEXT = "Package: linux-image-generic-hwe-24.04\nPin: version 6.8-1\nPin-Priority: 1001\n"
AUTO, ALWAYS, NEVER = ({"nvidia_driver_hold_kernel": word} for word in ("auto", "always", "never"))


def node(**own: str) -> Dict[str, Any]:
    found = world.healthy()
    found["packages"]["kernel"] = [
        world.package(name, "6.8") for name in ("linux-image-generic-hwe-24.04", "linux-image-6.8.0-90-generic")
    ]
    found["own_files"] = own
    return found


def compared(options: Mapping[str, Any], look: Dict[str, Any], kind: str) -> Part:
    part = Part("nvidia_driver", actions={"packages": []})
    kernel_lock.compare(part, options, look, kind)
    return part


@pytest.mark.parametrize(
    ("variables", "kind", "locked"),
    [
        (AUTO, "prebuilt", True),
        ({"nvidia_driver_hold": False}, "prebuilt", False),
        ({"nvidia_driver_hold": False}, "dkms", False),
        (ALWAYS, "dkms", True),
        (NEVER, "prebuilt", False),
        (NEVER, "dkms", False),
    ],
)
def test_when(variables: Dict[str, Any], kind: str, locked: bool) -> None:
    options = world.request(**variables)["nvidia_driver"]
    for own, right in (({}, not locked), ({PATH: TEXT}, locked), ({PATH: "old"}, False)):
        part = compared(options, node(**own), kind)
        assert part.actions == {"packages": [], "lock_kernel": "always" if locked else "never"}
        assert [drift.subject for drift in part.drifts] == ([] if right else [PATH])
        assert not part.drifts or part.drifts[0].want == (TEXT if locked else "absent")


def test_dkms_gets_the_headers_of_every_new_kernel() -> None:
    options = world.request()["nvidia_driver"]
    for own in ({}, {PATH: "old"}):
        part = compared(options, node(**own), "dkms")
        assert [drift.subject for drift in part.drifts] == ["headers of new kernels"]
        headers = {"name": "linux-headers-generic-hwe-24.04", "version": None, "optional": True, "preferred": "6.8-1"}
        assert part.actions == {"packages": [headers], "lock_kernel": "unfollowed"}


def test_a_lock_says_that_nothing_brings_them() -> None:
    assert compared(world.request()["nvidia_driver"], node(**{PATH: TEXT}), "dkms").drifts == []


def test_the_lock_goes_where_something_does() -> None:
    look = node(**{PATH: TEXT})
    look["packages"]["kernel"].append(world.package("linux-headers-generic-hwe-24.04", "6.8"))
    (drift,) = compared(world.request()["nvidia_driver"], look, "dkms").drifts
    assert (drift.subject, drift.want) == (PATH, "absent")


def test_a_kernel_that_nothing_replaces_needs_neither() -> None:
    look = node()
    del look["packages"]["kernel"][0]
    part = compared(world.request()["nvidia_driver"], look, "dkms")
    assert (part.drifts, part.actions["packages"]) == ([], [])


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("linux-image-amd64", ("linux-headers-amd64",)),
        ("linux-image-cloud-amd64", ("linux-headers-cloud-amd64",)),
        ("linux-image-generic-hwe-24.04", ("linux-headers-generic-hwe-24.04",)),
        ("linux-image-nvidia-64k-hwe-24.04", ("linux-headers-nvidia-64k-hwe-24.04",)),
        ("linux-image-6.1.0-41-amd64", ()),
        ("linux-image-6.17-amd64", ()),
        ("linux-image-unsigned-6.8.0-90-generic", ()),
        ("linux-image-amd64-dbg", ()),
        ("linux-image-extra-virtual", ()),
        ("linux-headers-amd64", ()),
        ("linux-generic", ()),
    ],
)
def test_what_brings_a_kernels_headers(name: str, headers: Tuple[str, ...]) -> None:
    assert followers(name) == headers
    assert unfollowed([name]) == ({name: headers} if headers else {})
    assert unfollowed([name, *headers]) == {}
