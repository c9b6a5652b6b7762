# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the observation about container runtimes and the cluster. Private to the collection."""

from __future__ import annotations

from typing import Any, Mapping

from .._dataclass import dataclass


@dataclass(frozen=True)
class Handler:
    binary: str | None


@dataclass(frozen=True)
class Containerd:
    version: str | None
    config_path: str
    config_sha256: str | None
    config_version: int | None
    cri_enabled: bool | None
    handlers: Mapping[str, Handler]
    default_handler: str | None
    cdi_enabled: bool | None
    imports: tuple[str, ...]
    error: str | None


@dataclass(frozen=True)
class Docker:
    version: str | None
    config_path: str
    config: Mapping[str, Any] | None
    error: str | None
    runtimes: tuple[str, ...]
    handlers: Mapping[str, Handler]
    default_handler: str | None
    cdi_enabled: bool | None


@dataclass(frozen=True)
class Crio:
    version: str | None
    config_path: str
    config_files: tuple[str, ...]
    """Those that exist, in the order in which they count: later ones win."""
    handlers: Mapping[str, Handler]
    default_handler: str | None
    cdi_enabled: bool
    error: str | None


@dataclass(frozen=True)
class Runtimes:
    containerd: Containerd | None
    docker: Docker | None
    crio: Crio | None = None


@dataclass(frozen=True)
class CdiSpec:
    path: str
    kind: str | None
    mtime: int | None
    version: str | None = None
    devices: int | None = None
    driver_versions: tuple[str, ...] = ()
    stale: bool | None = None
    why: str | None = None


@dataclass(frozen=True)
class Cdi:
    specs: tuple[CdiSpec, ...]


@dataclass(frozen=True)
class Kubelet:
    active: bool
    config_path: str | None
    node_name: str | None
    runtime_endpoint: str | None


@dataclass(frozen=True)
class Distribution:
    """A Kubernetes that brings its own containerd."""

    name: str
    active: bool | None
    data_path: str
    config_path: str | None
    runtime_endpoint: str
    containerd_config: str | None
    containerd_templates: tuple[str, ...]
    handlers: Mapping[str, Handler]


@dataclass(frozen=True)
class Cluster:
    kubelet: Kubelet | None
    distributions: tuple[Distribution, ...] = ()
