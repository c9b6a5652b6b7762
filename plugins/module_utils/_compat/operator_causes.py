# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operand pods say when they do not start, and what it means. Private to the collection.

Sources: nvidia-container-toolkit and gpu-operator (messages of their binaries), containerd and kubelet (reasons).
"""

from __future__ import annotations

from typing import Tuple

CAUSES: Tuple[Tuple[str, str], ...] = (
    (
        r'no runtime for "nvidia" is configured',
        "the node's runtime has no handler nvidia in force: run role baremetal.gpu.nvidia_container_toolkit on it",
    ),
    (
        r"ERROR_LIBRARY_NOT_FOUND|libnvidia-ml\.so|NVML.*(not found|Library)",
        "the node has no libnvidia-ml: run role baremetal.gpu.nvidia_driver on it",
    ),
    (
        r"[Dd]river/library version mismatch",
        "the driver's packages changed under the loaded module: reboot the node, and hold the packages",
    ),
    (
        r"couldn't communicate with the NVIDIA driver|Driver Not Loaded",
        "the kernel module is not loaded: run playbook baremetal.gpu.validate against the node",
    ),
    (
        r"unresolvable CDI devices|CDI.*(not supported|unresolvable)",
        "the runtime does not know CDI: containerd 1.7 needs enable_cdi, which role "
        "baremetal.gpu.nvidia_container_toolkit sets; older ones need gpu_operator_values with cdi.enabled false",
    ),
    (
        r"nvidia-smi.*(not found|no such file)",
        "the container started without the driver's files: the handler nvidia is not the NVIDIA runtime",
    ),
    (
        r"ErrImagePull|ImagePullBackOff|ErrImageNeverPull|failed to pull",
        "the node cannot pull the image: check its registry, mirror and pull secret",
    ),
    (
        r"[Uu]nschedulable|untolerated taint|Insufficient",
        "no node takes the pod: look at taints (gpu_operator_values: daemonsets.tolerations) and free resources",
    ),
    (
        r"not a shared or slave mount",
        "the node's root is mounted privately: make it shared (mount --make-rshared /)",
    ),
    (
        r"driver-validation|driver is not ready",
        "the operator's validator cannot run nvidia-smi on the node: run playbook baremetal.gpu.validate against it",
    ),
)
"""(pattern in reasons, messages, events and log, cause with the way out); the first that fits."""
UNKNOWN = "no known cause; read the pod's log and events"
