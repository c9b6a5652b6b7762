# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that stay, or come with what a module for them is built with."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import driver, kernel_lock
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import Part
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_followers import followers, unfollowed
from ansible_collections.baremetal.gpu.plugins.module_utils._compat.kernel_locks import PATH

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
        ("kernel-core", ("kernel-devel-matched", "kernel-devel")),
        ("kernel-64k-core", ("kernel-64k-devel-matched", "kernel-64k-devel")),
        ("kernel6.12", ("kernel6.12-devel-matched", "kernel6.12-devel")),
        ("kernel-modules", ()),
        ("kernel-devel", ()),
    ],
)
def test_what_brings_a_kernels_headers(name: str, headers: Tuple[str, ...]) -> None:
    assert followers(name) == headers
    assert unfollowed([name]) == ({name: headers} if headers else {})
    assert all(unfollowed([name, one]) == {} for one in headers)


BUILD = "5.14.0-570.12.1.el9_6"
RULES = [f"kernel-0:{BUILD}", f"kernel-core-0:{BUILD}"]


def rpm_node(*locks: str, coming: Tuple[str, ...] = ()) -> Tuple[Dict[str, Any], Part]:
    found = world.healthy()
    kernels = [{**world.package(name, "5.14"), "version": BUILD} for name in ("kernel-core", "kernel")]
    found["packages"].update(manager="dnf", kernel=kernels, kernel_locks=list(locks))
    found["kernel"]["next"] = f"{BUILD}.x86_64"
    return found, Part("nvidia_driver", actions={"packages": [{"name": name} for name in coming]})


def test_dnf_keeps_kernels_by_rules() -> None:
    options = world.request()["nvidia_driver"]
    for locks, kind, want in (
        ((), "prebuilt", "\n".join(RULES)),
        (RULES[:1], "prebuilt", "\n".join(RULES)),
        (RULES, "prebuilt", None),
    ):
        look, part = rpm_node(*locks)
        kernel_lock.compare(part, options, look, kind)
        assert [drift.want for drift in part.drifts] == ([want] if want else [])
    look, part = rpm_node(*RULES)
    kernel_lock.compare(part, world.request(**NEVER)["nvidia_driver"], look, "prebuilt")
    assert [drift.want for drift in part.drifts] == ["absent"]


def test_dnf_asks_for_the_headers_of_the_kernel_that_is_there() -> None:
    """A newer one's would bring that kernel."""
    options = world.request()["nvidia_driver"]
    look, part = rpm_node()
    kernel_lock.compare(part, options, look, "dkms")
    wanted = [f"kernel-devel-matched-{BUILD}", f"kernel-devel-{BUILD}"]
    assert part.actions["packages"] == [{"name": name, "version": None, "optional": True} for name in wanted]
    assert [drift.want for drift in part.drifts] == [wanted]
    look, part = rpm_node(coming=(f"{wanted[0]}.x86_64",))
    kernel_lock.compare(part, options, look, "dkms")
    assert (len(part.actions["packages"]), part.drifts) == (1, [])
    look, part = rpm_node(*RULES)
    kernel_lock.compare(part, options, look, "dkms")
    assert (part.actions["packages"], part.drifts) == ([], [])


def test_the_rules_go_with_the_driver() -> None:
    look, _part = rpm_node(*RULES)
    gone = driver.compare(world.request(nvidia_driver_state="absent"), look)
    assert (kernel_lock.RULES, RULES) in [(drift.subject, drift.have) for drift in gone.drifts]
