# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EL stand-ins tell the truth: real dnf, streams, locks and dracut decide what the next boot does. Plain shell."""

from __future__ import annotations

import pytest

from lab import GATEWAY
from lab.nodes import Node, reboot, run
from lab.silicon import parts, repository
from tests.nodes import MakeNode

FIRST, NEXT = "580.159.04", "580.173.02"
CARD = "0000:1b:00.0"
BLOCKING = "rd.driver.blacklist=nouveau modprobe.blacklist=nouveau"


def sh(node: Node, script: str) -> str:
    """Run a script on the node; its output. What fails fails the test."""
    done = run(node, ["bash", "-euo", "pipefail", "-c", script])
    assert done.rc == 0, f"{node.name}: {script!r} ended with {done.rc}:\n{done.out}{done.err}"
    return done.out.strip()


def driver_of_the_card(node: Node) -> str:
    return sh(node, f"basename $(readlink /sys/bus/pci/devices/{CARD}/driver) 2>/dev/null || echo none")


def add_repository(node: Node, major: int) -> None:
    repo = f"http://{GATEWAY}:{repository.PORT}/cuda/rhel{major}/x86_64"
    lines = [f"[cuda-rhel{major}-x86_64]", "name=cuda", f"baseurl={repo}", "enabled=1", "gpgcheck=1", "repo_gpgcheck=1"]
    key = {9: "D42D0685", 10: "CDF6BA43"}[major]
    text = "\\n".join([*lines, f"gpgkey={repo}/{key}.pub"])
    sh(node, f"printf '{text}\\n' >/etc/yum.repos.d/cuda-rhel{major}.repo; dnf --quiet --assumeyes makecache")


def install(node: Node, *packages: str) -> None:
    kernel = "$(cat /proc/sys/kernel/osrelease)"
    sh(node, f"dnf --quiet --assumeyes install kernel-devel-matched-{kernel} {' '.join(packages)}")


def test_a_package_is_the_same_each_time_it_is_built() -> None:
    """Images and caches have keys of their content."""
    for make in (parts.nouveau, parts.module):
        arguments = ("5.14",) if make is parts.nouveau else (FIRST, "open", "5.14")
        assert make.__wrapped__(*arguments) == make.__wrapped__(*arguments)


@pytest.fixture(scope="module")
def el9(make_node: MakeNode) -> Node:
    node = make_node("el9", "el9", "h100-sxm*2")
    add_repository(node, 9)
    return node


@pytest.fixture(scope="module")
def el10(make_node: MakeNode) -> Node:
    node = make_node("el10", "el10", "h100-sxm*2")
    add_repository(node, 10)
    return node


@pytest.mark.parametrize(("name", "major"), [("el9", 9), ("el10", 10)])
def test_a_stand_in_is_an_rpm_system(request: pytest.FixtureRequest, name: str, major: int) -> None:
    node: Node = request.getfixturevalue(name)
    assert sh(node, ". /etc/os-release; echo $ID ${VERSION_ID%.*} $PLATFORM_ID") == f"rocky {major} platform:el{major}"
    assert sh(node, "systemctl is-system-running") == "running"
    for program in ("dpkg", "dpkg-query", "apt-get"):
        assert run(node, ["sh", "-c", f"command -v {program}"]).rc != 0
    assert sh(node, "rpm -q --whatprovides system-release") == sh(node, "rpm -q rocky-release")
    kernel = sh(node, "cat /proc/sys/kernel/osrelease")
    assert sh(node, "grubby --default-kernel") == f"/boot/vmlinuz-{kernel}"
    assert sh(node, f"rpm -q kernel-core-{kernel}")


def test_nouveau_holds_the_card_until_what_blocks_it_is_in_the_image(el9: Node) -> None:
    assert driver_of_the_card(el9) == "nouveau"
    assert "nouveau.ko" in sh(el9, "lsinitrd /boot/initramfs-$(cat /proc/sys/kernel/osrelease).img")

    sh(el9, "echo 'blacklist nouveau' >/etc/modprobe.d/no-nouveau.conf")
    reboot(el9)
    assert driver_of_the_card(el9) == "nouveau", "the image of the last boot does not know the new file"

    sh(el9, "kernel=$(cat /proc/sys/kernel/osrelease); dracut --force /boot/initramfs-$kernel.img $kernel")
    reboot(el9)
    assert driver_of_the_card(el9) == "none"


def test_grubby_blocks_it_as_well(el10: Node) -> None:
    assert driver_of_the_card(el10) == "nouveau"
    sh(el10, f"grubby --update-kernel=ALL --args='{BLOCKING}'")
    assert driver_of_the_card(el10) == "nouveau"
    reboot(el10)
    assert BLOCKING in sh(el10, "cat /proc/cmdline")
    assert driver_of_the_card(el10) == "none"

    sh(el10, f"grubby --update-kernel=ALL --remove-args='{BLOCKING}'")
    reboot(el10)
    assert driver_of_the_card(el10) == "nouveau"


def test_a_stream_lets_its_own_packages_through_and_no_others(el9: Node) -> None:
    listed = sh(el9, "dnf --quiet module list nvidia-driver")
    for stream in ("580-open", "580-dkms", "580", "595-open", "open-dkms", "latest-dkms", "latest"):
        assert f" {stream} " in listed
    assert "latest-dkms [d]" in listed

    query = "dnf --quiet repoquery --queryformat '%{version}' nvidia-open | sort -u"
    assert sh(el9, query) == "", "the default stream holds the proprietary modules"
    sh(el9, "dnf --quiet --assumeyes module enable nvidia-driver:580-open")
    assert sh(el9, query).split() == [FIRST, NEXT]
    sh(
        el9,
        "dnf --quiet --assumeyes module reset nvidia-driver; dnf --quiet --assumeyes module enable nvidia-driver:580",
    )
    assert "kmod-nvidia-580.173.02-5.14.0-570.12.1" in sh(el9, "dnf --quiet repoquery 'kmod-nvidia-*'")
    sh(el9, "dnf --quiet --assumeyes module reset nvidia-driver")


def test_without_modularity_there_are_all_versions(el10: Node) -> None:
    assert "nvidia-driver" not in sh(el10, "dnf --quiet module list 2>/dev/null || true")
    query = "dnf --quiet repoquery --queryformat '%{epoch}:%{version}' nvidia-open | sort -u"
    assert sh(el10, query).split() == [f"3:{FIRST}", f"3:{NEXT}", "3:595.71.05"]


def test_a_driver_works_after_the_reboot_and_a_lock_keeps_it(el9: Node) -> None:
    sh(el9, "dnf --quiet --assumeyes module enable nvidia-driver:580-open")
    install(
        el9, "python3-dnf-plugin-versionlock", "dnf-automatic", f"nvidia-open-3:{FIRST}", f"nvidia-modprobe-3:{FIRST}"
    )
    assert run(el9, ["nvidia-smi"]).rc == 9
    assert "nvidia-open/580.159.04" in sh(el9, "dkms status")
    assert run(el9, ["systemctl", "is-enabled", "nvidia-persistenced"]).out.strip() == "disabled"
    reboot(el9)
    assert driver_of_the_card(el9) == "nvidia"
    assert len(sh(el9, "nvidia-smi -L").splitlines()) == 2
    assert sh(el9, "cat /sys/module/nvidia/version") == FIRST

    closure = r"rpm -qa --queryformat '%{NAME}-%{EPOCH}:%{VERSION}-%{RELEASE}.*\n' '*nvidia*'"
    sh(el9, f"{closure} >/etc/dnf/plugins/versionlock.list; dnf --quiet --assumeyes update '*nvidia*'")
    assert run(el9, ["nvidia-smi"]).rc == 0, "what is locked stays"
    # The kernel's own update is another test.
    sh(el9, "echo 'exclude=kernel*' >>/etc/dnf/dnf.conf; systemctl start dnf-automatic-install.service")
    sh(el9, "sed --in-place '/^exclude=kernel/d' /etc/dnf/dnf.conf")
    assert run(el9, ["nvidia-smi"]).rc == 0, "what is locked stays unattended as well"

    sh(el9, ": >/etc/dnf/plugins/versionlock.list; dnf --quiet --assumeyes update '*nvidia*'")
    answer = run(el9, ["nvidia-smi"])
    assert answer.rc == 18
    assert "Driver/library version mismatch" in answer.out + answer.err
    assert sh(el9, "cat /sys/module/nvidia/version") == FIRST, "the old module still runs"
    reboot(el9)
    assert sh(el9, "cat /sys/module/nvidia/version") == NEXT
    assert run(el9, ["nvidia-smi"]).rc == 0


def test_a_kernel_without_headers_boots_without_the_driver(el9: Node) -> None:
    """Last: it leaves the node with a newer kernel."""
    sh(el9, "dnf --quiet --assumeyes update kernel")
    reboot(el9)
    assert "611.5.1" in sh(el9, "cat /proc/sys/kernel/osrelease")
    assert run(el9, ["nvidia-smi"]).rc == 9
