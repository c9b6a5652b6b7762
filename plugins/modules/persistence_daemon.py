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
    support: full
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
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.persistence import DROPIN, UNIT, drop_in
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.systemd import PROPERTIES, parse_show
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import read, write

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


def show(runner: Runner) -> Dict[str, Any]:
    """The unit as systemd sees it now."""
    units = parse_show(systemctl(runner, "show", UNIT, "--property=" + ",".join(PROPERTIES)))
    if UNIT not in units:
        raise GpuError(f"systemctl show does not know {UNIT}")
    return asdict(units[UNIT])


def check_installed(unit: Dict[str, Any]) -> None:
    """Refuse to configure what is not there."""
    if unit["load_state"] == "loaded":
        return
    remedy = f"Run systemctl unmask {UNIT}" if unit["load_state"] == "masked" else "Run role nvidia_driver first"
    raise GpuError(f"{UNIT} is {unit['load_state']}: expected the unit that the driver's packages bring. {remedy}")


def actions(*, present: bool, before: str, after: str, unit: Dict[str, Any], loaded: bool) -> List[str]:
    """Pure: what to do, in order."""
    if not present:
        # Without its unit there is nothing to disable, and systemctl would fail.
        return [*(["disable"] if unit["load_state"] == "loaded" else []), "remove drop-in"] if before else []
    # A drop-in that systemd has not read yet is one that an interrupted run left.
    changing = before != after or bool(after and DROPIN not in unit["dropins"])
    steps = ["write drop-in"] if changing else []
    if unit["unit_file_state"] not in ("enabled", "enabled-runtime"):
        steps.append("enable")
    if loaded and (changing or unit["active_state"] != "active"):
        steps.append("restart")
    return steps


def carry_out(steps: List[str], content: str, runner: Runner) -> None:
    """Do it."""
    for step in steps:
        if step.endswith("drop-in"):
            write(DROPIN, content or None)
            systemctl(runner, "daemon-reload")
        else:
            systemctl(runner, step, UNIT)


def main() -> None:
    module = AnsibleModule(
        argument_spec={"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}},
        supports_check_mode=True,
    )
    runner = SubprocessRunner()
    present = module.params["state"] == "present"
    try:
        unit = show(runner)
        if present and not module.check_mode:
            check_installed(unit)
        before = read(DROPIN) or ""
        # In check mode the unit may be one that is yet to come.
        after = drop_in(unit) or "" if present and unit["load_state"] == "loaded" else ""
        steps = actions(present=present, before=before, after=after, unit=unit, loaded=os.path.exists(LOADED))
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
