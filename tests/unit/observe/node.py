# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian 12 node with one H100 that is as it should be, as files and answers."""

from __future__ import annotations

import gzip
import struct

from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..parse import images
from ..parse.documents import CAPTURE, FIXTURES, capture
from .fakes import out

KERNEL = "6.1.0-41-amd64"
VERSION = "580.159.04"
MODULE = f"/lib/modules/{KERNEL}/updates/dkms/nvidia.ko"
LIBRARY = f"/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.{VERSION}"
EFI = "/sys/firmware/efi/efivars"
MOK = b"the certificate that DKMS signs with"
DRIVER_LIST = "/var/lib/apt/lists/repo_Packages"
UUID = "GPU-00000000-1111-2222-3333-444444444444"
SOURCE = "Types: deb\nURIs: http://repo/\nSuites: /\nSigned-By: /etc/k.asc\n"
_PCI = "/sys/bus/pci/devices"


def _captured(path: str) -> str:
    return (CAPTURE / "node.txt").read_text().partition(f"===== {path}\n")[2].partition("\n=====")[0] + "\n"


def signature_list(*certificates: bytes) -> bytes:
    """One list for each certificate, as they differ in length."""
    x509, owner = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072"), bytes(16)
    lists = [(owner + certificate) for certificate in certificates]
    return b"".join(x509 + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry for entry in lists)


def device(bus_id: str, vendor: str, number: str, class_: str, driver: str | None) -> dict[str, str | bytes | None]:
    here = f"{_PCI}/{bus_id}"
    files: dict[str, str | bytes | None] = {
        f"{here}/vendor": f"0x{vendor}\n",
        f"{here}/device": f"0x{number}\n",
        f"{here}/class": f"0x{class_}\n",
        f"{here}/numa_node": "1\n",
    }
    if driver:
        files[f"{here}/driver"] = f"-> ../../../../bus/pci/drivers/{driver}"
    return files


def files() -> dict[str, str | bytes | None]:
    block = "blacklist nouveau\nblacklist nova_core\nblacklist nova_drm\noptions nouveau modeset=0\n"
    image = images.archive(images.member("etc/modprobe.d/baremetal-gpu-nouveau.conf", block.encode()))
    return {
        "/etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12"\n',
        "/proc/sys/kernel/osrelease": KERNEL + "\n",
        "/proc/sys/kernel/hostname": "Node-1\n",
        "/proc/sys/kernel/random/boot_id": "6f1f5a1e-3c8e-4d1b-9f55-0d8f6f3f2a11\n",
        "/proc/cmdline": (
            f"BOOT_IMAGE=/vmlinuz-{KERNEL} root=/dev/sda1 ro"
            " modprobe.blacklist=nouveau nvidia.NVreg_EnableGpuFirmware=1\n"
        ),
        "/proc/stat": "cpu 1 2 3\nbtime 1795000000\n",
        "/proc/1200/cmdline": "/usr/bin/nvidia-persistenced\0--verbose\0",
        "/proc/1200/cgroup": "0::/system.slice/nvidia-persistenced.service\n",
        "/proc/1200/fd/3": "-> /dev/nvidiactl",
        "/proc/1200/fd/4": "-> /dev/nvidia0",
        "/proc/1200/fd/5": "-> /dev/null",
        "/proc/1300/fd/0": "-> /dev/null",
        "/boot/vmlinuz-6.1.0-9-amd64": "",
        f"/boot/vmlinuz-{KERNEL}": "",
        "/boot/vmlinuz-0-rescue-abc": "",
        f"/boot/initrd.img-{KERNEL}": images.MICROCODE + gzip.compress(image),
        f"/lib/modules/{KERNEL}/build": None,
        "/lib/modules/6.1.0-9-amd64/kernel": None,
        MODULE: "",
        f"/lib/modules/{KERNEL}/updates/dkms/nvidia-drm.ko": "",
        f"{EFI}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c": b"\x06\0\0\0\0",
        f"{EFI}/SetupMode-8be4df61-93ca-11d2-aa0d-00e098032b8c": b"\x06\0\0\0\0",
        f"{EFI}/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23": b"\x06\0\0\0" + signature_list(MOK),
        "/var/lib/dkms/mok.pub": MOK,
        f"/usr/src/nvidia-{VERSION}": None,
        f"/var/lib/dkms/nvidia/{VERSION}/source": f"-> ../../../../../usr/src/nvidia-{VERSION}",
        f"/var/lib/dkms/nvidia/{VERSION}/{KERNEL}/x86_64/module/nvidia.ko": "",
        f"/var/lib/dkms/nvidia/kernel-{KERNEL}-x86_64": f"-> {VERSION}/{KERNEL}/x86_64",
        LIBRARY: "",
        "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1": f"-> libnvidia-ml.so.{VERSION}",
        **device("0000:00:06.0", "10de", "2330", "030200", "nvidia"),
        **device("0000:00:07.0", "10de", "22a3", "068000", "nvidia-nvswitch"),
        **device("0000:00:08.0", "1a03", "2000", "030000", "ast"),
        **device("0000:00:09.0", "8086", "1533", "020000", "igb"),
        "/sys/module/nvidia/initstate": "live\n",
        "/sys/module/nvidia/version": VERSION + "\n",
        "/sys/module/nvidia/srcversion": "4A3E3F2D1C0B\n",
        "/sys/module/nvidia/refcnt": "3\n",
        "/sys/module/nvidia/holders/nvidia_uvm": None,
        "/sys/module/nvidia/holders/nvidia_modeset": None,
        "/sys/module/nvidia_uvm/initstate": "live\n",
        "/sys/module/nvidia_uvm/parameters/uvm_disable_hmm": "N\n",
        "/sys/module/nouveau/parameters": None,
        "/sys/module/nvidiafb_like/initstate": "live\n",
        "/proc/driver/nvidia/version": _captured("/proc/driver/nvidia/version"),
        "/proc/driver/nvidia/params": _captured("/proc/driver/nvidia/params"),
        "/etc/modprobe.d/baremetal-gpu-nouveau.conf": block,
        "/etc/modprobe.d/readme": "blacklist no\n",
        "/usr/bin/dpkg-query": "",
        "/usr/bin/containerd": "",
        "/usr/bin/nvidia-smi": "",
        "/run/systemd/system": None,
        "/etc/apt/sources.list.d/nvidia-driver.sources": SOURCE,
        "/etc/apt/sources.list.d/old.list.save": "deb http://no/ x y\n",
        "/etc/apt/sources.list": "deb http://deb.debian.org/debian bookworm main\n",
        "/etc/k.asc": (FIXTURES / "keys" / "one.asc").read_bytes(),
        "/etc/apt/preferences.d/nvidia-driver-pinning-580": PIN,
        DRIVER_LIST: f"Package: libcuda1\nArchitecture: amd64\nVersion: {VERSION}-1\n\n",
        "/etc/containerd/config.toml": 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n',
        "/var/run/cdi/nvidia.yaml": CDI,
        "/etc/cdi/other.json": '{"cdiVersion": "0.5.0", "kind": "example.com/x"}',
        "/etc/cdi/readme": "",
        "/lib/systemd/system/kubelet.service": "[Service]\nExecStart=/usr/bin/kubelet\n",
        "/etc/systemd/system/kubelet.service.d/10-flags.conf": (
            '[Service]\nEnvironment="ARGS=--config=/var/lib/kubelet/config.yaml"\n'
        ),
        "/var/lib/kubelet/config.yaml": "kind: KubeletConfiguration\ncontainerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n",
        "/usr/x": "",
    }


PIN = "Package: nvidia-* libcuda1\nPin: version 580.*\nPin-Priority: 1001\n"
CDI = f"""\
---
cdiVersion: 0.7.0
containerEdits:
  mounts:
  - containerPath: {LIBRARY}
    hostPath: {LIBRARY}
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0"
- name: all
kind: nvidia.com/gpu
"""

PACKAGES = (
    (f"{VERSION}-1", "nvidia-graphics-drivers", "nvidia-kernel-open-dkms", "hi "),
    (f"{VERSION}-1", "nvidia-graphics-drivers", "libcuda1", "ii "),
    ("1.20.0-1", "nvidia-container-toolkit", "nvidia-container-toolkit", "hi "),
    ("580-1", "nvidia-driver-pinning-580", "nvidia-driver-pinning-580", "ii "),
    ("1.6.20~ds1-1+b1", "containerd", "containerd", "ii "),
    ("2.9.1", "unattended-upgrades", "unattended-upgrades", "ii "),
    ("1.0", "half", "half", "iF "),
)

UNITS = """\
Id=nvidia-persistenced.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
FragmentPath=/lib/systemd/system/nvidia-persistenced.service
NeedDaemonReload=no
ExecStart={ path=/usr/bin/nvidia-persistenced ; argv[]=/usr/bin/nvidia-persistenced --verbose ; ignore_errors=no }

Id=containerd.service
LoadState=loaded
ActiveState=active
ExecStart={ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; ignore_errors=no ; }

Id=apt-daily-upgrade.timer
LoadState=loaded
ActiveState=active

Id=docker.service
LoadState=not-found

Id=kubelet.service
LoadState=loaded
ActiveState=active
ExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet $ARGS ; ignore_errors=no ; }
FragmentPath=/lib/systemd/system/kubelet.service
DropInPaths=/etc/systemd/system/kubelet.service.d/10-flags.conf
"""

CONTAINERD = """\
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
  BinaryName = "/usr/bin/nvidia-container-runtime"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
"""

CTR = """\
TYPE                            ID                       PLATFORMS      STATUS
io.containerd.content.v1        content                  -              ok
io.containerd.grpc.v1           cri                      linux/amd64    ok
"""


def answers(top: str) -> dict[str, Result]:
    rows = [
        f"{state}\t{name}\tamd64\t{version}\t{source}\t{version}\t\t\n" for version, source, name, state in PACKAGES
    ]
    return {
        "dpkg-query": out("".join(rows)),
        "systemctl show": out(UNITS),
        "modinfo": out(
            f"filename:       {top}{MODULE}\nversion:        {VERSION}\nlicense:        Dual MIT/GPL\n"
            f"vermagic:       {KERNEL} SMP preempt mod_unload modversions\nsrcversion:     4A3E3F2D1C0B\n"
            "signer:         DKMS module signing key\n"
        ),
        "containerd": out(CONTAINERD),
        "ctr plugins ls": out(CTR),
        "nvidia-smi -q -x": out(capture()),
        "nvidia-smi --query-gpu": out(f"{UUID}, 9.0, Enabled, Enabled, valid\n"),
    }
