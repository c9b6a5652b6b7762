# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single differences on a finished node, by the scenario of Molecule whose node it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab import GATEWAY
from lab.silicon import repository

NOUVEAU = "/etc/modprobe.d/baremetal-gpu-nouveau.conf"
GSP = "/etc/modprobe.d/baremetal-gpu-gsp.conf"
KEYS = "/etc/apt/keyrings"
SOURCES = "/etc/apt/sources.list.d"
DROP_IN = "/etc/containerd/conf.d/99-nvidia.toml"
UNATTENDED = "/etc/apt/apt.conf.d/52baremetal-gpu-driver"
LIST = f"deb [signed-by={KEYS}/nvidia-driver.asc] http://{GATEWAY}:{repository.PORT}/cuda/debian12/x86_64 ./"
FOUR = "libnvidia-container1 libnvidia-container-tools nvidia-container-toolkit-base nvidia-container-toolkit"
KERNEL = "$(cat /proc/sys/kernel/osrelease)"
UNPACK = """
version=$(dpkg-query --show --showformat '${Version}' libcuda1)
cd /tmp && apt-get download libcuda1=$version && dpkg --unpack libcuda1_*.deb && rm libcuda1_*.deb
"""
DOCKER = """python3 - <<'END'
import json, pathlib
path = pathlib.Path("/etc/docker/daemon.json")
config = json.loads(path.read_text())
del config["runtimes"]
path.write_text(json.dumps(config, indent=4) + "\\n")
END
systemctl restart docker"""


@dataclass(frozen=True)
class Drift:
    """How it comes about, and the components in which it may show; the first one must."""

    script: str
    components: tuple[str, ...]
    swapped: bool = False
    """Whether other modules have to be loaded."""


DRIFTS: dict[str, dict[str, Drift]] = {
    "drifts": {
        "our file against nouveau is gone": Drift(f"rm {NOUVEAU}", ("nouveau",)),
        "the initramfs does not block nouveau": Drift(
            f"mv {NOUVEAU} /root/kept.conf; update-initramfs -u; mv /root/kept.conf {NOUVEAU}", ("nouveau",)
        ),
        "a source is gone": Drift(f"rm {SOURCES}/nvidia-driver.sources", ("nvidia_repository",)),
        "a source is switched off": Drift(
            f"echo 'Enabled: no' >>{SOURCES}/nvidia-container-toolkit.sources", ("nvidia_repository",)
        ),
        "a key is gone": Drift(f"rm {KEYS}/nvidia-driver.asc", ("nvidia_repository",)),
        "a list of an earlier guide": Drift(f"echo '{LIST}' >{SOURCES}/nvidia-docker.list", ("nvidia_repository",)),
        "GSP firmware switched off by our file": Drift(
            f"echo 'options nvidia NVreg_EnableGpuFirmware=0' >{GSP}", ("nvidia_gsp",)
        ),
        "one package of the driver is not held": Drift("apt-mark unhold libcuda1", ("nvidia_driver",)),
        "no module for the kernel": Drift(
            f"dkms uninstall \"$(dkms status | head -1 | sed 's/[,:].*//')\" -k {KERNEL}", ("nvidia_driver",)
        ),
        "the fabric manager is off": Drift("systemctl disable --now nvidia-fabricmanager", ("nvidia_fabric",)),
        "an upgrade of the driver": Drift(
            "names=$(apt-mark showhold | grep -v container); apt-mark unhold $names; "
            "DEBIAN_FRONTEND=noninteractive apt-get install --yes --only-upgrade $names",
            ("nvidia_driver", "nvidia_persistence"),
            swapped=True,
        ),
        "the persistence daemon is off": Drift("systemctl disable --now nvidia-persistenced", ("nvidia_persistence",)),
        "one package of the toolkit is not held": Drift(
            "apt-mark unhold nvidia-container-toolkit", ("nvidia_container_toolkit",)
        ),
        "an older toolkit": Drift(
            "DEBIAN_FRONTEND=noninteractive apt-get install --yes --allow-downgrades --allow-change-held-packages "
            f"$(for name in {FOUR}; do echo $name=1.19.1-1; done)",
            ("nvidia_container_toolkit",),
        ),
        "no handler": Drift(f"rm {DROP_IN}; systemctl restart containerd", ("nvidia_container_toolkit",)),
        "our file against nouveau lacks a module": Drift(f"sed -i /nova_drm/d {NOUVEAU}", ("nouveau",)),
        "another key": Drift(
            f"cp /usr/share/keyrings/debian-archive-keyring.gpg {KEYS}/nvidia-driver.asc", ("nvidia_repository",)
        ),
        "an option of the modules is gone": Drift(
            "rm /etc/modprobe.d/zz-baremetal-gpu-options.conf", ("nvidia_driver",)
        ),
        "one package of the driver is gone": Drift(
            "dpkg --force-depends --force-hold --remove libnvidia-cfg1", ("nvidia_driver",)
        ),
        "one package of the driver is unpacked only": Drift(UNPACK, ("nvidia_driver",)),
        "nothing brings headers for new kernels": Drift("apt-get remove --yes linux-headers-amd64", ("nvidia_driver",)),
        "unattended-upgrades is told of fewer packages": Drift(f"sed -i /libcuda1/d {UNATTENDED}", ("nvidia_driver",)),
        "the driver is not loaded": Drift(
            "systemctl stop nvidia-persistenced nvidia-fabricmanager; modprobe -r nvidia_uvm nvidia_modeset nvidia",
            ("nvidia_driver", "nvidia_persistence", "nvidia_fabric"),
            swapped=True,
        ),
        "the fabric manager is stopped": Drift("systemctl stop nvidia-fabricmanager", ("nvidia_fabric",)),
        "the persistence daemon is stopped": Drift("systemctl stop nvidia-persistenced", ("nvidia_persistence",)),
        "one package of the toolkit is gone": Drift(
            "dpkg --force-depends --force-hold --remove libnvidia-container-tools", ("nvidia_container_toolkit",)
        ),
    },
    "ubuntu_docker": {
        "the file that switches the GSP firmware off is gone": Drift(f"rm {GSP}", ("nvidia_gsp",)),
        "Docker without the runtime": Drift(DOCKER, ("nvidia_container_toolkit",)),
        "containerd with CRI off": Drift(
            f"sed -i '1i disabled_plugins = [\"io.containerd.grpc.v1.cri\"]' {DROP_IN}; systemctl restart containerd",
            ("nvidia_container_toolkit",),
        ),
    },
    "el10": {
        "one package of the driver is not locked": Drift(
            "dnf versionlock delete nvidia-persistenced", ("nvidia_driver",)
        ),
        "a repository is switched off": Drift(
            "sed -i s/^enabled.*/enabled=0/ /etc/yum.repos.d/nvidia-container-toolkit.repo", ("nvidia_repository",)
        ),
        "the boot loader's entries lack the argument": Drift(
            "grubby --update-kernel=ALL --remove-args=module_blacklist", ("nouveau",)
        ),
    },
}


def rounds(drifts: Mapping[str, Drift]) -> list[list[str]]:
    """Drifts that come together, since none shows in the component of another; those that swap come alone.

    A package source goes last, since others come about by means of it.
    """
    found: list[list[str]] = []
    for name, drift in drifts.items():
        free = (
            them
            for them in found
            if not drift.swapped
            and not any(drifts[one].swapped or set(drifts[one].components) & set(drift.components) for one in them)
        )
        them = next(free, None)
        if them is None:
            found.append([name])
        else:
            them.append(name)
    return [sorted(them, key=lambda name: "nvidia_repository" in drifts[name].components) for them in found]
