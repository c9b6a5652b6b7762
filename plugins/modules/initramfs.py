# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuild an initramfs that does not hold what is on disk."""

from __future__ import annotations

DOCUMENTATION = r"""
module: initramfs
short_description: Rebuild the initramfs when its GPU settings are stale
description:
  - Reads the initramfs of the kernel that boots next, and rebuilds it when the modprobe configuration that it holds for
    nouveau, nova and nvidia
    modules differs from the one on disk.
  - Reads the new image back, and fails when that is still stale.
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
    platforms: debian
options:
  timeout:
    description:
      - Seconds that a rebuild may take.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Regenerate initramfs
  baremetal.gpu.initramfs:
"""

RETURN = r"""
kernel:
  description: The kernel whose initramfs it is, the one that boots next.
  type: str
  returned: success
  sample: 6.1.0-41-amd64
path:
  description: The initramfs, null when there is none yet.
  type: str
  returned: success
  sample: /boot/initrd.img-6.1.0-41-amd64
"""

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.initramfs import gpu_lines, stale
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.modprobe import modprobe
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.system import kernel
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


def look() -> tuple[str | None, dict[str, Any], dict[str, Any] | None]:
    """The kernel that boots next, the configuration on disk and the one in its image."""
    context = Context(Root(), SubprocessRunner())
    release = kernel(context).next
    found = modprobe(context, release)
    return release, asdict(found.disk), asdict(found.image) if found.image else None


def rebuild(release: str, timeout: int) -> None:
    """By the distribution's own tool."""
    result = SubprocessRunner().run(
        ["update-initramfs", "-c" if look()[2] is None else "-u", "-k", release], timeout=float(timeout)
    )
    if result.rc != 0:
        said = (result.err or result.out).strip().splitlines()[-5:]
        raise GpuError(
            "update-initramfs for {} failed with rc {}: {}. Mend that and run again".format(
                release, result.rc, " ".join(said)
            )
        )


def main() -> None:
    module = AnsibleModule(argument_spec={"timeout": {"type": "int", "default": 600}}, supports_check_mode=True)
    release, disk, image = look()
    if release is None:
        module.fail_json(msg="no kernel in /boot: expected vmlinuz-*. Install a kernel package first")
        return
    changed = stale(disk, image)
    before = gpu_lines(image) if image else ""
    path = image["path"] if image else None
    if changed and not module.check_mode:
        try:
            rebuild(release, module.params["timeout"])
        except GpuError as error:
            module.fail_json(msg=str(error))
        _dummy, disk, image = look()
        path = image["path"] if image else None
        if stale(disk, image):
            module.fail_json(
                msg=f"the initramfs of {release} was rebuilt and still differs from /etc/modprobe.d: check the "
                "hooks of initramfs-tools"
            )
    module.exit_json(
        changed=changed,
        kernel=release,
        path=path,
        diff={"before_header": "initramfs", "after_header": "modprobe.d", "before": before, "after": gpu_lines(disk)},
    )


if __name__ == "__main__":
    main()
