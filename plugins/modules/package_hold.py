# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold packages, or let them go."""

from __future__ import annotations

DOCUMENTATION = r"""
module: package_hold
short_description: Hold the packages of a driver or toolkit
description:
  - Asks dpkg or rpm which packages are installed, finds those that are meant, and sets or clears their hold in one
    step. With dnf that is a rule of versionlock for the exact version.
  - A held package is neither upgraded nor removed by the package manager, and left alone by unattended upgrades.
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
  stack:
    description:
      - The packages, by what they belong to. V(nvidia_driver) is every installed package of the driver, found through
        the package database.
    type: str
    choices: [nvidia_driver, nvidia_container_toolkit]
    required: true
  state:
    description:
      - Whether they are held.
    type: str
    choices: [held, unheld]
    default: held
"""

EXAMPLES = r"""
- name: Lock the driver
  baremetal.gpu.package_hold:
    stack: nvidia_driver
"""

RETURN = r"""
held:
  description: Packages of the stack that are held now.
  type: list
  elements: str
  returned: success
  sample: [libcuda1, nvidia-driver-cuda]
changed_packages:
  description: Packages whose hold was changed, or would be in check mode.
  type: list
  elements: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.installed import installed, mark
from ansible_collections.baremetal.gpu.plugins.module_utils._dnf import installed as dnf
from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.transaction import Dnf
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.packages import manager
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


def text(state: dict[str, bool]) -> str:
    """For a diff."""
    return "".join("{} {}\n".format(name, "hold" if held else "install") for name, held in sorted(state.items()))


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "stack": {"type": "str", "choices": list(STACKS), "required": True},
            "state": {"type": "str", "choices": ["held", "unheld"], "default": "held"},
        },
        supports_check_mode=True,
    )
    want = module.params["state"] == "held"
    stack, root, runner = STACKS[module.params["stack"]], Root(), SubprocessRunner()
    rpm = manager(Context(root, runner)) == "dnf"
    try:
        there = dnf.installed(stack, root, runner) if rpm else installed(stack, root, runner)
        before = there.held
        changing = sorted(name for name, held in before.items() if held != want)
        after = dict.fromkeys(before, want)
        if changing and not module.check_mode:
            if isinstance(there, dnf.Installed):
                dnf.lock(stack, there, root, five=Dnf(root, runner).five, hold=want)
            else:
                mark(changing, runner, held=want)
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(changing),
        held=sorted(before) if want else [],
        changed_packages=changing,
        diff={"before": text(before), "after": text(after)},
    )


if __name__ == "__main__":
    main()
