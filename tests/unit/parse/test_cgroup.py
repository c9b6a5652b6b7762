# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service of a process, from /proc/PID/cgroup."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.systemd import parse_unit

POD = "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/cri-containerd-ab.scope"
CASES: dict[str, tuple[str, str | None]] = {
    "unified": ("0::/system.slice/nvidia-persistenced.service\n", "nvidia-persistenced.service"),
    "by controller": (
        "12:pids:/x.service\n1:name=systemd:/system.slice/nvidia-dcgm.service\n0::/y.service\n",
        "nvidia-dcgm.service",
    ),
    "delegated": ("0::/system.slice/nvidia-dcgm.service/inner\n", "nvidia-dcgm.service"),
    "machine in a container": ("0::/system.slice/docker-ab.scope/system.slice/a.service\n", "a.service"),
    "pod": (f"0::/{POD}\n", None),
    "pod without systemd": ("0::/kubepods/besteffort/pod1/ab\n", None),
    "pod below the runtime": ("0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:ab\n", None),
    "session": ("0::/user.slice/user-0.slice/session-1.scope\n", None),
    "other controllers": ("12:pids:/x.service\n", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "unit"), CASES.values(), ids=CASES)
def test_unit(text: str, unit: str | None) -> None:
    assert parse_unit(text) == unit
