# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until the GPU Operator has made every node schedule its GPUs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_operator_ready
short_description: Wait until the GPU Operator has made every node schedule its GPUs
description:
  - Waits until the ClusterPolicy is ready for the reason C(Reconciled), no DaemonSet for driver or toolkit is there,
    every operand that a node is selected for is ready on it, and each node has the expected allocatable
    C(nvidia.com/gpu).
  - When the time is over, the message names each operand, the state of its pod, the last lines of its log and the
    likely cause.
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
options:
  nodes:
    description:
      - Name of each node in the cluster, and how many GPUs it must offer.
    type: dict
    required: true
  excluded:
    description:
      - Names of nodes that are known to be sick. Nothing is asked of them, and a ClusterPolicy that is not ready is
        accepted while an operand on one of them is not.
    type: list
    elements: str
    default: []
  timeout:
    description:
      - Seconds to wait. V(0) looks once.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Wait for eight GPUs on gpu-01
  baremetal.gpu.gpu_operator_ready:
    nodes:
      gpu-01: 8
"""

RETURN = r"""
gpus:
  description: Allocatable C(nvidia.com/gpu) of each node, a count.
  type: dict
  returned: always
  sample: {"gpu-01": 8}
misses:
  description: What is not as it should be, one text each.
  type: list
  elements: str
  returned: always
waited_s:
  description: Seconds waited.
  type: float
  returned: always
"""

import time
from typing import List

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.client import ARGUMENTS, HAS_KUBERNETES, Cluster
from ansible_collections.baremetal.gpu.plugins.module_utils._cluster.types import Evidence
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.operator_ready import Miss, explain, misses
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError

INTERVAL = 2.0
EXPLAINED = 5
"""So many pods are asked for their log; more say the same."""


def explained(cluster: Cluster, found: List[Miss]) -> List[str]:
    """Sentences, the first ones with what their pods say."""
    pods = [miss for miss in found if miss.pod][:EXPLAINED]
    texts = []
    for miss in found:
        evidence = cluster.evidence(miss.pod) if miss in pods and miss.pod else Evidence()
        texts.append((explain(miss, evidence) if miss.pod else miss).sentence())
    return texts


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **ARGUMENTS,
            "nodes": {"type": "dict", "required": True},
            "excluded": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    if not HAS_KUBERNETES:
        module.fail_json(msg=missing_required_lib("kubernetes"))
    started = time.monotonic()
    try:
        expected = {name: int(count) for name, count in module.params["nodes"].items()}
    except (TypeError, ValueError):
        module.fail_json(msg=f"nodes: expected a count of GPUs for each node, found {module.params['nodes']!r}")
    try:
        cluster = Cluster(**{name: module.params[name] for name in ARGUMENTS})
        while True:
            seen = cluster.snapshot()
            found = misses(expected, seen, module.params["excluded"])
            waited = time.monotonic() - started
            if not found or waited >= module.params["timeout"]:
                break
            time.sleep(INTERVAL)
        texts = explained(cluster, found)
    except GpuError as error:
        module.fail_json(msg=str(error))
    result = {
        "gpus": {node.name: node.gpus for node in seen.nodes if node.name in expected},
        "misses": texts,
        "waited_s": round(waited, 1),
    }
    if texts:
        module.fail_json(msg=f"Not ready after {waited:.0f} s (gpu_operator_timeout):\n" + "\n".join(texts), **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
