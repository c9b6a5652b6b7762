#!/usr/bin/python
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The NVIDIA modules in memory, swapped for the installed ones without a reboot."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nvidia_module_swap
short_description: Swap the NVIDIA modules in memory for the installed ones
description:
  - Stops the services that hold the driver, unloads its modules, loads the ones that are installed with the parameters
    that are configured, and starts the services.
  - Where a process or another module holds the driver nothing is stopped. Where the modules cannot be unloaded the
    services are started again. Both are a result and no failure, since a reboot does the same.
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
    platforms: linux
options:
  stop:
    description:
      - Services that may hold the driver, in the order in which they are stopped.
    type: list
    elements: str
    default: []
  unload:
    description:
      - Modules to unload, in order. Those that are not loaded are left out.
    type: list
    elements: str
    default: []
  load:
    description:
      - Modules to load, in order.
    type: list
    elements: str
    required: true
  start:
    description:
      - Services to start at the end, in order.
    type: list
    elements: str
    default: []
  match:
    description:
      - Version, such as V("580.159.04"), or branch that must run then.
    type: str
    required: true
  flavour:
    description:
      - Flavour that must run then.
    type: str
    choices: [open, proprietary]
    required: true
"""

EXAMPLES = r"""
- name: The installed modules, without a reboot
  baremetal.gpu.nvidia_module_swap:
    stop: [nvidia-persistenced.service]
    unload: [nvidia_uvm, nvidia_modeset, nvidia]
    load: [nvidia, nvidia_uvm]
    start: [nvidia-persistenced.service]
    match: "580.159.04"
    flavour: open
  register: swap

- name: Else by a reboot
  ansible.builtin.reboot:
  when: not swap.swapped
"""

RETURN = r"""
swapped:
  description: Whether the modules asked for run now, or in check mode would.
  type: bool
  returned: success
why_not:
  description: What held the driver, or what failed.
  type: list
  elements: str
  returned: success
  sample: ["process 4711 (python3 train.py) has /dev/nvidia0 open"]
before:
  description: Version and flavour that ran. Null for none.
  type: str
  returned: success
  sample: 580.159.04 open
after:
  description: Version and flavour that runs now, or in check mode would. Null for none.
  type: str
  returned: success
  sample: 580.173.02 open
not_started:
  description: What systemd said of services that did not start.
  type: list
  elements: str
  returned: success
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._swap import Swap


def main() -> None:
    names = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "stop": names,
            "unload": names,
            "load": {"type": "list", "elements": "str", "required": True},
            "start": names,
            "match": {"type": "str", "required": True},
            "flavour": {"type": "str", "choices": ["open", "proprietary"], "required": True},
        },
        supports_check_mode=True,
    )
    try:
        outcome = Swap(Root(), SubprocessRunner()).carry_out(module.params, dry=module.check_mode)
    except GpuError as error:
        module.fail_json(msg=str(error))
    diff = {"before": f"{outcome.before}\n", "after": f"{outcome.after}\n"}
    for text in outcome.not_started:
        module.warn(text)
    module.exit_json(changed=outcome.swapped, diff=diff, **asdict(outcome))


if __name__ == "__main__":
    main()
