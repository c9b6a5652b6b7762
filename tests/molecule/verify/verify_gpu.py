# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a finished node, told by the node's own programs; Molecule calls it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml
from testinfra.host import Host  # type: ignore[import-untyped]  # it has none

PLATFORM = yaml.safe_load(Path(os.environ["MOLECULE_FILE"]).read_text())["platforms"][0]
NAME = PLATFORM["name"]
testinfra_hosts = [f"docker://{NAME}"]
DRIVER, MODEL, GSP = os.environ["DRIVER"], os.environ["MODEL"], os.environ["GSP"]
GPUS = int(os.environ["GPUS"])
# Which files of modprobe.d an image must hold as they are on disk, and what it holds instead.
STALE = r"""
image=$(mktemp -d)
kernel=$(cat /proc/sys/kernel/osrelease)
if test -e /boot/initrd.img-$kernel
then unmkinitramfs /boot/initrd.img-$kernel $image
else cd $image; lsinitrd --unpack /boot/initramfs-$kernel.img >/dev/null; cd -
fi >/dev/null
files=$(grep -lE 'nvidia|nouveau|nova' /etc/modprobe.d/*.conf)
echo "$files"
for file in $files; do
  found=$(find $image -path "*$file")
  cmp --silent $file "$found" || echo "STALE $file"
done
rm -r $image
"""

# What is installed and what is locked, in the same words.
DPKG = (
    "dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p'",
    "apt-mark showhold",
)
RPM = (
    r"rpm -qa --queryformat '%{NAME}-%{EPOCHNUM}:%{VERSION}-%{RELEASE}\n'",
    r"sed -n 's/\.\*$//p' /etc/dnf/plugins/versionlock.list",
)


def lines(host: Host, command: str) -> list[str]:
    said: str = host.check_output(command)
    return said.splitlines()


def test_the_loaded_driver(host: Host) -> None:
    said = host.check_output("cat /proc/driver/nvidia/version")
    assert f"  {DRIVER}  " in said
    assert ("Open Kernel Module" in said) == (os.environ["FLAVOUR"] == "open")
    assert host.check_output("cat /sys/module/nvidia/version") == DRIVER


def test_every_card_is_driven_and_nouveau_is_not_loaded(host: Host) -> None:
    assert (
        lines(host, "nvidia-smi --query-gpu=name,driver_version --format=csv,noheader") == [f"{MODEL}, {DRIVER}"] * GPUS
    )
    drivers = "for card in /sys/bus/pci/drivers/nvidia /sys/module/nouveau; do test -d $card && echo $card; done; true"
    assert lines(host, drivers) == ["/sys/bus/pci/drivers/nvidia"]


def test_the_initramfs_holds_what_modprobe_is_told(host: Host) -> None:
    said = lines(host, STALE)
    assert [line for line in said if line.startswith("STALE")] == []
    told = host.check_output("cat " + " ".join(said)).splitlines()
    assert "blacklist nouveau" in told
    assert ("options nvidia NVreg_EnableGpuFirmware=0" in told) == (GSP == "N/A")


def test_the_gsp_firmware(host: Host) -> None:
    assert lines(host, "nvidia-smi -q | sed -n 's/.*GSP Firmware Version *: //p'") == [GSP] * GPUS


def test_persistence_mode_is_on(host: Host) -> None:
    assert lines(host, "nvidia-smi --query-gpu=persistence_mode --format=csv,noheader") == ["Enabled"] * GPUS
    assert host.service("nvidia-persistenced").is_running


def test_the_fabric_manager_runs_where_there_are_switches(host: Host) -> None:
    switches = "nvswitch" in PLATFORM["labels"]["baremetal.gpu.lab.hardware"]
    assert host.service("nvidia-fabricmanager").is_running == switches


def test_the_whole_driver_is_locked_and_nothing_else(host: Host) -> None:
    """What is installed of these repositories is all of the driver and of the toolkit."""
    installed, locked = RPM if host.exists("rpm") else DPKG
    names = set(lines(host, installed))
    stack = {name for name in names if "nvidia" in name or name.startswith(("libcuda", "libnv", "cuda-"))}
    stack = {name for name in stack if not name.startswith("nvidia-driver-pinning-")}
    assert len(stack) > 8
    assert set(lines(host, locked)) == stack


def test_one_reboot_and_all_units_are_up() -> None:
    count = ["docker", "inspect", "--format", "{{.RestartCount}}", NAME]
    assert subprocess.run(count, capture_output=True, text=True, check=True).stdout.strip() == "1"
    up = ["docker", "exec", NAME, "systemctl", "is-system-running"]
    assert subprocess.run(up, capture_output=True, text=True, check=True).stdout.strip() == "running"
