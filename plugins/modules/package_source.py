# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Place package sources and their keys, checked before they count."""

from __future__ import annotations

DOCUMENTATION = r"""
module: package_source
short_description: Place package sources and their keys
description:
  - Checks each key's fingerprint, places keys and the files of sources, and reads the repositories. When one cannot be
    read, or has not what O(offers) names, every file is put back as it was.
  - Files are written, and repositories read, only when something differs.
  - With a key's file goes what dnf took from it into rpm's database, unless a repository that stays names that key, or
    it was there before the file.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
    details: Neither keys nor repositories are fetched in check mode.
  diff_mode:
    support: full
  platform:
    support: full
    platforms: linux
options:
  manager:
    description:
      - Whose sources they are.
    type: str
    choices: [apt, dnf]
    required: true
  sources:
    description:
      - The sources.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - The C(.sources) or C(.repo) file.
        type: path
        required: true
      content:
        description:
          - Its content.
        type: str
        required: true
      key_path:
        description:
          - Where the key goes. The content names it, as C(Signed-By) or C(gpgkey).
        type: path
        default: ""
      key:
        description:
          - The ASCII-armored public key, or an URL to fetch it from. Empty where the content names a key that the node
            trusts already.
        type: str
        default: ""
      fingerprint:
        description:
          - The key's full fingerprint, 40 hexadecimal digits.
        type: str
        default: ""
      variables:
        description:
          - Prefix of the variables to name in an error.
        type: str
        default: nvidia_repository_driver
  remove:
    description:
      - Files to remove.
    type: list
    elements: path
    default: []
  offers:
    description:
      - What is to be installed afterwards, as for M(baremetal.gpu.gpu_packages). Looked for when something was written,
        so that a version that does not exist leaves no source behind.
    type: list
    elements: dict
    default: []
    suboptions:
      stack:
        description:
          - What the packages belong to.
        type: str
        choices: [nvidia_driver, nvidia_container_toolkit]
        required: true
      match:
        description:
          - Exact version, such as V("580.159.04"), or branch, such as V("580").
        type: str
        required: true
      packages:
        description:
          - The packages, each with a V(name), a V(version) that is null where it follows something
            else, and V(optional) where it need not be there.
        type: list
        elements: dict
        required: true
  lock_timeout:
    description:
      - Seconds to wait for another process that uses the package manager, before anything is written.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: NVIDIA's repository for Debian 12
  baremetal.gpu.package_source:
    manager: apt
    sources:
      - path: /etc/apt/sources.list.d/nvidia-driver.sources
        content: |
          Types: deb
          URIs: https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64
          Suites: /
          Signed-By: /etc/apt/keyrings/nvidia-driver.asc
        key_path: /etc/apt/keyrings/nvidia-driver.asc
        key: https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/3bf863cc.pub
        fingerprint: EB693B3035CD5710E231E123A4B469963BF863CC
"""

RETURN = r"""
files:
  description: Files written or removed.
  type: list
  elements: str
  returned: success
  sample: [/etc/apt/sources.list.d/nvidia-driver.sources]
"""

from http.client import HTTPException
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url
from ansible_collections.baremetal.gpu.plugins.module_utils._apt import sources as apt
from ansible_collections.baremetal.gpu.plugins.module_utils._busy import wait
from ansible_collections.baremetal.gpu.plugins.module_utils._dnf import sources as dnf
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._sources import Place, placed, plan

MANAGERS: Dict[str, Any] = {"apt": apt, "dnf": dnf}


def fetch(url: str, variables: str) -> bytes:
    """A key from its address."""
    try:
        content: bytes = open_url(url, timeout=30).read()
        return content
    except (OSError, ValueError, HTTPException, UrlError) as error:
        raise GpuError(
            f"the key {url} cannot be fetched: {error}. Set {variables}_key to an address that this node "
            "reaches, or to a file on the controller"
        ) from error


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "manager": {"type": "str", "choices": list(MANAGERS), "required": True},
            "sources": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "path": {"type": "path", "required": True},
                    "content": {"type": "str", "required": True},
                    "key_path": {"type": "path", "default": ""},
                    "key": {"type": "str", "default": "", "no_log": False},
                    "fingerprint": {"type": "str", "default": ""},
                    "variables": {"type": "str", "default": "nvidia_repository_driver"},
                },
            },
            "remove": {"type": "list", "elements": "path", "default": []},
            "offers": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "stack": {"type": "str", "choices": list(STACKS), "required": True},
                    "match": {"type": "str", "required": True},
                    "packages": {"type": "list", "elements": "dict", "required": True},
                },
            },
            "lock_timeout": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    try:
        changes = plan(
            [Place(**source) for source in module.params["sources"]],
            module.params["remove"],
            fetch=None if module.check_mode else fetch,
        )
        if changes and not module.check_mode:
            wait(Root(), SubprocessRunner(), module.params["lock_timeout"], "nvidia_repository_lock_timeout")
            manager = MANAGERS[module.params["manager"]]
            with placed(changes):
                manager.read(changes, SubprocessRunner())
                for one in module.params["offers"]:
                    manager.check(STACKS[one["stack"]], one["packages"], one["match"], Root(), SubprocessRunner())
                manager.forget(changes, Root(), SubprocessRunner())
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(changes),
        files=[change.path for change in changes],
        diff=[
            {"before_header": c.path, "after_header": c.path, "before": c.text(c.before), "after": c.text(c.after)}
            for c in changes
        ],
    )


if __name__ == "__main__":
    main()
