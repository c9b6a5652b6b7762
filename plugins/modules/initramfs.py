# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuild an initramfs that does not hold what is on disk."""

from __future__ import annotations

DOCUMENTATION = r"""
module: initramfs
short_description: Rebuild the initramfs when its GPU settings are stale
description:
  - Reads the initramfs of every installed kernel, and rebuilds those in which the modprobe configuration for nouveau,
    nova and nvidia modules differs from the one on disk. An older kernel that is chosen at boot has the same settings
    so.
  - Tells dracut to put the files of C(/etc/modprobe.d) that concern GPUs into images that are for any host as well, and
    no longer when there are none.
  - Reads each new image back, and fails when one is still stale.
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
      - Seconds that one rebuild may take, and that whoever is at the packages, or builds something now, is waited for.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Regenerate initramfs
  baremetal.gpu.initramfs:
"""

RETURN = r"""
kernel:
  description: The kernel that boots next.
  type: str
  returned: success
  sample: 6.1.0-41-amd64
path:
  description: Its initramfs, null when there is none yet.
  type: str
  returned: success
  sample: /boot/initrd.img-6.1.0-41-amd64
rebuilt:
  description: The kernels whose initramfs is built anew, the one that boots next first.
  type: list
  elements: str
  returned: success
  sample: [6.1.0-41-amd64]
"""

from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.baremetal.gpu.plugins.module_utils._busy import wait
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.initramfs import (
    DRACUT_CONTENT,
    DRACUT_PATH,
    gpu_lines,
    stale,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.kernel import kernel
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.modprobe import IMAGES, modprobe
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.modprobe import parse_modprobe
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import SubprocessRunner
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime.files import FileChange, read, write

ETC = "/etc/modprobe.d"


@dataclass(frozen=True)
class Look:
    """The configuration on disk and in the images, by kernel, the one that boots next first; what was not seen."""

    disk: Dict[str, Any]
    images: Dict[str, Optional[Dict[str, Any]]]
    trouble: str

    @property
    def kernel(self) -> Optional[str]:
        return next(iter(self.images), None)

    @property
    def stale(self) -> List[str]:
        return [name for name, image in self.images.items() if stale(self.disk, image)]

    def path(self, release: Optional[str]) -> Optional[str]:
        image = self.images.get(release or "")
        return image["path"] if image else None


def look() -> Look:
    context = Context(Root(), SubprocessRunner())
    kernels = kernel(context)
    older = [name for name in reversed(kernels.installed) if name != kernels.next and bootable(context, name)]
    wanted = [kernels.next, *older] if kernels.installed else []
    disk = asdict(modprobe(context, None).disk)
    images = {name: modprobe(context, name).image for name in wanted if name}
    trouble = "; ".join(f"{finding.subject}: {finding.why}" for finding in context.findings)
    return Look(disk, {name: asdict(image) if image else None for name, image in images.items()}, trouble)


def bootable(context: Context, release: str) -> bool:
    """An older kernel that has its modules, and an image: without one it was left so by somebody."""
    exists = context.root.exists
    return exists(f"/lib/modules/{release}") and any(exists(path.format(release)) for path in IMAGES)


def dracut() -> FileChange:
    """dracut's drop-in, as it is and as it has to be."""
    context = Context(Root(), SubprocessRunner())
    path = context.root.path(DRACUT_PATH)
    names = context.root.listdir(ETC) if context.program("dracut") else []
    texts = {f"{ETC}/{name}": context.root.text(f"{ETC}/{name}") or "" for name in names}
    needed = gpu_lines(asdict(parse_modprobe(texts)))
    return FileChange(path, read(path), DRACUT_CONTENT if needed else None)


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


def prove(rebuilt: List[str]) -> Look:
    """Read the new images back."""
    seen = look()
    for release in rebuilt:
        if seen.images.get(release) is None:
            raise GpuError(f"the initramfs of {release} was rebuilt and cannot be read: {seen.trouble}")
        if release in seen.stale:
            raise GpuError(
                f"the initramfs of {release} was rebuilt and still differs from {ETC}: check the "
                "hooks of initramfs-tools, or the configuration of dracut"
            )
    return seen


def main() -> None:
    module = AnsibleModule(argument_spec={"timeout": {"type": "int", "default": 600}}, supports_check_mode=True)
    timeout = module.params["timeout"]
    try:
        before = after = look()
        drop_in = dracut()
        if before.kernel is None:
            raise GpuError("no kernel in /boot: expected vmlinuz-*. Install a kernel package first")
        told = drop_in.before != drop_in.after
        if (told or before.stale) and not module.check_mode:
            wait(Root(), SubprocessRunner(), timeout, "timeout")
            if told:
                write(drop_in.path, drop_in.after)
            for release in before.stale:
                rebuild(release, image=before.path(release), timeout=timeout)
            after = prove(before.stale)
    except GpuError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{DRACUT_PATH} cannot be written: {error.strerror}. It is as it was")
    module.exit_json(
        changed=bool(told or before.stale),
        kernel=before.kernel,
        path=after.path(before.kernel),
        rebuilt=before.stale,
        diff=diff(before, drop_in if told else None),
    )


def diff(before: Look, drop_in: Optional[FileChange]) -> List[Dict[str, str]]:
    """What each image gets, and dracut's drop-in."""
    images = {name: before.images[name] for name in before.stale}
    held = {name: gpu_lines(image) if image else "" for name, image in images.items()}
    shown = [(f"initramfs of {name}", lines, gpu_lines(before.disk)) for name, lines in held.items()]
    if drop_in:
        shown.append((drop_in.path, drop_in.before or "", drop_in.after or ""))
    return [{"before_header": name, "after_header": name, "before": old, "after": new} for name, old, new in shown]


if __name__ == "__main__":
    main()
