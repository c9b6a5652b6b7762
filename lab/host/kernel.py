# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the labs change in this machine's kernel: noted when the first one comes, taken back when the last one goes."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED = 1024
"""Each systemd and each kubelet takes some of what one user may have on one kernel."""
CGROUPS = Path("/sys/fs/cgroup")
FORMER = Path("/run/gpulab-former.json")
"""Until the next boot, as what it tells of."""


def change() -> None:
    former = int(INSTANCES.read_text())
    if not FORMER.exists():
        FORMER.write_text(json.dumps({"instances": former, "cgroups": [str(path) for path in _of_pods()]}))
    if former < NEEDED:
        INSTANCES.write_text(f"{NEEDED}\n")


def take_back() -> None:
    """But for what somebody else has changed since."""
    if not FORMER.exists():
        return
    former = json.loads(FORMER.read_text())
    if int(INSTANCES.read_text()) == NEEDED:
        INSTANCES.write_text(f"{former['instances']}\n")
    for top in _of_pods():
        if str(top) not in former["cgroups"]:
            for folder, _folders, _files in os.walk(top, topdown=False):
                # One that is in use is not the lab's, and cannot be removed.
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
    FORMER.unlink()


def _of_pods() -> list[Path]:
    """Where a node's containerd puts its pods, in each of the kernel's hierarchies; they outlive the node."""
    return [path for pattern in ("k8s.io", "*/k8s.io") for path in CGROUPS.glob(pattern)]
