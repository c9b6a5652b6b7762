# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: node_reboot
short_description: Reboot a node and wait until it is back
description:
  - M(ansible.builtin.reboot) for Linux nodes, which asks every half second whether the node is back instead of at
    intervals that grow to 13 seconds, and gathers no facts before.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    support: full
    platforms: posix
options:
  reboot_command:
    description:
      - What reboots the node, with the path of the program.
    type: str
    required: true
  reboot_timeout:
    description:
      - Seconds that the node has to be up with another boot id, and then again until O(test_command) succeeds.
    type: int
    default: 600
  test_command:
    description:
      - What succeeds on the node when it is ready.
    type: str
    default: whoami
seealso:
  - module: ansible.builtin.reboot
"""

EXAMPLES = r"""
- name: Reboot and wait for the GPUs
  baremetal.gpu.node_reboot:
    reboot_command: /sbin/shutdown -r now
    test_command: nvidia-smi -L
"""

RETURN = r"""
rebooted:
  description: Whether the node was rebooted.
  returned: always
  type: bool
  sample: true
elapsed:
  description: Seconds from the reboot until the node was ready.
  returned: always
  type: int
  sample: 23
"""
