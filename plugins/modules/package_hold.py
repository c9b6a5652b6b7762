# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold packages, or let them go."""

from __future__ import annotations

DOCUMENTATION = r"""
module: package_hold
short_description: Hold the packages of a driver or toolkit
description:
  - Asks dpkg which packages are installed, finds those that are meant, and sets or clears their hold in one call.
  - A held package is neither upgraded nor removed by apt, and left alone by unattended-upgrades.
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
    platforms: debian
options:
  stack:
    description:
      - The packages, by what they belong to. V(nvidia_driver) is every installed package of the driver, found through
        dpkg's database.
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
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
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
    runner = SubprocessRunner()
    try:
        before = installed(STACKS[module.params["stack"]], Root(), runner).held
        changing = sorted(name for name, held in before.items() if held != want)
        after = dict.fromkeys(before, want)
        if changing and not module.check_mode:
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
