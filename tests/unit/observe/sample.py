# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that has everything at once: what the samples in the module's documentation are checked against."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from . import node
from .fakes import out

_K3S = "/var/lib/rancher/k3s/agent/etc/containerd"
NVIDIA = """\
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia.options]
  BinaryName = "/usr/bin/nvidia-container-runtime"
"""
CRIO = """\
[crio.runtime]
default_runtime = "crun"
[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
"""
CRIO_NVIDIA = """\
[crio.runtime.runtimes.nvidia]
runtime_path = "/usr/bin/nvidia-container-runtime"
runtime_type = "oci"
"""
K3S_UNIT = """
Id=k3s.service
LoadState=loaded
ActiveState=active
"""


def files() -> dict[str, str | bytes | None]:
    return {
        **node.files(),
        **dict.fromkeys(("/usr/bin/dockerd", "/usr/bin/gcc", "/usr/sbin/dkms"), ""),
        "/etc/docker/daemon.json": (
            '{"default-runtime": "nvidia", "runtimes": {"nvidia": {"path": "/usr/bin/nvidia-container-runtime"}}}'
        ),
        "/usr/bin/crio": "",
        "/etc/crio/crio.conf": CRIO,
        "/etc/crio/crio.conf.d/99-nvidia.toml": CRIO_NVIDIA,
        "/etc/rancher/k3s/config.yaml": "token: x\n",
        f"{_K3S}/config.toml": "version = 3\n" + NVIDIA,
        f"{_K3S}/config-v3.toml.tmpl": NVIDIA,
        "/usr/bin/nvidia-uninstall": "",
        "/var/log/nvidia-installer.log": "nvidia-installer log file\ninstaller version: 535.161.07\n",
        "/run/zypp.pid": "1200\n",
        "/run/cdi": None,
        "/boot/loader/entries/x.conf": f"linux /vmlinuz-{node.KERNEL}\noptions module_blacklist=nouveau\n",
        "/etc/cdi/nvidia.json": '{"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": [{"name": "0"}]}',
    }


def answers(top: Path) -> dict[str, Result]:
    return {
        **node.answers(str(top)),
        "systemctl show": out(node.UNITS + K3S_UNIT),
        "docker --version": out("Docker version 28.3.0, build x\n"),
        "crio --version": out("crio version 1.31.2\n"),
    }
