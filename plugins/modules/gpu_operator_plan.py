# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_operator_plan
short_description: Compare the GPU Operator's release with what the nodes have and the inventory asks for
description:
  - Reads the release with helm and the cluster with M(baremetal.gpu.gpu_operator_info), where the task runs, and the
    nodes' looks from the C(gpu_node_plan) that M(baremetal.gpu.gpu_node_plan) registered in this run.
  - Variables that the inventory does not set have the defaults of the argument spec of role
    P(baremetal.gpu.gpu_operator#role).
  - Changes nothing. With C(--check --diff) the differences are printed as a diff, which is the change plan.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The diff is printed in check mode.
  platform:
    support: full
    platforms: posix
requirements:
  - helm
  - kubernetes >= 24.2.0
"""

EXAMPLES = r"""
- name: Compare
  baremetal.gpu.gpu_operator_plan:
  delegate_to: localhost
  register: gpu_operator_plan
"""

RETURN = r"""
drifts:
  description: What is not as requested, in the form of RV(baremetal.gpu.gpu_node_plan#module:drifts).
  type: list
  elements: dict
  returned: success
refusals:
  description: Requests that cannot be met, in the form of RV(baremetal.gpu.gpu_node_plan#module:refusals).
  type: list
  elements: dict
  returned: success
release_values:
  description:
    - The release's values, what the nodes have merged with O(baremetal.gpu.gpu_operator#role:main:gpu_operator_values).
  type: dict
  returned: success
  sample: {"cdi": {"enabled": true}, "driver": {"enabled": false}, "toolkit": {"enabled": false}}
nodes:
  description: The nodes of the inventory that are in a cluster and have GPUs.
  type: list
  elements: dict
  returned: success
  contains:
    host:
      description: Name in the inventory.
      type: str
    name:
      description: Name in the cluster.
      type: str
    gpus:
      description: How many GPUs the look saw.
      type: int
    runtime:
      description: The kubelet's container runtime, V(containerd), V(crio) or V(docker).
      type: str
    cdi:
      description: Whether that runtime hands out devices by CDI.
      type: bool
    ready:
      description: Whether the node is as requested. Only then its GPUs are waited for.
      type: bool
"""
