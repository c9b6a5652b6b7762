# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nvidia handler in containerd or Docker."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_runtime_config
short_description: Configure the nvidia runtime handler of containerd or Docker
description:
  - containerd gets a drop-in that the node's own C(nvidia-ctk) renders from the main file, and the main file an
    C(imports) line; the rest of it stays as it is.
    A main file of the first schema, such as Docker's packages leave with the CRI plugin switched off, is replaced by
    one of schema 2 with CRI on, and kept beside it.
  - Docker's C(daemon.json) is merged, with every key of the user kept.
  - The candidate is validated before the daemon is restarted. When the daemon does not come up, the last good files are
    put back and it is started with them.
  - The daemon is restarted only when a file changes, or when it runs without what the files say.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
    details: Without C(nvidia-ctk) on the node the drop-in cannot be rendered yet, and a change is reported.
  diff_mode:
    support: full
  platform:
    support: full
    platforms: linux
options:
  runtime:
    description:
      - The runtime.
    type: str
    choices: [containerd, docker]
    required: true
  state:
    description:
      - V(absent) takes back what this module wrote.
    type: str
    choices: [present, absent]
    default: present
  set_default:
    description:
      - Whether containers run through the handler unless they ask for another.
    type: bool
    default: false
  timeout:
    description:
      - Seconds that the daemon may take to come up.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: The nvidia handler in containerd
  baremetal.gpu.container_runtime_config:
    runtime: containerd
"""

RETURN = r"""
files:
  description: Files that were changed, or would be in check mode.
  type: list
  elements: dict
  returned: success
  contains:
    path:
      description: The file.
      type: str
    action:
      description: What was done, one of V(create), V(change) and V(remove).
      type: str
restarted:
  description: Whether the daemon was restarted.
  type: bool
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.daemons import DAEMONS, Wish
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import carry_out, changes


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "runtime": {"type": "str", "choices": sorted(DAEMONS), "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "set_default": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    given = module.params
    wish = Wish(given["state"] == "present", given["set_default"], module.check_mode)
    daemon = DAEMONS[given["runtime"]](SubprocessRunner(), wish)
    try:
        todo = changes(daemon.plan())
        stale = not todo and wish.present and daemon.proof() is not None
        if (todo or stale) and not module.check_mode:
            daemon.validate(todo)
            carry_out(todo, daemon.runner, daemon.service, daemon.proof, float(given["timeout"]))
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(todo) or stale,
        files=[{"path": change.path, "action": change.action} for change in todo],
        restarted=(bool(todo) or stale) and not module.check_mode,
        diff=[
            {"before_header": c.path, "after_header": c.path, "before": c.before or "", "after": c.after or ""}
            for c in todo
        ],
    )


if __name__ == "__main__":
    main()
