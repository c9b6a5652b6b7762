# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_node_plan
short_description: Look at a GPU node and compare it with the inventory
description:
  - Runs M(baremetal.gpu.gpu_node_info) on the node, once, and compares what it saw with what the variables of this
    collection's roles ask for.
  - Where the driver lacks packages for the kernel that boots next, M(baremetal.gpu.package_offers) says whether they
    can be had. A node that cannot have them is refused.
  - Variables that the inventory does not set have the defaults of the roles' argument specs.
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
    platforms: linux
options:
  override:
    description:
      - Variables of the roles, such as C(nvidia_driver_version), and the values that win over the inventory's.
    type: dict
    default: {}
  fabric_timeout:
    description:
      - Seconds to look again while GPUs are not registered with their NVLink fabric, as after each start of the fabric
        manager.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Look at the node
  baremetal.gpu.gpu_node_plan:
  register: gpu_node_plan

- name: Print what would be done
  ansible.builtin.debug:
    var: gpu_node_plan.drifts
"""

RETURN = r"""
applicable:
  description: Whether the node has an NVIDIA GPU. Nothing is planned for one that has not.
  type: bool
  returned: success
  sample: true
why_not:
  description: Why the node is left alone; null when it is not.
  type: str
  returned: success
  sample: "no NVIDIA GPU in the PCI tree; display controllers seen: 0000:03:00.0 (1a03:2000)"
drifts:
  description: What is not as requested.
  type: list
  elements: dict
  returned: success
  contains:
    component:
      description: The role that mends it.
      type: str
    subject:
      description: What differs.
      type: str
    want:
      description: What was asked for.
      type: raw
    have:
      description: What the node has.
      type: raw
    why:
      description: Why it matters.
      type: str
    needs_reboot:
      description: Whether it takes a reboot.
      type: bool
refusals:
  description: Requests that this node cannot meet. Role V(gpu_preflight) stops the node for any of them.
  type: list
  elements: dict
  returned: success
  contains:
    component:
      description: The role whose variable it is.
      type: str
    subject:
      description: What was asked for.
      type: str
    value:
      description: The value asked for.
      type: raw
    why:
      description: The limit, and where it comes from.
      type: str
    remedy:
      description: The variable to change.
      type: str
roles:
  description: The roles to run, in order.
  type: list
  elements: str
  returned: success
  sample: [gpu_preflight, nouveau, nvidia_driver]
all_roles:
  description:
    - Every role of the node's path, in order, without those whose state is V(unmanaged). Empty for a node that is left
      alone.
  type: list
  elements: str
  returned: success
needs_reboot:
  description: Whether a reboot is needed at the end.
  type: bool
  returned: success
reboot_reasons:
  description: Why, one sentence each.
  type: list
  elements: str
  returned: success
boot_blockers:
  description:
    - Why a reboot would lose the driver, as the node is now, one sentence each. Role P(baremetal.gpu.node_reboot#role)
      reboots no node that has any, unless the driver's role has mended them since.
  type: list
  elements: str
  returned: success
in_use:
  description: Processes that use the GPUs and would end with a reboot, without the driver's own services.
  type: list
  elements: str
  returned: success
  sample: ["4711 (python3 train.py) of user alice"]
unasked:
  description:
    - Those of RV(in_use) that a run with these variables would end by its reboot, though C(node_reboot_with_jobs) is
      false. Playbooks stop there before they change anything.
  type: list
  elements: str
  returned: success
swap:
  description: How to load other modules in place of the reboot. Empty for a node that is left alone.
  type: dict
  returned: success
  contains:
    possible:
      description: Whether it can be done. False where nothing needs a reboot.
      type: bool
    why_not:
      description: What takes a reboot, or holds the driver.
      type: list
      elements: str
      sample: ["process 4711 (python3 train.py) has /dev/nvidia0 open"]
    stop:
      description: Services to stop first, where it can be done.
      type: list
      elements: str
    unload:
      description: Modules to unload, in order, where it can be done.
      type: list
      elements: str
    load:
      description: Modules to load, in order, where it can be done.
      type: list
      elements: str
    start:
      description: Services to start afterwards, where it can be done.
      type: list
      elements: str
    match:
      description: Version or branch that must run then.
      type: str
    flavour:
      description: Flavour that must run then.
      type: str
actions:
  description: What each role carries out, by role.
  type: dict
  returned: success
request:
  description: The options of each role as resolved, by role and without the role's prefix.
  type: dict
  returned: success
observed:
  description: The look, as M(baremetal.gpu.gpu_node_info) returns it.
  type: dict
  returned: success
"""
