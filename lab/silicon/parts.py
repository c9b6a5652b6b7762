# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files inside the packages: libraries, modules, daemons, units."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from pathlib import Path

from lab import LabError

SOURCES = Path(__file__).parent / "src"
LIBRARIES = "/usr/lib/x86_64-linux-gnu"
CUDA_NUMBER = {580: 13000, 595: 13020}
Files = dict[str, tuple[bytes, int]]


def branch(version: str) -> int:
    return int(version.split(".", maxsplit=1)[0])


def _compile(source: str, *arguments: str) -> bytes:
    with tempfile.NamedTemporaryFile() as output:
        argv = ["gcc", "-O1", "-D_GNU_SOURCE", *arguments, "-o", output.name, str(SOURCES / source)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"compiling {source}", done.stderr.strip() or "gcc failed", "python -m lab repo build")
        return Path(output.name).read_bytes()


@functools.cache
def library(name: str, version: str) -> bytes:
    source = {"libnvidia-ml": "nvml.c", "libcuda": "cuda.c"}[name]
    return _compile(
        source,
        "-shared",
        "-fPIC",
        f"-Wl,-soname,{name}.so.1",
        f'-DVERSION="{version}"',
        f"-DCUDA={CUDA_NUMBER[branch(version)]}",
    )


def library_files(name: str, version: str) -> tuple[Files, dict[str, str]]:
    files: Files = {f"{LIBRARIES}/{name}.so.{version}": (library(name, version), 0o644)}
    if name == "libnvidia-ml":
        files[f"{LIBRARIES}/libnvidia-silicon.so.{version}"] = (b"", 0o644)
    return files, {f"{LIBRARIES}/{name}.so.1": f"{name}.so.{version}"}


LICENSES = {"open": "Dual MIT/GPL", "proprietary": "NVIDIA"}


@functools.cache
def module(version: str, flavour: str, kernel: str) -> bytes:
    """A prebuilt nvidia.ko."""
    return _compile(
        "nvidia.c", "-c", f'-DDRIVER="{version}"', f'-DLICENSE="{LICENSES[flavour]}"', f'-DKERNEL="{kernel}"'
    )


@functools.cache
def nouveau(kernel: str) -> bytes:
    """The same bytes each time: the compiler writes the source's name into them, so that is always the same."""
    fields = {
        "license": "GPL and additional rights",
        "name": "nouveau",
        "vermagic": f"{kernel} SMP preempt mod_unload ",
    }
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "nouveau.c"
        source.write_text(
            "".join(
                f'__attribute__((section(".modinfo"), used)) static const char info_{key}[] = "{key}={value}";\n'
                for key, value in fields.items()
            )
        )
        return _compile(str(source), "-c")


def dkms_source(version: str, flavour: str, name: str = "nvidia") -> Files:
    """/usr/src/NAME-VERSION: built by the real dkms against the kernel's real headers directory."""
    home = f"/usr/src/{name}-{version}"
    conf = (
        f'PACKAGE_NAME="{name}"\nPACKAGE_VERSION="{version}"\nBUILT_MODULE_NAME[0]="nvidia"\nDEST_MODULE_LOCATION[0]="/kernel/drivers/video"\n'
        'MAKE[0]="make KERNEL=${kernelver} KERNEL_SOURCE=${kernel_source_dir}"\nCLEAN="make clean"\nAUTOINSTALL="yes"\n'
    )
    make = (
        "KERNEL ?= $(shell uname -r)\nall:\n\ttest -d $(KERNEL_SOURCE)\n"
        f"\tgcc -c -O1 -DDRIVER='\"{version}\"' -DLICENSE='\"{LICENSES[flavour]}\"' -DKERNEL='\"$(KERNEL)\"' "
        "-o nvidia.ko nvidia.c\n"
        "clean:\n\trm -f nvidia.ko\n"
    )
    return {
        f"{home}/dkms.conf": (conf.encode(), 0o644),
        f"{home}/Makefile": (make.encode(), 0o644),
        f"{home}/nvidia.c": ((SOURCES / "nvidia.c").read_bytes(), 0o644),
    }


def dkms_scripts(version: str) -> dict[str, str]:
    return {
        "postinst": f"""if [ "$1" = configure ]; then
  dkms add -m nvidia -v {version} >/dev/null 2>&1 || true
  for build in /lib/modules/*/build; do
    [ -d "$build" ] || continue
    kernel=$(basename "$(dirname "$build")")
    dkms install -m nvidia -v {version} -k "$kernel" --force
  done
  dpkg-trigger --no-await update-initramfs || true
fi""",
        "prerm": f"dkms remove -m nvidia -v {version} --all >/dev/null 2>&1 || true",
    }


def daemon(name: str) -> bytes:
    return b"#!/usr/bin/env python3\n" + (SOURCES / f"{name}.py").read_bytes()


def persistenced(unit: str, user: str) -> tuple[Files, dict[str, str]]:
    """The daemon, its unit, and the scripts that make its user."""
    files: Files = {
        "/usr/bin/nvidia-persistenced": (daemon("nvidia_persistenced"), 0o755),
        "/lib/systemd/system/nvidia-persistenced.service": (unit.encode(), 0o644),
    }
    user_add = (
        f"getent passwd {user} >/dev/null || useradd --system --user-group --no-create-home "
        f"--home-dir /nonexistent --shell /usr/sbin/nologin {user}"
    )
    return files, {"postinst": f"{user_add}\n[ -d /run/systemd/system ] && systemctl daemon-reload || true"}


DEBIAN_UNIT = """[Unit]
Description=NVIDIA Persistence Daemon
Wants=syslog.target
Before=systemd-backlight@backlight:nvidia_0.service

[Service]
Type=forking
ExecStart=/usr/bin/nvidia-persistenced --user nvpd
ExecStopPost=/bin/rm -rf /var/run/nvidia-persistenced

[Install]
WantedBy=multi-user.target
"""
UBUNTU_UNIT = """[Unit]
Description=NVIDIA Persistence Daemon
Wants=syslog.target
StopWhenUnneeded=true
Before=systemd-backlight@backlight:nvidia_0.service

[Service]
Type=forking
ExecStart=/usr/bin/nvidia-persistenced --user nvidia-persistenced --no-persistence-mode --verbose
ExecStopPost=/bin/rm -rf /var/run/nvidia-persistenced
"""
UDEV_RULES = """# Start the persistence daemon when the driver binds its first device.
ACTION=="add", DEVPATH=="/bus/pci/drivers/nvidia", TAG+="systemd", ENV{SYSTEMD_WANTS}="nvidia-persistenced.service"
"""
