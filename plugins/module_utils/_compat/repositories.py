# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the packages come from and whose key signs them. Private to the collection.

Source: NVIDIA CUDA repository layout (one directory and one key per distribution), NVIDIA Container Toolkit install
guide.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from .._dataclass import dataclass
from .systems import system

CUDA_BASE = "https://developer.download.nvidia.com/compute/cuda/repos"
CUDA_ARCHITECTURES: Dict[str, str] = {"x86_64": "x86_64", "aarch64": "sbsa"}


@dataclass(frozen=True)
class CudaDirectory:
    """One distribution's directory of the CUDA repository; a key that no source shows is for the user to name."""

    name: str
    key_file: Optional[str] = None
    key_fingerprint: Optional[str] = None


_KEY_2022 = ("3bf863cc.pub", "EB693B3035CD5710E231E123A4B469963BF863CC")
_KEY_RPM = ("D42D0685.pub", "610C7B14E068A878070DA4E99CD0A493D42D0685")

CUDA_DIRECTORIES: Dict[Tuple[str, str], CudaDirectory] = {
    ("ubuntu", "22.04"): CudaDirectory("ubuntu2204", *_KEY_2022),
    ("ubuntu", "24.04"): CudaDirectory("ubuntu2404", *_KEY_2022),
    ("ubuntu", "26.04"): CudaDirectory("ubuntu2604"),
    ("debian", "12"): CudaDirectory("debian12", *_KEY_2022),
    ("debian", "13"): CudaDirectory("debian13", "8793F200.pub", "02182E60104FCDC26EAE1B8597A5D4CB8793F200"),
    ("el", "8"): CudaDirectory("rhel8", *_KEY_RPM),
    ("el", "9"): CudaDirectory("rhel9", *_KEY_RPM),
    ("el", "10"): CudaDirectory("rhel10", "CDF6BA43.pub"),
    ("amzn", "2023"): CudaDirectory("amzn2023", *_KEY_RPM),
    ("fedora", "42"): CudaDirectory("fedora42", *_KEY_RPM),
    ("fedora", "43"): CudaDirectory("fedora43", "1940C73E.pub"),
    ("fedora", "44"): CudaDirectory("fedora44", "73CD9B30.pub"),
    ("sles", "15"): CudaDirectory("sles15", *_KEY_RPM),
    ("sles", "16"): CudaDirectory("suse16", "3A8B5622.pub"),
}
WITHOUT_CUDA: Dict[Tuple[str, str], str] = {
    ("ubuntu", "20.04"): "NVIDIA no longer builds drivers for Ubuntu 20.04; Canonical's archive has them",
}

TOOLKIT_URI = "https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)"
TOOLKIT_KEY = "https://nvidia.github.io/libnvidia-container/gpgkey"
TOOLKIT_KEY_FINGERPRINT = "C95B321B61E88C1809C4F759DDCAE044F796ECB0"

DEFAULT_SOURCE: Dict[str, str] = {"ubuntu": "archive"}
"""Whose driver packages a distribution gets when the user does not say; else cuda."""

OLD_LISTS: Tuple[str, ...] = (
    "cuda.list",
    "libnvidia-container.list",
    "nvidia-container-runtime.list",
    "nvidia-container-toolkit.list",
    "nvidia-docker.list",
    "nvidia-ml.list",
    "cuda.repo",
    "libnvidia-container.repo",
    "nvidia-container-runtime.repo",
    "nvidia-docker.repo",
)
"""Lists of earlier guides: beside a new source they end in conflicting Signed-By values."""
OLD_LIST_PREFIXES: Tuple[str, ...] = ("cuda-debian", "cuda-ubuntu", "cuda-rhel", "cuda-fedora", "cuda-amzn")


def cuda_directory(os: Mapping[str, Any]) -> Optional[CudaDirectory]:
    """The CUDA repository's directory for one system, or None."""
    return CUDA_DIRECTORIES.get(system(os))
