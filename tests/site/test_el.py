# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Enterprise Linux, with module streams and without: the driver's whole life by real dnf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.ansible import Run, playbook
from lab.nodes import Node, run
from tests.nodes import MakeNode
from tests.site.conftest import sh
from tests.site.kernels import a_newer_one_has_its_module_before_it_boots
from tests.site.provision import ABSENT, arguments
from tests.site.test_interrupted import cut_the_power, interrupt, release
from tests.site.test_matrix import a_wrong_key_and_a_repository_that_is_gone_leave_the_node

RPMS = (
    "rpm -qa --queryformat '%{NAME}\\t%{VERSION}\\t%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' "
    "'*nvidia*' | grep -v container | sort"
)
TOOLKIT = "rpm -qa '*nvidia-container*' | sort"
STATE = """
rpm -qa | sort
find /etc /usr/lib/systemd -xdev -type f | sort | xargs --delimiter '\\n' sha256sum
find /boot -type f -printf '%p %s %T@\\n' | sort
"""
LOCKS = "cat /etc/dnf/plugins/versionlock.list 2>/dev/null || true"
RUNNING = "nvidia-smi --query-gpu=driver_version,persistence_mode --format=csv,noheader | sort -u"
ARGUMENTS = "grubby --info=ALL | sed -n s/^args=//p"
BLOCKED = "module_blacklist=nouveau,nova_core,nova,nova_drm"
FOR_ANY_HOST = """sed -i 's/^hostonly="yes"/hostonly="no"/' /etc/dracut.conf.d/gpulab.conf"""
"""As an image that was made for many machines: dracut leaves /etc/modprobe.d out."""
HELD = "cat /boot/initramfs-*.img | grep -ac '^blacklist nova_drm' || true"
CAME_WITH_A_KERNEL = {"kernel-devel", "kernel-devel-matched"}
"""By the distribution's own update, which brought a kernel and what builds modules for it."""
OWN = "ls -d /var/lib/baremetal.gpu /var/cache/baremetal.gpu 2>/dev/null || true"
MIDWAY = ("/usr/bin/gcc", "*nvidia*", cut_the_power)
"""Where the way across the renaming of 590 is interrupted: the packages are there, the module is not."""
BOOTED = "cut -d ' ' -f 2- /proc/cmdline; basename $(readlink /sys/bus/pci/devices/0000:1b:00.0/driver)"
REPOSITORY = "/etc/yum.repos.d/nvidia-driver.repo"
STREAM = "sed -n s/^stream=//p /etc/dnf/modules.d/nvidia-driver.module"


def packages(node: Node) -> set[str]:
    """By name; keys that rpm trusts, each by its own."""
    return set(sh(node, "rpm -qa --queryformat '%{NAME}\\n'; rpm -qa gpg-pubkey").splitlines()) - {"gpg-pubkey"}


class Walk:
    """One node, and what is asked of it."""

    def __init__(self, node: Node, folder: Path) -> None:
        self.node = node
        self.folder = folder

    def provision(self, *, check: bool = False, **variables: object) -> Run:
        return self.play("provision", check=check, **variables)

    def play(self, name: str, *, check: bool = False, **variables: object) -> Run:
        words = arguments(self.folder, (self.node,), variables)
        done = playbook(name, *words, *(["--check"] if check else []), quiet=True)
        print(done.said)
        assert done.rc == 0
        return done

    def changed(self, *, check: bool = False, **variables: object) -> int:
        return self.provision(check=check, **variables).changed[self.node.name]

    def goes_back_to_what_was_dropped(self, version: str, current: str) -> None:
        """The repository has it no more, and what was proven is kept."""
        sh(self.node, f"cp {REPOSITORY} /root/kept.repo; echo 'excludepkgs=*{version}*' >>{REPOSITORY}")
        self.play("rollback", nvidia_driver_version=current)
        self.is_at(version)
        sh(self.node, f"cp /root/kept.repo {REPOSITORY}")

    def is_at(self, version: str) -> None:
        """Every package of the driver is of this version and locked so, and it runs."""
        rows = [line.split("\t") for line in sh(self.node, RPMS).splitlines()]
        assert rows
        assert {row[1] for row in rows} == {version}
        locks = {line.rpartition(".")[0] for line in sh(self.node, LOCKS).splitlines()}
        assert {row[2] for row in rows} <= locks
        assert len({line for line in locks if "container" not in line}) == len(rows)
        assert sh(self.node, RUNNING) == f"{version}, Enabled"


@pytest.fixture(params=["el9", "el10"])
def walk(request: pytest.FixtureRequest, make_node: MakeNode, tmp_path: Path) -> Walk:
    return Walk(make_node(f"site-{request.param}", request.param, "h100-sxm*2"), tmp_path)


def test_the_drivers_whole_life(walk: Walk) -> None:
    """Planned, installed, left alone, upgraded within a branch and across, taken back, removed."""
    node = walk.node
    modular = node.os == "el9"
    if not modular:
        sh(node, FOR_ANY_HOST)
    bare, had, booted = sh(node, STATE), packages(node), sh(node, BOOTED)
    assert walk.changed(check=True) > 0
    assert sh(node, STATE) == bare

    a_wrong_key_and_a_repository_that_is_gone_leave_the_node(walk.folder, node, {})
    walk.provision()
    walk.is_at("580.159.04")
    if modular:
        assert sh(node, STREAM) == "580-open"
    assert len(sh(node, TOOLKIT).splitlines()) == 4
    # Beside what NVIDIA's packages put there.
    told = sh(node, ARGUMENTS)
    assert BLOCKED in told and "modprobe.blacklist=nouveau" in told
    assert BLOCKED in sh(node, "cat /proc/cmdline /etc/kernel/cmdline")
    assert sh(node, HELD) == "1"

    done = sh(node, STATE)
    assert walk.changed() == 0
    assert walk.changed(check=True) == 0
    assert sh(node, STATE) == done

    # Newer ones are in the stream, or in the repository. The kernel's update is another test.
    assert run(node, ["dnf", "--assumeyes", "--exclude=kernel*", "update"]).rc == 0
    walk.is_at("580.159.04")
    ours = packages(node)
    sh(node, "dnf --assumeyes install dnf-automatic; echo 'exclude=kernel*' >>/etc/dnf/dnf.conf")
    sh(node, "systemctl start dnf-automatic-install.service; sed -i '/^exclude=kernel/d' /etc/dnf/dnf.conf")
    walk.is_at("580.159.04")
    theirs = packages(node) - ours

    for version in ("580.173.02", "595.71.05", "580.159.04"):
        if version.startswith("595"):
            interrupt(node, *MIDWAY, walk.folder, nvidia_driver_version=version)
            release(node)
        walk.provision(nvidia_driver_version=version)
        walk.is_at(version)
        assert walk.changed(nvidia_driver_version=version) == 0
        if version.startswith("595"):
            walk.goes_back_to_what_was_dropped("580.173.02", version)

    a_newer_one_has_its_module_before_it_boots(node, "580.159.04", walk.provision)
    assert sh(node, HELD) == "2"

    gone: dict[str, Any] = dict.fromkeys(ABSENT, "absent")
    walk.provision(**gone)
    assert run(node, ["bash", "-c", RPMS]).out == ""
    assert sh(node, TOOLKIT) == ""
    assert "nvidia" not in sh(node, LOCKS)
    assert run(node, ["nvidia-smi"]).rc != 0
    assert "blacklist" not in sh(node, ARGUMENTS)
    assert had | theirs <= packages(node) <= had | theirs | CAME_WITH_A_KERNEL
    assert (sh(node, BOOTED), sh(node, OWN)) == (booted, "")
    assert (sh(node, HELD), sh(node, "ls /etc/dracut.conf.d")) == ("0", "gpulab.conf")
    assert walk.changed(**gone) == 0
