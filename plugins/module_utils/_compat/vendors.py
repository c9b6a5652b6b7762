# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else builds driver packages that cannot stay beside those asked for. Private to the collection.

Source: Debian's non-free and contrib sections, whose small helpers NVIDIA's packages for Debian depend on; RPM Fusion,
ELRepo and negativo17, which are repositories for Enterprise Linux and Fedora.
"""

from __future__ import annotations

from typing import Tuple

from .._dataclass import dataclass

_NEVER = r"(?!)"


@dataclass(frozen=True)
class Vendor:
    """Patterns of a name, a version and an origin, any of which tells that a package is this vendor's."""

    title: str
    systems: Tuple[str, ...]
    beside: str
    """The source of packages that this vendor's cannot stay beside"""
    names: str = _NEVER
    versions: str = _NEVER
    origins: str = _NEVER
    remove: str = "dnf remove"
    source: str = ""
    """What nvidia_repository_driver_source has to be to keep them"""


_RPM = ("el", "amzn", "fedora")

VENDORS: Tuple[Vendor, ...] = (
    Vendor(
        "RPM Fusion",
        _RPM,
        "cuda",
        # akmods builds a package of modules that is named after the kernel.
        names=r"akmod-nvidia(?:-.*)?|xorg-x11-drv-nvidia(?:-.*)?|kmod-nvidia(?:-[0-9]+xx)?-[0-9]{1,2}\..*",
        origins=r"RPM Fusion.*",
    ),
    Vendor("ELRepo", _RPM, "cuda", names=r"kmod-nvidia(?:-[0-9]+xx)?|nvidia-x11-drv(?:-.*)?", origins=r".*ELRepo.*"),
    Vendor("negativo17", _RPM, "cuda", origins=r".*negativo17.*"),
    Vendor(
        "Debian",
        ("debian",),
        "cuda",
        versions=r".*~deb[0-9]+u[0-9]+",
        origins=r"\S+ \S+/(?:contrib|non-free(?:-firmware)?)",
        remove="apt-get purge",
        source="archive",
    ),
    Vendor(
        "NVIDIA's CUDA repository",
        ("debian",),
        "archive",
        names=r"nvidia-driver-cuda|nvidia-kernel-open-dkms|nvidia-open(?:-[0-9]+)?|cuda-drivers(?:-[0-9]+)?",
        origins=r"\S+/compute/cuda/repos/\S+",
        remove="apt-get purge",
        source="cuda",
    ),
)
