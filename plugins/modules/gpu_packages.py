#!/usr/bin/python
# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of the driver or the container toolkit: one version, locked."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_packages
short_description: Install the packages of a driver or toolkit at one version, and hold them
description:
  - Asks apt or dnf which versions exist, simulates the installation, and names what would stray to another version,
    until the whole set is of one version. Installs exactly that set, through holds, and sets or clears the hold of
    every package of the stack. With dnf the hold is a rule of versionlock for the exact version.
  - A version that no source has any more comes from C(/var/cache/apt/archives), where apt keeps what it installed, or
    from C(/var/cache/baremetal.gpu), where this module keeps what dnf installed at the versions that were proven.
  - An installation that was interrupted is finished first.
  - With O(flavour) the kernel that boots next must have the module afterwards; DKMS is asked for one that is missing.
  - Refuses a transaction that would remove packages of anything else.
version_added: 1.0.0
author:
  - baremetal.gpu contributors (@baremetal-gpu)
extends_documentation_fragment:
  - baremetal.gpu._attributes
attributes:
  check_mode:
    support: full
    details: In check mode packages that no source has yet are reported under RV(unresolved), since the source may be
      one that is yet to come.
  diff_mode:
    support: full
  platform:
    support: full
    platforms: linux
options:
  stack:
    description:
      - The packages, by what they belong to. V(nvidia_driver) is every package of the driver, found through dpkg's
        database, or rpm's.
    type: str
    choices: [nvidia_driver, nvidia_container_toolkit]
    required: true
  state:
    description:
      - V(present) installs O(packages), and writes down in C(/var/lib/baremetal.gpu) what came beside the stack.
      - V(absent) purges every installed package of the stack, held or not, and of what came beside it all that nothing
        else needs and nobody has asked for since. What was there before stays, and so does a kernel.
    type: str
    choices: [present, absent]
    default: present
  packages:
    description:
      - The packages that must come, with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Package name.
        type: str
        required: true
      version:
        description:
          - Version or branch that the package carries. Null for packages that follow the kernel, or their own source.
        type: str
      optional:
        description:
          - Whether the package is left out where no source has it.
        type: bool
        default: false
      preferred:
        description:
          - For a package that follows the kernel, the whole version to take if a source has it. Else it is the newest.
        type: str
  beside:
    description:
      - Packages of another stack for the same transaction, which saves a second one. They are not held, and left out
        where no source has the version.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Package name.
        type: str
        required: true
      version:
        description:
          - The version that it carries.
        type: str
        required: true
  match:
    description:
      - Exact version, such as V("580.159.04"), or branch, such as V("580"). Required with O(state=present).
    type: str
  revisions:
    description:
      - Exact versions by package, with epoch and release. One that is of the version that O(match) means is taken, and
        no other release; packages that are named so and not installed come too.
    type: dict
    default: {}
  conflicting:
    description:
      - Packages of the stack that go where they are installed. Every other one moves along to the new version where
        that exists for it.
    type: list
    elements: str
    default: []
  streams:
    description:
      - For dnf, module streams as C(name:stream). The first that has the version is enabled; one that is enabled
        already and has it stays. Where the repository has no modules, leave it empty.
    type: list
    elements: str
    default: []
  hold:
    description:
      - Whether the packages are held, so that neither the package manager nor an unattended upgrade changes them.
    type: bool
    default: true
  flavour:
    description:
      - Flavour of the kernel modules that the driver brings. With it, the kernel that boots next must have the module
        nvidia in the version installed. DKMS builds it where it is missing. Fails with DKMS' own words where that does
        not help, since the next reboot would lose the driver.
    type: str
    choices: [open, proprietary]
  files:
    description:
      - Small files that belong to the packages, such as options of their kernel modules. They are written before the
        packages come, so that the initramfs that is built then has them.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description:
          - The file.
        type: path
        required: true
      content:
        description:
          - All of it. Null removes the file.
        type: str
  lock_kernel:
    description:
      - When the kernels are kept at the versions that they have afterwards. With apt a file of pins keeps their
        metapackages, with dnf versionlock keeps their packages. V(unfollowed) is when no installed package brings the
        headers of each new kernel, such as linux-headers-amd64 beside linux-image-amd64. Null leaves it as it is.
    type: str
    choices: [always, unfollowed, never]
  lock_timeout:
    description:
      - Seconds to wait for another process that uses the package manager, or builds a kernel module or an initramfs.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: The driver, held
  baremetal.gpu.gpu_packages:
    stack: nvidia_driver
    match: "580.159.04"
    packages:
      - {name: nvidia-driver-cuda, version: "580.159.04"}
      - {name: nvidia-kernel-open-dkms, version: "580.159.04"}
      - {name: linux-headers-6.1.0-41-amd64, version: null}

- name: No container toolkit
  baremetal.gpu.gpu_packages:
    stack: nvidia_container_toolkit
    state: absent
"""

RETURN = r"""
version:
  description: The version that the set is of.
  type: str
  returned: when resolved
  sample: "580.159.04"
install:
  description: What was, or in check mode would be, installed, as C(name=version) with apt and C(name-version) with dnf.
    Empty when everything is there.
  type: list
  elements: str
  returned: success
  sample: [nvidia-driver-cuda=580.159.04-1]
removals:
  description: What was removed, or in check mode would remove.
  type: list
  elements: str
  returned: success
hold_changed:
  description: Packages whose hold was set or cleared, or in check mode would be.
  type: list
  elements: str
  returned: success
  sample: [libcuda1, nvidia-driver-cuda]
built:
  description: Whether DKMS built, or in check mode would build, a module for the kernel that boots next.
  type: bool
  returned: with O(flavour), when resolved
unresolved:
  description: Why the request could not be resolved yet.
  type: str
  returned: in check mode, when no source has the packages
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.cache import WithCache
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.work import Work as AptWork
from ansible_collections.baremetal.gpu.plugins.module_utils._beside import diff_of, place
from ansible_collections.baremetal.gpu.plugins.module_utils._dkms.build import Modules
from ansible_collections.baremetal.gpu.plugins.module_utils._dkms.words import failures
from ansible_collections.baremetal.gpu.plugins.module_utils._dnf.work import Work as DnfWork
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError, NotAvailableError
from ansible_collections.baremetal.gpu.plugins.module_utils._kernel_lock import KernelLock
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.packages import manager
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.outcome import Outcome
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import FileChange


def not_yet(error: NotAvailableError, packages: list[dict[str, Any]]) -> Outcome:
    """In check mode: the request as it stands."""
    wanted = ["{} {}\n".format(package["name"], package["version"] or "*") for package in packages]
    return Outcome(changed=True, after="".join(wanted), unresolved=str(error))


def work(given: dict[str, Any], root: Root, runner: SubprocessRunner, *, dry: bool) -> Outcome:
    """By the node's package manager."""
    stack = STACKS[given["stack"]]
    packages = [*given["packages"], *({**one, "optional": True, "beside": True} for one in given["beside"])]
    options: dict[str, Any] = {"hold": given["hold"], "revisions": given["revisions"]}
    which = manager(Context(root, runner))
    worker: AptWork | DnfWork
    if which == "dnf":
        kernels = given["lock_kernel"] == "always"
        worker = DnfWork(stack, root, runner, given["lock_timeout"], dry=dry, locks_kernels=kernels)
        options["streams"] = given["streams"]
    elif which == "apt":
        worker = AptWork(stack, root, WithCache(runner, root), given["lock_timeout"], dry=dry)
    else:
        raise GpuError(f"the package manager is {which or 'unknown'}: expected apt or dnf")
    if given["state"] == "absent":
        return worker.absent()
    return worker.present(packages, given["match"], given["conflicting"], **options)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "stack": {"type": "str", "choices": list(STACKS), "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "packages": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "version": {"type": "str"},
                    "optional": {"type": "bool", "default": False},
                    "preferred": {"type": "str"},
                },
            },
            "beside": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"name": {"type": "str", "required": True}, "version": {"type": "str", "required": True}},
            },
            "match": {"type": "str"},
            "revisions": {"type": "dict", "default": {}},
            "conflicting": {"type": "list", "elements": "str", "default": []},
            "streams": {"type": "list", "elements": "str", "default": []},
            "hold": {"type": "bool", "default": True},
            "flavour": {"type": "str", "choices": ["open", "proprietary"]},
            "files": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"path": {"type": "path", "required": True}, "content": {"type": "str"}},
            },
            "lock_kernel": {"type": "str", "choices": ["always", "unfollowed", "never"]},
            "lock_timeout": {"type": "int", "default": 600},
        },
        required_if=[("state", "present", ("match",))],
        supports_check_mode=True,
    )
    given = module.params
    root, runner, dry = Root(), SubprocessRunner(), module.check_mode
    built: dict[str, bool] = {}
    placed: list[FileChange] = []
    kernels: KernelLock | None = None
    outcome = Outcome(changed=False)
    try:
        placed = place(given["files"], dry=dry)
        when = given["lock_kernel"]
        kernels = None if when is None else KernelLock(root, runner, when, dry=dry)
        outcome = work(given, root, runner, dry=dry)
        if given["state"] == "present" and given["flavour"] and not (dry and outcome.install):
            built["built"] = Modules(root, runner, outcome.version or "", given["flavour"], dry=dry).ensure()
    except NotAvailableError as error:
        if not module.check_mode:
            module.fail_json(msg=str(error))
        outcome = not_yet(error, given["packages"])
    except GpuError as error:
        module.fail_json(msg="; ".join([str(error), *failures(root, runner)]))
    finally:
        coming = list(outcome.install) if dry else []
        coming += [one["name"] for one in given["packages"]] if outcome.unresolved else []
        placed += kernels.set(coming) if kernels else []
    result = outcome.result()
    changed = bool(result["changed"] or built.get("built") or placed)
    diff = [result["diff"], *map(diff_of, placed)] if placed else result["diff"]
    module.exit_json(**{**result, **built, "changed": changed, "diff": diff})


if __name__ == "__main__":
    main()
