# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the observation about packages and where they come from. Private to the collection."""

from __future__ import annotations

from typing import Mapping

from .._dataclass import dataclass


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    upstream: str
    held: bool
    depends: tuple[str, ...]
    source: str
    arch: str = ""
    origin: str | None = None
    lock: str | None = None
    """What holds it"""


@dataclass(frozen=True)
class Pin:
    """A stanza of apt's preferences that is about packages of the driver or the toolkit."""

    path: str
    packages: tuple[str, ...]
    pin: str
    priority: int


@dataclass(frozen=True)
class Packages:
    manager: str | None
    broken: tuple[str, ...]
    driver: tuple[Package, ...]
    toolkit: tuple[Package, ...]
    repository: tuple[Package, ...]
    """Packages that only bring a key, a source or a pin: cuda-keyring, nvidia-driver-pinning-580 and the like."""
    pins: tuple[Pin, ...] = ()
    streams: Mapping[str, str] | None = None
    """dnf's module streams that are enabled"""
    kernel: tuple[Package, ...] = ()
    """Kernels and their metapackages"""
    kernel_locks: tuple[str, ...] = ()
    """Rules of ours that keep rpm kernels"""


@dataclass(frozen=True)
class Repository:
    path: str
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None
    enabled: bool
    sha256: str
    package_check: bool | None = None
    metadata_check: bool | None = None
    """Whether dnf checks signatures of packages and of the repository's own files"""


@dataclass(frozen=True)
class Key:
    path: str
    fingerprints: tuple[str, ...]


@dataclass(frozen=True)
class Upgrader:
    """Something that upgrades packages by itself, or at a user's click."""

    name: str
    enabled: bool | None
    active: bool | None


@dataclass(frozen=True)
class Unattended:
    enabled: bool | None
    by: tuple[Upgrader, ...] = ()
