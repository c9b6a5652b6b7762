# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab tells the truth: what goes wrong on a real node goes wrong on a simulated one.

Plain shell, none of our roles.
"""

from __future__ import annotations

import pytest

from lab import GATEWAY
from lab.nodes import Node, reboot, run
from lab.silicon import repository
from tests.nodes import MakeNode

FIRST, NEXT = "580.159.04", "580.173.02"
CARD = "0000:1b:00.0"


def sh(node: Node, script: str) -> str:
    """Run a script on the node; its output. What fails fails the test."""
    done = run(node, ["bash", "-euo", "pipefail", "-c", script])
    assert done.rc == 0, f"{node.name}: {script!r} ended with {done.rc}:\n{done.out}{done.err}"
    return done.out.strip()


def driver_of_the_card(node: Node) -> str:
    return sh(node, f"basename $(readlink /sys/bus/pci/devices/{CARD}/driver) 2>/dev/null || echo none")


def install(node: Node, version: str, modules: str) -> None:
    """That version exactly, by a pin, as an administrator does it by hand."""
    sh(
        node,
        f"""
        export DEBIAN_FRONTEND=noninteractive
        printf 'Package: *nvidia* libcuda1 libnvidia-*\\nPin: version {version}-1\\nPin-Priority: 1001\\n' \
            >/etc/apt/preferences.d/exactly
        apt-get install --yes --no-install-recommends --allow-downgrades nvidia-driver-cuda {modules}
        """,
    )


def gsp(node: Node) -> str:
    return sh(node, "nvidia-smi -q | sed -n 's/.*GSP Firmware Version *: //p' | sort -u")


@pytest.fixture(scope="module")
def bare(make_node: MakeNode) -> Node:
    return make_node("truth-bare", "debian12", "h100-sxm*2")


def without_nouveau(node: Node, source: str) -> None:
    """The lab's repository in apt's sources, nouveau blocked; the driver's packages rebuild the initramfs."""
    repo = f"http://{GATEWAY}:{repository.PORT}"
    sh(
        node,
        f"""
        mkdir -p /etc/apt/keyrings
        curl -fsS {repo}/key.asc -o /etc/apt/keyrings/lab.asc
        echo 'deb [signed-by=/etc/apt/keyrings/lab.asc] {repo}/{source}' >/etc/apt/sources.list.d/nvidia.list
        apt-get update
        echo 'blacklist nouveau' >/etc/modprobe.d/no-nouveau.conf
        """,
    )


@pytest.fixture(scope="module")
def driven(make_node: MakeNode) -> Node:
    """A node whose driver works: nouveau blocked, open modules, rebooted."""
    node = make_node("truth-driver", "debian12", "h100-sxm*2")
    without_nouveau(node, "cuda/debian12/x86_64 ./")
    install(node, FIRST, "nvidia-kernel-open-dkms")
    reboot(node)
    return node


def test_nouveau_comes_back_unless_the_initramfs_is_rebuilt(bare: Node) -> None:
    assert driver_of_the_card(bare) == "nouveau"

    sh(bare, "printf 'blacklist nouveau\\noptions nouveau modeset=0\\n' >/etc/modprobe.d/no-nouveau.conf")
    reboot(bare)
    assert driver_of_the_card(bare) == "nouveau", "the image of the last boot does not know the new file"

    sh(bare, "update-initramfs -u")
    assert driver_of_the_card(bare) == "nouveau", "nothing happens before the reboot"
    reboot(bare)
    assert driver_of_the_card(bare) == "none"


def test_a_driver_works_after_the_reboot_only(driven: Node) -> None:
    assert driver_of_the_card(driven) == "nvidia"
    assert len(sh(driven, "nvidia-smi -L").splitlines()) == 2
    assert sh(driven, "cat /sys/module/nvidia/version") == FIRST
    assert sh(driven, "cat /proc/sys/kernel/osrelease") == sh(driven, "ls /boot/vmlinuz-* | sed 's/.*vmlinuz-//'")


def test_a_driver_swapped_while_it_runs_is_a_mismatch_until_the_reboot(driven: Node) -> None:
    assert run(driven, ["nvidia-smi"]).rc == 0
    install(driven, NEXT, "nvidia-kernel-open-dkms")

    answer = run(driven, ["nvidia-smi"])
    assert answer.rc == 18
    assert "Driver/library version mismatch" in answer.out + answer.err
    assert sh(driven, "cat /sys/module/nvidia/version") == FIRST, "the old module still runs"

    reboot(driven)
    assert run(driven, ["nvidia-smi"]).rc == 0
    assert sh(driven, "cat /sys/module/nvidia/version") == NEXT


def test_open_modules_take_the_gsp_option_and_ignore_it(driven: Node) -> None:
    version = sh(driven, "cat /sys/module/nvidia/version")
    sh(driven, "echo 'options nvidia NVreg_EnableGpuFirmware=0' >/etc/modprobe.d/gsp.conf; update-initramfs -u")
    reboot(driven)
    assert sh(driven, "grep EnableGpuFirmware: /proc/driver/nvidia/params") == "EnableGpuFirmware: 0"
    assert gsp(driven) == version

    install(driven, version, "nvidia-kernel-dkms")
    reboot(driven)
    assert gsp(driven) == "N/A", "the proprietary modules obey the same option"


def test_modules_in_use_stay_and_others_take_their_place_without_a_reboot(driven: Node) -> None:
    boot = sh(driven, "cat /proc/sys/kernel/random/boot_id")
    sh(driven, "systemctl start nvidia-persistenced")
    used = run(driven, ["modprobe", "-r", "nvidia"])
    assert used.rc == 1
    assert "Module nvidia is in use by: nvidia_modeset nvidia_uvm" in used.err
    sh(driven, "modprobe -r nvidia_uvm nvidia_modeset")
    held = run(driven, ["rmmod", "nvidia"])
    assert (held.rc, held.err.strip()) == (1, "rmmod: ERROR: Module nvidia is in use.")
    assert sh(driven, "cat /sys/module/nvidia/refcnt; ls /sys/module/nvidia/holders") == "0"

    install(driven, FIRST, "nvidia-kernel-open-dkms")
    sh(driven, "systemctl stop nvidia-persistenced; modprobe -r nvidia; test ! -e /dev/nvidiactl; modprobe nvidia")
    assert sh(driven, "cat /sys/module/nvidia/version") == FIRST
    assert len(sh(driven, "nvidia-smi -L").splitlines()) == 2
    assert sh(driven, "cat /proc/sys/kernel/random/boot_id") == boot


def test_an_unattended_upgrade_breaks_what_is_not_held(make_node: MakeNode) -> None:
    node = make_node("truth-upgrade", "ubuntu24", "l40s*2")
    without_nouveau(node, "ubuntu noble main restricted")
    sh(
        node,
        f"""
        export DEBIAN_FRONTEND=noninteractive
        printf 'Package: *nvidia*\\nPin: version {FIRST}*\\nPin-Priority: 1001\\n' >/etc/apt/preferences.d/exactly
        kernel=$(cat /proc/sys/kernel/osrelease)
        base=$(dpkg-query --show --showformat='${{Version}}' linux-image-$kernel)
        apt-get install --yes --no-install-recommends nvidia-headless-no-dkms-580-server-open nvidia-utils-580-server \
            linux-modules-nvidia-580-server-open-$kernel=$base
        rm /etc/apt/preferences.d/exactly
        """,
    )
    reboot(node)
    assert len(sh(node, "nvidia-smi -L").splitlines()) == 2

    sh(node, "apt-mark hold $(dpkg --list | awk '/^ii.*nvidia/ {print $2}'); unattended-upgrade")
    assert run(node, ["nvidia-smi"]).rc == 0, "what is held stays"

    sh(node, "apt-mark unhold $(apt-mark showhold); unattended-upgrade")
    assert run(node, ["nvidia-smi"]).rc == 18
