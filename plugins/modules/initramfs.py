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
    support: full
    platforms: linux
options:
  timeout:
    description:
      - Seconds that a rebuild may take, and that whoever is at the packages, or builds something now, is waited for.
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

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._busy import wait
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.initramfs import gpu_lines, stale
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.kernel import kernel
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.modprobe import modprobe
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner


@dataclass(frozen=True)
class Look:
    """The kernel that boots next, the configuration on disk and the one in its image, and what could not be seen."""

    release: Optional[str]
    disk: Dict[str, Any]
    image: Optional[Dict[str, Any]]
    trouble: str

    @property
    def path(self) -> Optional[str]:
        return self.image["path"] if self.image else None


def look() -> Look:
    context = Context(Root(), SubprocessRunner())
    kernels = kernel(context)
    release = kernels.next if kernels.installed else None
    found = modprobe(context, release)
    image = asdict(found.image) if found.image else None
    trouble = "; ".join(f"{finding.subject}: {finding.why}" for finding in context.findings)
    return Look(release, asdict(found.disk), image, trouble)


def command(release: str, image: Optional[str]) -> List[str]:
    """The distribution's own tool; Debian's and Ubuntu's calls dracut where that is in use."""
    has = Context(Root(), SubprocessRunner()).program
    if has("dracut") and not has("update-initramfs"):
        # By name: the kernel that runs is not the one that boots next.
        return ["dracut", "--force", image or f"/boot/initramfs-{release}.img", release]
    return ["update-initramfs", "-u" if image else "-c", "-k", release]


def rebuild(release: str, *, image: Optional[str], timeout: int) -> None:
    argv = command(release, image)
    result = SubprocessRunner().run(argv, timeout=float(timeout))
    if result.timed_out:
        raise GpuError(f"{argv[0]} for {release} did not end within {timeout} s. Set timeout to more")
    if result.rc != 0:
        said = " ".join((result.err or result.out).strip().splitlines()[-5:])
        raise GpuError(
            f"{argv[0]} for {release} failed with rc {result.rc}: {said or 'it said nothing'}. Mend that and run again"
        )


def prove(release: str) -> Look:
    """Read the new image back."""
    seen = look()
    if seen.image is None:
        raise GpuError(f"the initramfs of {release} was rebuilt and cannot be read: {seen.trouble}")
    if stale(seen.disk, seen.image):
        raise GpuError(
            f"the initramfs of {release} was rebuilt and still differs from /etc/modprobe.d: check the "
            "hooks of initramfs-tools, or the configuration of dracut"
        )
    return seen


def main() -> None:
    module = AnsibleModule(argument_spec={"timeout": {"type": "int", "default": 600}}, supports_check_mode=True)
    before = after = look()
    changed = stale(before.disk, before.image)
    try:
        if before.release is None:
            raise GpuError("no kernel in /boot: expected vmlinuz-*. Install a kernel package first")
        if changed and not module.check_mode:
            wait(Root(), SubprocessRunner(), module.params["timeout"], "timeout")
            rebuild(before.release, image=before.path, timeout=module.params["timeout"])
            after = prove(before.release)
    except GpuError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=changed,
        kernel=before.release,
        path=after.path,
        diff={
            "before_header": "initramfs",
            "after_header": "modprobe.d",
            "before": gpu_lines(before.image) if before.image else "",
            "after": gpu_lines(after.disk),
        },
    )


if __name__ == "__main__":
    main()
