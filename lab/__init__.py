# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: a data centre in a box. Everything is real except the silicon; see README.md in this folder."""

from __future__ import annotations

import os
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
STATE = REPO / ".lab"
"""What the running lab leaves behind: logs, pids, the kubeconfig. Not in git; `python -m lab down` removes it."""
CACHE = Path(os.environ.get("BAREMETAL_GPU_CACHE") or Path.home() / ".cache" / "baremetal-gpu")
"""What is slow to make and safe to keep: base images, Go binaries, packages."""
KUBECONFIG = STATE / "kubeconfig"
TOOLS = STATE / "bin"
"""kubectl and helm for the lab's cluster, while it is up."""
CHART_VERSION = "v25.3.2"
"""The release line that the operator's commit (July 2025) lies on; the module proxy serves no tagged one."""
CHART = CACHE / "chart" / f"gpu-operator-{CHART_VERSION}.tgz"

NUMBER = int(os.environ.get("BAREMETAL_GPU_LAB") or 1)
"""Labs of one machine beside each other: each has its own names, label and addresses."""
EVERY_LAB = "baremetal.gpu.lab"
LABEL = f"{EVERY_LAB}={NUMBER}"
NETWORK = "gpulab" if NUMBER == 1 else f"gpulab{NUMBER}"
PREFIX = f"{NETWORK}-"
SUBNET = f"172.30.{NUMBER - 1}.0/24"
GATEWAY = f"172.30.{NUMBER - 1}.1"
LOOPBACK = f"127.0.0.{NUMBER}"


class LabError(Exception):
    """A step of the lab failed: which step, why, and the command to go on with; none: the same command again."""

    def __init__(self, step: str, why: str, go_on: str = "") -> None:
        super().__init__(f"{step}: {why}")
        self.step = step
        self.why = why
        self.go_on = go_on
