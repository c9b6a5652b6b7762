# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolve driver packages to an exact set by simulation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_resolve
short_description: Resolve a driver request to an exact set of packages
description:
  - Asks apt which versions exist, simulates the installation, and pins what would stray to another driver version,
    until the whole set is of one version.
  - Changes nothing.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
    details: In check mode packages that no source has yet are reported under RV(unresolved), and RV(ignore:changed)
      says whether something would be installed.
  diff_mode:
    support: full
  platform:
    support: full
    platforms: debian
options:
  packages:
    description:
      - The packages that must come.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Package name.
        type: str
        required: true
      version:
        description:
          - Driver version or branch that the package carries. Null for packages that follow the kernel.
        type: str
  also:
    description:
      - Installed packages of the driver that move along where the version exists for them.
    type: list
    elements: str
    default: []
  allow_remove:
    description:
      - Packages that may go. The removal of any other fails the module.
    type: list
    elements: str
    default: []
  match:
    description:
      - Exact driver version, such as V("580.159.04"), or branch, such as V("580").
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Resolve the driver
  baremetal.gpu.apt_resolve:
    match: "580.159.04"
    packages:
      - {name: nvidia-driver-cuda, version: "580.159.04"}
      - {name: nvidia-kernel-open-dkms, version: "580.159.04"}
      - {name: linux-headers-6.1.0-41-amd64, version: null}
"""

RETURN = r"""
version:
  description: The driver version that the set is of.
  type: str
  returned: when resolved
  sample: "580.159.04"
install:
  description: What to ask apt for, as C(name=version). Empty when everything is there.
  type: list
  elements: str
  returned: success
  sample: [nvidia-driver-cuda=580.159.04-1]
transaction:
  description: Everything that apt would unpack, as C(name old -> new).
  type: list
  elements: str
  returned: success
removals:
  description: What apt would remove.
  type: list
  elements: str
  returned: success
unresolved:
  description: In check mode, why the request could not be resolved yet.
  type: str
  returned: in check mode, when no source has the packages
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.resolve import NotAvailableError, Resolved, Resolver
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner

VARIABLE = "nvidia_driver_version"


def lines(resolved: Resolved) -> list[str]:
    """The transaction, one line a package."""
    return ["{} {} -> {}".format(i.name, i.old or "absent", i.new) for i in resolved.transaction.installs]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "packages": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {"name": {"type": "str", "required": True}, "version": {"type": "str"}},
            },
            "also": {"type": "list", "elements": "str", "default": []},
            "allow_remove": {"type": "list", "elements": "str", "default": []},
            "match": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    given = module.params
    resolver = Resolver(SubprocessRunner(), variable=VARIABLE if "." in given["match"] else "nvidia_driver_branch")
    try:
        resolved = resolver.resolve(given["packages"], given["also"], given["match"])
    except NotAvailableError as error:
        if module.check_mode:
            wanted = ["{}={}".format(p["name"], p["version"] or "*") for p in given["packages"]]
            module.exit_json(
                changed=True,
                install=[],
                transaction=[],
                removals=[],
                unresolved=str(error),
                diff={"before": "", "after": "\n".join(wanted) + "\n"},
            )
        module.fail_json(msg=str(error))
    except GpuError as error:
        module.fail_json(msg=str(error))
    strangers = [name for name in resolved.transaction.removals if name not in given["allow_remove"]]
    if strangers:
        module.fail_json(
            msg="the installation of {} would remove {}, which are not of the driver; remove them by hand if "
            "that is meant".format(resolved.version, ", ".join(strangers))
        )
    module.exit_json(
        changed=module.check_mode and bool(resolved.install),
        version=resolved.version,
        install=list(resolved.install),
        transaction=lines(resolved),
        removals=list(resolved.transaction.removals),
        diff={"before": "", "after": "\n".join(lines(resolved)) + "\n" if resolved.install else ""},
    )


if __name__ == "__main__":
    main()
