# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a row of the driver package tables says. Private to the collection."""

from __future__ import annotations

from dataclasses import field
from typing import Dict, Tuple

from .._dataclass import dataclass

Names = Tuple[str, ...]
ANY_BRANCH = 999
NOT_ON_ARM = ("nvsdm",)
"""Parts of the fabric that NVIDIA builds for x86_64 only."""
OF_OWN_VERSION = ("nvlsm",)
"""Parts of the fabric that do not carry the driver's version."""


@dataclass(frozen=True)
class PackageSet:
    """The packages to ask for; the package manager finds the rest of the closure.

    `{branch}`, `{version}`, `{open}` (the suffix -open or nothing), `{kernel}` (a kernel release), `{kernel_build}`
    (the same without its distribution), `{kernel_flavour}` (generic, aws, default, ...) and, of an rpm, `{kernel_rpm}`
    (how the names of its packages begin: kernel, kernel-64k, ...) and `{kernel_evr}` (how they end) are filled in.
    """

    compute: Names
    full: Names
    modules: Dict[str, Dict[str, Names]]
    """How the kernel modules come (prebuilt, dkms), the better one first → flavour → packages."""
    fabric: Dict[str, Names] = field(default_factory=dict)
    """fabric_manager, nscq, imex, nvsdm, nvlsm → packages"""
    headers: Names = ("linux-headers-{kernel}",)
    """What dkms builds against"""
    pinning: Names = ()
    """What keeps the package manager on the branch"""
    pinning_always: bool = False
    """Whether the repository has it for every version of these branches"""
    free: Names = ()
    """Of the above, those that carry a version of their own source"""
    streams: Dict[str, Dict[str, Names]] = field(default_factory=dict)
    """Kind of the modules → flavour → dnf's module streams that have them, the better one first"""
    foreign: str = ""
    """Pattern of the driver's packages that another source builds, which cannot stay beside these"""
    signed: bool = False
    """Whether the distribution signed the prebuilt modules, with the key that Secure Boot trusts"""
    modules_first: bool = False
    """Whether the modules decide which version the rest gets"""


@dataclass(frozen=True)
class Row:
    """One package set and where it holds; no `versions` is every version of the distribution."""

    system: str
    source: str
    packages: PackageSet
    first_branch: int = 0
    last_branch: int = ANY_BRANCH
    versions: Names = ()
