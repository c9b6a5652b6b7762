# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes to compare with: a healthy one, and how to spoil it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Dict

from ansible_collections.baremetal.gpu.plugins.module_utils._compare import nouveau, persistence
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import resolve_request

if TYPE_CHECKING:
    from collections.abc import Callable

Node = Dict[str, Any]
VERSION = "580.159.04"
KERNEL = "6.1.0-41-amd64"
TOOLKIT = (
    "libnvidia-container1",
    "libnvidia-container-tools",
    "nvidia-container-toolkit-base",
    "nvidia-container-toolkit",
)
DRIVER = ("nvidia-driver-cuda", "nvidia-persistenced", "nvidia-kernel-open-dkms", "libcuda1", "libnvidia-ml1")


def request(**variables: Any) -> dict[str, dict[str, Any]]:
    """The resolved request of an inventory that sets these variables."""
    given = {"nvidia_driver_version": VERSION, **variables}
    return resolve_request(lambda name: (name in given, given.get(name)))


def package(name: str, upstream: str, *, held: bool = True) -> dict[str, Any]:
    return {"name": name, "version": f"{upstream}-1", "upstream": upstream, "held": held, "depends": [], "source": name}


def modprobe() -> dict[str, Any]:
    return {
        "blacklist": list(nouveau.BLOCKED),
        "install": {},
        "options": {"nouveau": {"modeset": "0"}},
        "files": [nouveau.PATH],
    }


def smi_gpu(bus_id: str) -> dict[str, Any]:
    return {
        "bus_id": bus_id,
        "name": "NVIDIA H100 80GB HBM3",
        "persistence": True,
        "gsp_firmware_version": VERSION,
        "fabric": {"state": None, "status": None},
    }


def source(name: str, uri: str) -> dict[str, Any]:
    return {
        "path": f"/etc/apt/sources.list.d/{name}.sources",
        "uris": [uri],
        "suites": ["/"],
        "components": [],
        "signed_by": f"/etc/apt/keyrings/{name}.asc",
        "enabled": True,
        "sha256": "",
    }


def unit(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "load_state": "loaded",
        "active_state": "active",
        "unit_file_state": "enabled",
        "exec_start": "",
        "dropins": [],
        "path": "",
        **more,
    }


def healthy() -> dict[str, Any]:
    """A Debian 12 node with one H100, as `request()` asks for it."""
    gpu = {
        "bus_id": "0000:1b:00.0",
        "vendor": "10de",
        "device": "2330",
        "class": "030200",
        "driver": "nvidia",
        "architecture": "hopper",
    }
    daemon = unit(
        persistence.UNIT,
        exec_start="/usr/bin/nvidia-persistenced --user nvidia-persistenced --persistence-mode --verbose",
    )
    return copy.deepcopy(
        {
            "schema": 1,
            "findings": [],
            "os": {
                "id": "debian",
                "version_id": "12",
                "codename": "bookworm",
                "id_like": [],
                "pretty": "Debian GNU/Linux 12 (bookworm)",
                "arch": "x86_64",
                "family": "debian",
            },
            "kernel": {"running": KERNEL, "next": KERNEL, "installed": [KERNEL], "headers": [KERNEL], "cmdline": ""},
            "secure_boot": False,
            "pci": {"gpus": [gpu], "nvswitches": [], "foreign": []},
            "privileged": True,
            "holders": [],
            "modules": {"loaded": {"nvidia": {"version": VERSION}}},
            "driver": {
                "running": {"version": VERSION, "flavour": "open", "params": {"EnableGpuFirmware": "18"}},
                "on_disk": [
                    {
                        "kernel": KERNEL,
                        "version": VERSION,
                        "flavour": "open",
                        "path": f"/lib/modules/{KERNEL}/updates/dkms/nvidia.ko",
                        "kind": "dkms",
                    }
                ],
            },
            "modprobe": {
                "disk": modprobe(),
                "image": {
                    **modprobe(),
                    "path": f"/boot/initrd.img-{KERNEL}",
                    "kernel": KERNEL,
                    "modules": [],
                },
            },
            "packages": {
                "manager": "apt",
                "broken": [],
                "driver": [package(name, VERSION) for name in DRIVER],
                "toolkit": [package(name, "1.20.0") for name in TOOLKIT],
                "kernel": [package(f"linux-{kind}-amd64", "6.1.158", held=False) for kind in ("headers", "image")],
            },
            "repositories": [
                source("nvidia-driver", "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64"),
                source("nvidia-container-toolkit", "https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH)"),
            ],
            "signing_keys": [
                {
                    "path": "/etc/apt/keyrings/nvidia-driver.asc",
                    "fingerprints": ["EB693B3035CD5710E231E123A4B469963BF863CC"],
                },
                {
                    "path": "/etc/apt/keyrings/nvidia-container-toolkit.asc",
                    "fingerprints": ["C95B321B61E88C1809C4F759DDCAE044F796ECB0"],
                },
            ],
            "persistence": {"unit": daemon},
            "units": {},
            "runtimes": {
                "containerd": {
                    "version": "1.7.27",
                    "config_path": "/etc/containerd/config.toml",
                    "cri_enabled": True,
                    "cdi_enabled": True,
                    "handlers": {"runc": {}, "nvidia": {"binary": "/usr/bin/nvidia-container-runtime"}},
                    "default_handler": "runc",
                    "error": None,
                },
                "docker": None,
                "crio": None,
            },
            "smi": {"condition": "ok", "message": "", "remedy": "", "gpus": [smi_gpu("0000:1b:00.0")]},
            "efi": {"shim_validation": None, "enrolment_pending": None, "module_keys": []},
            "unattended": {"enabled": False, "by": []},
            "own_files": {},
            "disk": {"/boot": {"free_mib": 500}, "/usr": {"free_mib": 50000}, "/var": {"free_mib": 50000}},
        }
    )


def spoil(change: Callable[[Node], object]) -> Node:
    node = healthy()
    change(node)
    return node


def crio(*handlers: str) -> Node:
    return {
        "version": "1.34.0",
        "config_path": "/etc/crio/crio.conf",
        "handlers": {name: {"binary": None} for name in ("crun", *handlers)},
        "default_handler": "crun",
        "cdi_enabled": True,
        "error": None,
    }
