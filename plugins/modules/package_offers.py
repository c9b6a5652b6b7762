# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask which packages can be had."""

from __future__ import annotations

DOCUMENTATION = r"""
module: package_offers
short_description: Ask apt or dnf which packages their sources have
description:
  - Changes nothing. With apt the lists on the node are read, and packages that are kept in its cache count too.
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
    platforms: linux
options:
  names:
    description:
      - Packages; with dnf also as C(name-version-release.architecture).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Headers of the running kernel
  baremetal.gpu.package_offers:
    names: ["linux-headers-{{ ansible_kernel }}"]
"""

RETURN = r"""
offered:
  description: Those that can be had. Null where nobody knows, as on a node whose lists were never fetched.
  type: list
  elements: str
  returned: success
  sample: [linux-headers-6.1.0-41-amd64]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.cache import WithCache
from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.transaction import Dnf
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.packages import manager
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.apt import parse_madison
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner

LISTS = "/var/lib/apt/lists"


def offers(names: list[str], root: Root, runner: SubprocessRunner) -> list[str] | None:
    """Of these, in their order; None where nobody knows."""
    which = manager(Context(root, runner))
    found: set[str] = set()
    if which == "dnf":
        try:
            rows = Dnf(root, runner).available(names)
        except GpuError:
            return None
        for one in rows:
            found |= {one.name, f"{one.name}-{one.version}-{one.release}.{one.arch}"}
    elif which == "apt" and any("_Packages" in name for name in root.listdir(LISTS)):
        result = WithCache(runner, root).run(["apt-cache", "madison", *names], timeout=60.0)
        if result.rc != 0:
            return None
        found = set(parse_madison(result.out))
    else:
        return None
    return [name for name in names if name in found]


def main() -> None:
    module = AnsibleModule(
        argument_spec={"names": {"type": "list", "elements": "str", "required": True}}, supports_check_mode=True
    )
    module.exit_json(changed=False, offered=offers(module.params["names"], Root(), SubprocessRunner()))


if __name__ == "__main__":
    main()
