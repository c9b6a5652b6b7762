# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nvidia-persistenced at boot, in the flavour of its unit."""

from __future__ import annotations

DOCUMENTATION = r"""
module: persistence_daemon
short_description: Run nvidia-persistenced from boot on, with persistence mode
description:
  - Reads the unit that the driver's packages brought, adds a drop-in where that unit leaves persistence mode off or
    cannot be enabled, and enables it.
  - Starts the daemon when the driver is loaded; else it starts with the next boot.
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
    platforms: linux
options:
  state:
    description:
      - V(absent) removes the drop-in and leaves the unit as its package brought it.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Persistence mode from boot on
  baremetal.gpu.persistence_daemon:
"""

RETURN = r"""
drop_in:
  description: Content of the drop-in, null when the unit needs none.
  type: str
  returned: success
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: [write drop-in, enable, restart]
"""

import os
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.persistence import DROPIN, UNIT, drop_in
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner

if TYPE_CHECKING:
    from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Runner

LOADED = "/sys/module/nvidia/initstate"


def systemctl(runner: Runner, *arguments: str) -> str:
    """Run it, and say what failed."""
    result = runner.run(["systemctl", *arguments], timeout=120.0)
    if result.rc != 0:
        raise GpuError(
            "systemctl {} failed with rc {}: {}".format(
                " ".join(arguments), result.rc, (result.err or result.out).strip()
            )
        )
    return result.out


def show(runner: Runner) -> dict[str, object]:
    """The unit as systemd sees it now."""
    text = systemctl(runner, "show", UNIT, "--property=LoadState,ActiveState,UnitFileState,ExecStart,DropInPaths")
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    command = values.get("ExecStart", "").split("argv[]=", 1)[-1].split(" ; ", 1)[0].strip()  # no unit, no ExecStart
    return {
        "load_state": values["LoadState"],
        "active_state": values["ActiveState"],
        "unit_file_state": values["UnitFileState"],
        "exec_start": command,
        "dropins": values.get("DropInPaths", "").split(),
    }


def read(path: str) -> str:
    """A file's text, empty when there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def actions(*, state: str, before: str, after: str, unit: dict[str, object], loaded: bool) -> list[str]:
    """Pure: what to do, in order."""
    enabled = unit["unit_file_state"] in ("enabled", "enabled-runtime")
    steps = []
    if state == "absent":
        return ["disable", "remove drop-in"] if before else []
    if before != after:
        steps.append("write drop-in")
    if not enabled:
        steps.append("enable")
    if loaded and (before != after or unit["active_state"] != "active"):
        steps.append("restart")
    return steps


def carry_out(steps: list[str], content: str, runner: Runner) -> None:
    """Do it."""
    for step in steps:
        if step == "write drop-in":
            os.makedirs(os.path.dirname(DROPIN), mode=0o755, exist_ok=True)
            with open(DROPIN, "w", encoding="utf-8") as stream:
                stream.write(content)
            os.chmod(DROPIN, 0o644)
            systemctl(runner, "daemon-reload")
        elif step == "remove drop-in":
            os.unlink(DROPIN)
            systemctl(runner, "daemon-reload")
        else:
            systemctl(runner, step, UNIT)


def main() -> None:
    module = AnsibleModule(
        argument_spec={"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}},
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    try:
        unit = show(runner)
        if unit["load_state"] != "loaded":
            if module.check_mode or module.params["state"] == "absent":
                module.exit_json(
                    changed=module.params["state"] == "present",
                    drop_in=None,
                    actions=["enable"] if module.params["state"] == "present" else [],
                )
            raise GpuError(
                "{} is {}: expected the unit that the driver's packages bring. Run role nvidia_driver first".format(
                    UNIT, unit["load_state"]
                )
            )
        before = read(DROPIN)
        after = (drop_in(unit) or "") if module.params["state"] == "present" else ""
        steps = actions(
            state=module.params["state"], before=before, after=after, unit=unit, loaded=os.path.exists(LOADED)
        )
        if not module.check_mode:
            carry_out(steps, after, runner)
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(steps),
        drop_in=after or None,
        actions=steps,
        diff={"before_header": DROPIN, "after_header": DROPIN, "before": before, "after": after},
    )


if __name__ == "__main__":
    main()
