# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernels that stay where prebuilt modules fit no other."""

from __future__ import annotations

from typing import Any, Dict

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare import kernel_lock
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.types import Part
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


@pytest.mark.parametrize(
    ("variables", "kind", "locked"),
    [
        (AUTO, "prebuilt", True),
        (AUTO, "dkms", False),
        ({"nvidia_driver_hold": False}, "prebuilt", False),
        (ALWAYS, "dkms", True),
        (NEVER, "prebuilt", False),
    ],
)
def test_when(variables: Dict[str, Any], kind: str, locked: bool) -> None:
    options = world.request(**variables)["nvidia_driver"]
    for own, right in (({}, not locked), ({PATH: TEXT}, locked), ({PATH: "old"}, False)):
        part = Part("nvidia_driver")
        assert kernel_lock.compare(part, options, node(**own), kind) is locked
        assert [drift.subject for drift in part.drifts] == ([] if right else [PATH])
        assert not part.drifts or part.drifts[0].want == (TEXT if locked else "absent")
