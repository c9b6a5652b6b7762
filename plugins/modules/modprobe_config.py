#!/usr/bin/python
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One whole file of modprobe's configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: modprobe_config
short_description: Place a file of modprobe's configuration, or take it away
description:
  - Writes the whole file in one step. Lines that modprobe would not understand are refused, since it ignores them.
  - What modules get at boot may come from the initramfs instead, see M(baremetal.gpu.initramfs).
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
  path:
    description:
      - The file, in a folder that modprobe reads.
    type: path
    required: true
  content:
    description:
      - All of it. Required with O(state=present).
    type: str
  state:
    description:
      - Whether the file is there.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Block nouveau
  baremetal.gpu.modprobe_config:
    path: /etc/modprobe.d/baremetal-gpu-nouveau.conf
    content: |
      blacklist nouveau
      options nouveau modeset=0
"""

RETURN = r"""
path:
  description: The file.
  type: str
  returned: success
  sample: /etc/modprobe.d/baremetal-gpu-nouveau.conf
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import read, write

COMMANDS = ("alias", "blacklist", "install", "options", "remove", "softdep", "weakdep")
LINE = re.compile(r"(?:{})\s+\S.*".format("|".join(COMMANDS)))


def check(content: str) -> None:
    """Each line is a command with an argument, a comment or empty."""
    for number, line in enumerate(content.splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#") and not LINE.fullmatch(text):
            raise GpuError(
                "content, line {}: expected one of {} and an argument, found {!r}. Nothing was changed".format(
                    number, ", ".join(COMMANDS), line[:80]
                )
            )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "content": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        required_if=[("state", "present", ("content",))],
        supports_check_mode=True,
    )
    path = module.params["path"]
    after = module.params["content"] if module.params["state"] == "present" else None
    try:
        check(after or "")
        before = read(path)
        if before != after and not module.check_mode:
            write(path, after)
    except GpuError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{path} cannot be written: {error.strerror}. It is as it was")
    module.exit_json(
        changed=before != after,
        path=path,
        diff={"before_header": path, "after_header": path, "before": before or "", "after": after or ""},
    )


if __name__ == "__main__":
    main()
