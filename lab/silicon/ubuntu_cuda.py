# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVIDIA's CUDA repository for Ubuntu 24.04: the branch is in the names up to 580, and in none from 590 on."""

from __future__ import annotations

from lab.silicon import fabric, packages, parts
from lab.silicon.deb import Deb
from lab.silicon.parts import Files, branch

LAST_WITH_BRANCH = 580


def ubuntu_cuda(version: str) -> list[Deb]:
    number = branch(version)
    old = number <= LAST_WITH_BRANCH
    s = f"-{number}" if old else ""
    full = f"{version}-{'0' if old else '1'}ubuntu1"
    ml, ml_links = parts.library_files("libnvidia-ml", version)
    cuda, cuda_links = parts.library_files("libcuda", version)
    daemon, user = parts.persistenced(parts.UBUNTU_UNIT, "nvidia-persistenced")

    def deb(
        name: str,
        depends: str = "",
        files: Files | None = None,
        only: str = "",
        links: dict[str, str] | None = None,
        scripts: dict[str, str] | None = None,
    ) -> Deb:
        """`only`: what one system has once, which is the name itself where that has no branch."""
        fields = {"Source": f"nvidia-graphics-drivers{s}"}
        if only and only != name:
            fields |= {"Provides": only, "Conflicts": only, "Replaces": only}
        return Deb(name, full, depends, files or {}, links or {}, scripts or {}, fields)

    firmware = f"nvidia-firmware{s}-{version}" if old else "nvidia-firmware"
    exactly = packages.exactly
    found = [
        deb(f"libnvidia-cfg1{s}", only="libnvidia-cfg1"),
        deb(
            f"libnvidia-compute{s}",
            "",
            ml | cuda,
            "libnvidia-compute",
            ml_links | cuda_links,
            packages.LDCONFIG,
        ),
        deb(f"libnvidia-decode{s}", exactly(full, f"libnvidia-compute{s}")),
        deb(f"nvidia-utils{s}", exactly(full, f"libnvidia-compute{s}"), packages.smi_file(version), "nvidia-utils"),
        deb(
            f"nvidia-compute-utils{s}",
            exactly(full, f"libnvidia-compute{s}", f"libnvidia-cfg1{s}"),
            daemon,
            "nvidia-compute-utils",
            scripts=user,
        ),
        deb(firmware, "", packages.firmware(version)),
        deb(
            f"nvidia-kernel-common{s}",
            exactly(full, firmware),
            {"/lib/udev/rules.d/71-nvidia.rules": (parts.UDEV_RULES.encode(), 0o644)},
            "nvidia-kernel-common",
        ),
        *fabric.packages(version, full),
    ]
    for flavour in packages.FLAVOURS:
        o = "-open" if flavour == "open" else ""
        source = f"nvidia-kernel-source{s}{o}"
        dkms = deb(
            f"nvidia-dkms{s}{o}",
            f"dkms, {exactly(full, source, f'nvidia-kernel-common{s}')}",
            {},
            "nvidia-dkms-kernel",
            scripts=parts.dkms_scripts(version),
        )
        found += [
            deb(source, "", parts.dkms_source(version, flavour), "nvidia-kernel-source-any"),
            dkms,
            deb(
                f"nvidia-headless-no-dkms{s}{o}",
                exactly(
                    full,
                    f"libnvidia-cfg1{s}",
                    f"libnvidia-compute{s}",
                    f"libnvidia-decode{s}",
                    f"nvidia-compute-utils{s}",
                    f"nvidia-kernel-common{s}",
                    source,
                ),
            ),
            deb(
                f"nvidia-driver{s}{o}",
                exactly(full, f"nvidia-headless-no-dkms{s}{o}", f"nvidia-utils{s}") + f", nvidia-dkms{s}{o}",
            ),
        ]
    # The metapackages of the guides, which only ask for at least a version.
    found += [
        deb(f"nvidia-open{s}", f"nvidia-driver{s}-open (>= {version})"),
        deb(f"cuda-drivers{s}", f"nvidia-driver{s} (>= {version})"),
    ]
    return found
