# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of other distributions, each with what sets it apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from .fakes import out

Files = Mapping[str, "str | bytes | None"]
BOOTED = 1_795_000_000


@dataclass(frozen=True)
class System:
    files: Files
    answers: Mapping[str, Result]


def rpms(*rows: str) -> Result:
    """`name epoch version release arch vendor source installed-at`; a tilde stands for a blank, a dash for nothing."""
    lines = []
    for row in rows:
        fields = [field.replace("~", " ") for field in row.split()]
        fields[5:7] = ["(none)" if field == "-" else field for field in fields[5:7]]
        lines.append("\t".join(fields) + "\n")
    return out("".join(lines))


def common(kernel: str, image: str, running: str = "") -> dict[str, str | bytes | None]:
    return {
        "/proc/sys/kernel/osrelease": (running or kernel) + "\n",
        "/proc/cmdline": "quiet\n",
        "/proc/stat": f"btime {BOOTED}\n",
        f"/boot/{image}{kernel}": "",
        f"/lib/modules/{kernel}/kernel": None,
        f"/lib/modules/{running or kernel}/kernel": None,
        "/run/systemd/system": None,
        "/sys/bus/pci/devices": None,
        "/usr/bin/x": "",
    }


_UBUNTU = "6.8.0-45-generic"
UBUNTU = System(
    files={
        **common(_UBUNTU, "vmlinuz-"),
        "/etc/os-release": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nPRETTY_NAME='Ubuntu 24.04.2 LTS'\n",
        "/usr/bin/dpkg-query": "",
        f"/lib/modules/{_UBUNTU}/kernel/nvidia-580srv-open/nvidia.ko": "",
        "/etc/apt/apt.conf.d/20auto-upgrades": 'APT::Periodic::Unattended-Upgrade "1";\n',
        "/run/reboot-required": "",
        "/run/reboot-required.pkgs": "linux-image-6.8.0-45-generic\n",
        "/var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_noble_restricted_binary-amd64_Packages": (
            "Package: nvidia-utils-580-server\nVersion: 580.159.04-0ubuntu0.24.04.1\n"
        ),
        "/etc/apt/preferences.d/cuda-repository-pin-600": "Package: *\nPin: release l=NVIDIA CUDA\nPin-Priority: 600\n",
    },
    answers={
        "dpkg-query": out(
            "hi \tnvidia-utils-580-server\tamd64\t580.159.04-0ubuntu0.24.04.1\tnvidia-graphics-drivers-580-server"
            "\t580.159.04-0ubuntu0.24.04.1\t\t\n"
            "ii \tunattended-upgrades\tall\t2.9.1\tunattended-upgrades\t2.9.1\t\t\n"
        ),
        "systemctl show": out("Id=apt-daily-upgrade.timer\nLoadState=loaded\nActiveState=active\n"),
        "modinfo": out("filename: x\n"),
    },
)

_EL = "5.14.0-503.el9.x86_64"
_EL_OLD = "5.14.0-427.el9.x86_64"
_NVIDIA = "NVIDIA~Corporation"
EL = System(
    files={
        **common(_EL, "vmlinuz-", running=_EL_OLD),
        "/etc/os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\nPRETTY_NAME="Rocky 9.5"\n',
        "/usr/bin/rpm": "",
        "/usr/bin/dnf": "",
        f"/boot/vmlinuz-{_EL_OLD}": "",
        "/boot/vmlinuz-0-rescue-0123456789abcdef": "",
        f"/boot/.vmlinuz-{_EL}.hmac": "",
        "/etc/default/grub": "GRUB_TIMEOUT=1\nGRUB_DEFAULT=saved\n",
        "/boot/grub2/grubenv": f"# GRUB Environment Block\nsaved_entry=0123456789abcdef-{_EL_OLD}\n####",
        f"/lib/modules/{_EL}/extra/nvidia.ko.xz": "",
        f"/var/lib/dkms/nvidia-open/580.159.04/{_EL}/x86_64/module/nvidia.ko.xz": "",
        f"/var/lib/dkms/nvidia-open/kernel-{_EL}-x86_64": f"-> 580.159.04/{_EL}/x86_64",
        "/etc/dnf/plugins/versionlock.conf": "[main]\nenabled = 1\n",
        "/etc/dnf/plugins/versionlock.list": (
            "# added\nnvidia-driver-cuda-3:580.159.04-1.el9.*\n!kernel-0:6*\nlibnvidia-ml-3:575*\n"
            "# baremetal.gpu: kernel\nkernel-core-0:5.14.0-503.el9.*\nkernel-modules-0:5.14.0-503.el9.*\n"
        ),
        "/etc/dnf/dnf.conf": "[main]\nexcludepkgs=kmod-nvidia*,\n  foo\nbest=True\n",
        "/etc/yum.conf": "-> dnf/dnf.conf",
        "/etc/dnf/automatic.conf": "[commands]\napply_updates = yes\n",
        "/var/lib/dnf/rpmdb_lock.pid": "77",
        "/proc/77/cmdline": "/usr/bin/python3\0/usr/bin/dnf\0install\0",
        "/var/cache/dnf/metadata_lock.pid": "99999999",
        "/usr/bin/crio": "",
        "/etc/crio/crio.conf.d/10-crio.conf": '[crio.runtime]\ndefault_runtime = "crun"\n',
        "/etc/crio/conf.d/99-nvidia.toml": "",
    },
    answers={
        "rpm -qa": rpms(
            f"nvidia-driver-cuda 3 580.159.04 1.el9 x86_64 {_NVIDIA} nvidia-driver-580.159.04-1.el9.src.rpm 1794000000",
            f"libnvidia-ml 3 580.159.04 1.el9 x86_64 {_NVIDIA} nvidia-driver-580.159.04-1.el9.src.rpm 1794000000",
            f"kmod-nvidia-open-dkms 3 580.159.04 1.el9 noarch {_NVIDIA} - 1794000000",
            f"unrelated-name 3 580.159.04 1.el9 noarch {_NVIDIA} - 1794000000",
            f"nvidia-driver-assistant 0 0.20.1 1 noarch {_NVIDIA} - 1794000000",
            f"nvidia-container-toolkit 0 1.20.0 1 x86_64 {_NVIDIA} - 1794000000",
            "kernel-core 0 5.14.0 503.el9 x86_64 Rocky~Enterprise kernel-5.14.0-503.el9.src.rpm 1795000100",
            "kernel-headers 0 5.14.0 503.el9 x86_64 - - 1794000000",
            "kernel-rt-devel-matched 0 5.14.0 503.el9 x86_64 - - 1794000000",
            "kernel-tools 0 5.14.0 503.el9 x86_64 - - 1794000000",
            "gpg-pubkey 0 a b (none) - - 1794000000",
            "cri-o 0 1.31.2 1.el9 x86_64 - - 1794000000",
        ),
        "systemctl show": out(
            "Id=dnf-automatic.timer\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\n"
            "Id=packagekit.service\nLoadState=loaded\nActiveState=inactive\nUnitFileState=static\n"
        ),
        "modinfo": out("filename: x\n"),
    },
)

_AMAZON = "6.1.100-112.amzn2023.x86_64"
AMAZON = System(
    files={
        **common(_AMAZON, "vmlinuz-"),
        "/etc/os-release": 'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\nPRETTY_NAME="Amazon Linux 2023"\n',
        "/usr/bin/rpm": "",
        "/usr/bin/dnf": "",
        "/etc/dnf/plugins/versionlock.list": "nvidia-driver-cuda-3:580.159.04-1.amzn2023.*\n",
        "/boot/grub2/grubenv": "kernelopts=root=/dev/a module_blacklist=nova_drm,nouveau\n",
        "/boot/loader/entries/1-0-rescue.conf": "linux /vmlinuz-0-rescue-1\noptions single\n",
        f"/boot/loader/entries/1-{_AMAZON}.conf": (
            f"linux /vmlinuz-{_AMAZON}\noptions $kernelopts rd.driver.blacklist=nova\n"
        ),
    },
    answers={
        "rpm -qa": rpms(f"nvidia-driver-cuda 3 580.159.04 1.amzn2023 x86_64 {_NVIDIA} - 1794000000"),
        "systemctl show": out(""),
    },
)

_SLES = "6.4.0-150600.21-default"
SLES = System(
    files={
        **common(_SLES, "Image-"),
        "/etc/os-release": 'ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.6"\nPRETTY_NAME="SLES 15 SP6"\n',
        "/usr/bin/rpm": "",
        "/usr/bin/zypper": "",
        "/etc/zypp/locks": (
            "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: nvidia-compute*\n\n"
            "type: patch\nsolvable_name: x\n"
        ),
        "/run/reboot-needed": "",
    },
    answers={
        "rpm -qa": rpms(
            "nvidia-open-driver-G06-signed-cuda-kmp-default 0 580.159.04_k6.4.0_150600.21 1 x86_64 SUSE - 1794000000",
            "nvidia-compute-utils-G06 0 580.159.04 1 x86_64 SUSE - 1794000000",
        ),
        "systemctl show": out(""),
    },
)

FEDORA = System(
    files={
        **common("6.15.3-200.fc42.x86_64", "vmlinuz-"),
        "/etc/os-release": 'ID=fedora\nVERSION_ID=42\nPRETTY_NAME="Fedora Linux 42"\n',
        "/usr/bin/rpm": "",
        "/usr/bin/dnf5": "",
        "/etc/dnf/versionlock.toml": (
            'version = "1.0"\n[[packages]]\nname = "nvidia-driver-cuda"\n[[packages.conditions]]\nkey = "evr"\n'
            'comparator = "="\nvalue = "3:580.159.04-1.fc42"\n'
            '[[packages]]\nname = "kernel-core"\ncomment = "baremetal.gpu: kernel"\n[[packages.conditions]]\n'
            'key = "evr"\ncomparator = "="\nvalue = "0:6.15.3-200.fc42"\n'
        ),
    },
    answers={
        "rpm -qa": rpms(f"nvidia-driver-cuda 3 580.159.04 1.fc42 x86_64 {_NVIDIA} - 1794000000"),
        "systemctl show": out(""),
    },
)

SYSTEMS = {"ubuntu": UBUNTU, "el": EL, "amazon": AMAZON, "sles": SLES, "fedora": FEDORA}
