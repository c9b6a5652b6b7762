# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_look
short_description: Save the looks at a fleet, and ask them something
description:
  - Turns the C(gpu_node_plan) that M(baremetal.gpu.gpu_node_plan) registered for each host in this run into a document,
    saves it below O(dir), and makes a table of all of them.
  - Or reads documents that were saved earlier, without a node.
  - A host that could not be looked at is in the table with the reason. Its saved document, if there is one, stays as it
    was.
  - Works on the controller.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
    details: Nothing is written. The table and the answer are the same.
  diff_mode:
    support: none
  platform:
    support: full
    platforms: posix
options:
  dir:
    description:
      - Folder on the controller that has C(HOST/gpu_node.json) for each host. Files and folders that are made there are
        readable by their owner alone, since a look at a node shows how it is configured.
    type: path
    required: true
  hosts:
    description:
      - Hosts to take. Without it those are every host that was looked at in this run, or with O(saved) every host that
        has a document below O(dir).
    type: list
    elements: str
  saved:
    description:
      - Whether to read what was saved in place of what was registered in this run.
    type: bool
    default: false
  query:
    description:
      - A JMESPath expression over the list of documents. If the answer names hosts, the table has these alone.
      - Each document has C(host), C(seen) (whether it could be looked at), C(verdict) (one line), C(os), C(kernel),
        C(driver) (C(version), C(flavour) and C(params) of the one in memory; C(packages), their number, their
        C(versions) and whether they are C(held)), C(toolkit) (C(packages), C(versions), C(held)), C(runtimes) (a list,
        each with its C(name)), C(gpus) (a list, each as in the PCI tree and as nvidia-smi says, with
        C(health.verdict)), C(smi) (its condition), C(drifts), C(refusals), C(needs_reboot), C(findings), C(request) and
        C(observed), the whole look. Of a host that was not seen the lists are empty and the rest is null.
      - The values are those of RV(baremetal.gpu.gpu_node_info#module:observed).
    type: str
    default: ""
seealso:
  - module: baremetal.gpu.gpu_node_plan
  - plugin: baremetal.gpu.gpu_drifts
    plugin_type: filter
requirements:
  - jmespath, for O(query)
"""

EXAMPLES = r"""
- name: Save the looks of this run
  baremetal.gpu.gpu_look:
    dir: gpu-looks

- name: Ask saved looks for the hosts that have a GPU in trouble
  baremetal.gpu.gpu_look:
    dir: gpu-looks
    saved: true
    query: "[?gpus[?health.verdict!='ok']].host"
  register: sick
"""

RETURN = r"""
table:
  description: One line for each host below a line of headings.
  type: list
  elements: str
  returned: success
unseen:
  description: Hosts that could not be looked at, each with the reason.
  type: dict
  returned: success
  sample: {gpu-07: "not seen: unreachable: Failed to connect to the host via ssh: Connection timed out"}
answer:
  description: What O(query) selects; null without one.
  type: raw
  returned: success
  sample: [gpu-03]
"""
