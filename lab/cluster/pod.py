# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod that asks for one GPU: the proof that a node schedules GPUs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from lab import LabError
from lab.cluster.control import kubectl
from lab.host.progress import step

SCRIPT = "ls /dev | grep -c '^nvidia[0-9]'; nvidia-smi -L"
TIMEOUT = 90.0


@dataclass(frozen=True)
class PodProof:
    node: str
    devices: int
    listed: str


def _manifest(node: str) -> str:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"one-gpu-{node}", "labels": {"app": "one-gpu"}},
        "spec": {
            "restartPolicy": "Never",
            "nodeSelector": {"kubernetes.io/hostname": node},
            "containers": [
                {
                    "name": "one-gpu",
                    "image": "gpulab/pod:1",
                    "imagePullPolicy": "Never",
                    "command": ["sh", "-c", SCRIPT],
                    "resources": {"limits": {"nvidia.com/gpu": 1}},
                }
            ],
        },
    }
    return json.dumps(pod)


def run_gpu_pod(node: str) -> PodProof:
    """Run it to its end on one node, and count the devices that it saw."""
    name = f"one-gpu-{node}"
    kubectl("delete", "pod", name, "--ignore-not-found", "--wait=true", "--grace-period=0")
    with step(f"a pod with one GPU on {node}"):
        kubectl("apply", "-f", "-", stdin=_manifest(node))
        deadline = time.monotonic() + TIMEOUT
        while True:
            pod = json.loads(kubectl("get", "pod", name, "-o", "json"))
            phase = pod["status"].get("phase")
            if phase in ("Succeeded", "Failed"):
                break
            if time.monotonic() > deadline:
                states = pod["status"].get("containerStatuses") or pod["status"].get("conditions")
                raise LabError(
                    f"running a pod with one GPU on {node}",
                    f"still {phase}: {json.dumps(states)[:600]}",
                    f"python -m lab cluster pod {node}",
                )
            time.sleep(0.5)
        logs = kubectl("logs", name).splitlines()
    kubectl("delete", "pod", name, "--wait=false", "--grace-period=0")
    if phase == "Failed" or not logs or not logs[0].isdigit():
        raise LabError(
            f"running a pod with one GPU on {node}",
            f"it ended {phase} and said: {' | '.join(logs)}",
            f"python -m lab cluster pod {node}",
        )
    return PodProof(node, int(logs[0]), " | ".join(logs[1:]))
