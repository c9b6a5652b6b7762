# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at a cluster as far as GPUs are concerned."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_operator_info
short_description: Look at what the GPU Operator made of a cluster
description:
  - Reads nodes, ClusterPolicies, and the DaemonSets and pods of the operator's namespace. Changes nothing.
  - First asks which rights the credentials lack for installing and watching the operator. With any missing nothing else
    is read.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
  - baremetal.gpu._cluster
attributes:
  check_mode:
    support: full
  diff_mode:
    support: N/A
    details: Changes nothing.
  platform:
    support: full
    platforms: posix
"""

EXAMPLES = r"""
- name: Look at the cluster
  baremetal.gpu.gpu_operator_info:
    kubeconfig: ~/.kube/config
  register: cluster
"""

RETURN = r"""
server:
  description: Address of the API server.
  type: str
  returned: success
  sample: https://10.0.0.1:6443
denied:
  description: Rights that are missing, as verb and resource.
  type: list
  elements: str
  returned: success
  sample: ["create clusterpolicies.nvidia.com"]
nodes:
  description: Nodes of the cluster.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the node.
      type: str
    ready:
      description: Whether the kubelet says that it is ready.
      type: bool
    runtime:
      description: Kind of the container runtime, such as V(containerd), V(cri-o) or V(docker).
      type: str
    runtime_version:
      description: Version of the container runtime.
      type: str
    gpus:
      description: Allocatable C(nvidia.com/gpu), a count.
      type: int
    labels:
      description: Labels of the node.
      type: dict
policies:
  description: ClusterPolicies with their state and conditions.
  type: list
  elements: dict
  returned: success
daemonsets:
  description: DaemonSets of the namespace with their node selectors.
  type: list
  elements: dict
  returned: success
pods:
  description: Pods of the namespace; C(blocked) of each are the containers that are not as they should be.
  type: list
  elements: dict
  returned: success
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.client import ARGUMENTS, HAS_KUBERNETES, Cluster
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.types import Snapshot
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    if not HAS_KUBERNETES:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    try:
        cluster = Cluster(**module.params)
        denied = cluster.denied()
        snapshot = Snapshot() if denied else cluster.snapshot()
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, server=cluster.server, denied=denied, **asdict(snapshot))


if __name__ == "__main__":
    main()
