# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes initramfs images for tests."""

from __future__ import annotations

REGULAR, DIRECTORY = 0o100644, 0o040755


def member(name: str, content: bytes = b"", mode: int = REGULAR) -> bytes:
    fields = [1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    header += b"\0" * (-len(header) % 4)
    return header + content + b"\0" * (-len(content) % 4)


def archive(*members: bytes) -> bytes:
    data = b"".join(members) + member("TRAILER!!!", mode=0)
    return data + b"\0" * (-len(data) % 512)


MICROCODE = archive(
    member("kernel", mode=DIRECTORY),
    member("kernel/x86/microcode/GenuineIntel.bin", b"\x01" * 3001),
)

MAIN = archive(
    member(".", mode=DIRECTORY),
    member("./etc/modprobe.d/our.conf", b"blacklist nouveau\noptions nvidia NVreg_EnableGpuFirmware=0\n"),
    member("usr/lib/modprobe.d/vendor.conf", b"blacklist nova_core\n"),
    member("etc/modprobe.d/readme.txt", b"blacklist no\n"),
    member("usr/lib/modules/6.1.0-41-amd64/updates/dkms/nvidia-drm.ko.xz", b"x" * 70000),
    member("usr/lib/modules/6.1.0-41-amd64/updates/dkms/nvidia.ko", b"x"),
    member("lib/modules/6.1.0-41-amd64/kernel/drivers/gpu/drm/nouveau/nouveau.ko.zst", b"x"),
    member("lib/modules/6.1.0-41-amd64/kernel/drivers/net/nvidiaish/e1000.ko", b"x"),
)
