# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_adopt
short_description: Write the variables that ask for what the nodes have
description:
  - Turns the look that M(baremetal.gpu.gpu_node_plan) registered for each host in this run into variables of this
    collection's roles, for which the next comparison finds no difference.
  - Values that hosts have in common become variables of their group, where this run looked at every host of it. The
    groups V(all) and V(ungrouped) get none.
  - Writes C(group_vars/GROUP/gpu.yml) and C(host_vars/HOST/gpu.yml), and only what the inventory does not set already.
    Variables that an earlier run wrote there stay, unless they contradict.
  - What has no words is left to whoever set it up, by the state V(unmanaged), and said in RV(notes).
  - Works on the controller.
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
  platform:
    support: full
    platforms: posix
options:
  dir:
    description:
      - Folder that gets C(group_vars) and C(host_vars). Without it that is the folder of the inventory.
    type: path
  overwrite:
    description:
      - Whether a file that is there with other values may be written over. Otherwise nothing is written at all.
    type: bool
    default: false
seealso:
  - module: baremetal.gpu.gpu_node_plan
  - module: baremetal.gpu.gpu_look
"""

EXAMPLES = r"""
- name: Write down what the nodes of this run have
  baremetal.gpu.gpu_adopt:
    dir: inventory
  delegate_to: localhost
  run_once: true
  register: adopted

- name: Print what has no words
  ansible.builtin.debug:
    msg: "{{ adopted.notes }}"
"""

RETURN = r"""
files:
  description: Files that were written, or would be.
  type: list
  elements: str
  returned: success
  sample: [/srv/inventory/group_vars/gpu_nodes/gpu.yml]
notes:
  description:
    - Sentences by host, on what could not be adopted, and on what the next run would change nevertheless.
  type: dict
  returned: always
  sample:
    gpu-07: ["nvidia_driver is left as it is (nvidia_driver_state: unmanaged): 580.95.05 was not installed from packages
      (a .run file?)"]
"""
