#!/usr/bin/python
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node remembers of itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_node_record
short_description: Remember on a GPU node what was proven, and an upgrade under way
description:
  - Keeps two files on the node. C(proven.json) has the last sets of exact versions that were proven there,
    C(upgrade.json) an upgrade that has begun and not ended. Playbooks C(baremetal.gpu.upgrade) and
    C(baremetal.gpu.rollback) read them.
  - Without O(proven) and O(upgrade) it only reads.
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
  state:
    description:
      - V(absent) forgets what was proven. An upgrade under way is remembered until it ends.
    type: str
    choices: [present, absent]
    default: present
  proven:
    description:
      - The set that was proven just now. The same as the last one changes nothing. What the upgrade under way came from
        is remembered too.
    type: dict
  keep:
    description:
      - How many sets to keep.
    type: int
    default: 3
  upgrade:
    description:
      - The upgrade under way. What is remembered as C(from) of one that was interrupted stays. Empty when it has ended.
    type: dict
  path:
    description:
      - Folder of the files.
    type: path
    default: /var/lib/baremetal.gpu
"""

EXAMPLES = r"""
- name: Remember what was proven
  baremetal.gpu.gpu_node_record:
    proven: "{{ gpu_node_plan | baremetal.gpu.gpu_proven }}"

- name: Forget what was proven
  baremetal.gpu.gpu_node_record:
    state: absent

- name: Read what is remembered
  baremetal.gpu.gpu_node_record:
  register: record
"""

RETURN = r"""
proven:
  description: The sets that were proven, the last one last, each with C(when).
  type: list
  elements: dict
  returned: success
upgrade:
  description: The upgrade under way; empty when there is none.
  type: dict
  returned: success
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._record import (
    parse_history,
    parse_upgrade,
    proceed,
    remember,
    text_of,
    with_origin,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import read, remove_empty, write


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "proven": {"type": "dict"},
            "keep": {"type": "int", "default": 3},
            "upgrade": {"type": "dict"},
            "path": {"type": "path", "default": "/var/lib/baremetal.gpu"},
        },
        supports_check_mode=True,
    )
    given = module.params
    if given["keep"] < 1:
        module.fail_json(msg=f"keep: expected at least 1, found {given['keep']}")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    paths = [os.path.join(given["path"], name) for name in ("proven.json", "upgrade.json")]
    try:
        before = [read(path) for path in paths]
        proven = parse_history(before[0], paths[0])
        upgrade = parse_upgrade(before[1], paths[1])
        if given["state"] == "absent":
            proven = []
        elif given["proven"]:
            proven = with_origin(proven, upgrade, given["keep"], now)
            proven = remember(proven, given["proven"], given["keep"], now)
        if given["upgrade"] is not None:
            upgrade = proceed(upgrade, given["upgrade"], now)
        after = [text_of(proven), text_of(upgrade)]
        todo = [(path, new) for path, old, new in zip(paths, before, after) if old != new]
        if given["proven"] is None and given["upgrade"] is None and given["state"] == "present":
            todo = []
        if not module.check_mode:
            for path, new in todo:
                write(path, new)
            if todo and not any(after):
                remove_empty(given["path"])
    except GpuError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{given['path']} cannot be written: {error.strerror}. Nothing is remembered of this run")
    module.exit_json(
        changed=bool(todo),
        proven=proven,
        upgrade=upgrade or {},
        diff={"before": "".join(old or "" for old in before), "after": "".join(new or "" for new in after)},
    )


if __name__ == "__main__":
    main()
