#!/usr/bin/python
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A GPU node of a cluster out of service, and back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_node_drain
short_description: Take a GPU node of a cluster out of service, and bring it back
description:
  - Drained, the node is cordoned, the GPU Operator has taken its operands off it (by label
    C(nvidia.com/gpu.deploy.operands)), and every other pod but those of DaemonSets is evicted through the API, which
    respects PodDisruptionBudgets. What the node was like is kept in its annotation C(baremetal.gpu/out-of-service).
  - In service, the operands are back, the node offers as many GPUs as before, and it is uncordoned if it was not
    cordoned before. A node without the annotation is left alone.
  - When a pod cannot be evicted in time, the node is in service again, and the message names the pod and its budget.
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
    support: none
  platform:
    support: full
    platforms: posix
options:
  name:
    description:
      - The node's name in the cluster.
    type: str
    required: true
  state:
    description:
      - What the node shall be.
    type: str
    choices: [drained, in_service]
    default: drained
  timeout:
    description:
      - Seconds to wait for pods to leave, or for the GPUs to be back.
    type: int
    default: 600
  delete_emptydir_data:
    description:
      - Whether pods with an emptyDir may be evicted, whose data is lost.
    type: bool
    default: false
  force:
    description:
      - Whether pods without a controller may be evicted, which nobody makes again.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Out of service
  baremetal.gpu.gpu_node_drain:
    name: gpu-01

- name: Back in service
  baremetal.gpu.gpu_node_drain:
    name: gpu-01
    state: in_service
"""

RETURN = r"""
evicted:
  description: The pods that left, as namespace and name.
  type: list
  elements: str
  returned: success
  sample: [default/web-0]
"""

from typing import List

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.client import ARGUMENTS, HAS_KUBERNETES, Cluster
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.service import Rules, Service
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **ARGUMENTS,
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["drained", "in_service"], "default": "drained"},
            "timeout": {"type": "int", "default": 600},
            "delete_emptydir_data": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    if not HAS_KUBERNETES:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    given = module.params
    evicted: List[str] = []
    try:
        service = Service(Cluster(**{name: given[name] for name in ARGUMENTS}), given["name"])
        if given["state"] == "drained":
            rules = Rules(given["delete_emptydir_data"], given["force"])
            changed, evicted = service.take_out(rules, given["timeout"], dry=module.check_mode)
        else:
            changed = service.bring_back(given["timeout"], dry=module.check_mode)
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed, evicted=evicted)


if __name__ == "__main__":
    main()
