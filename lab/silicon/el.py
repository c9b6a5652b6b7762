# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of the operating system that an EL stand-in has, or finds in its distribution's repositories."""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from pathlib import Path

from lab.silicon import parts
from lab.silicon.rpm import Rpm, Source

HERE = Path(__file__).parent
USERLAND = "/usr/lib/gpulab"
"""Where a stand-in keeps the parts of Debian that come to life with a package."""


@dataclass(frozen=True)
class Release:
    major: int
    version: str
    codename: str
    kernels: tuple[tuple[str, str], ...]
    """(version, release): the first is the one that a fresh node has, the others are upgrades."""
    modular: bool

    @property
    def dist(self) -> str:
        return f"el{self.major}"

    def unames(self) -> list[str]:
        return [f"{version}-{release}.x86_64" for version, release in self.kernels]


RELEASES = {
    9: Release(9, "9.6", "Blue Onyx", (("5.14.0", "570.12.1.el9_6"), ("5.14.0", "611.5.1.el9_7")), True),
    10: Release(10, "10.0", "Red Quartz", (("6.12.0", "55.9.1.el10_0"), ("6.12.0", "124.8.1.el10_1")), False),
}
USERLAND_PROVIDES = (
    *("/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/python3"),
    *(
        f"{name} = 99"
        for name in (
            "bash",
            "binutils",
            "coreutils",
            "dracut",
            "elfutils-libelf-devel",
            "gcc",
            "glibc",
            "kmod",
            "make",
            "python3",
            "systemd",
            "util-linux",
            "xz",
        )
    ),
)


def release_package(release: Release) -> Source:
    """Who the system says it is: dnf reads its $releasever from what provides system-release."""
    title = f"{release.version} ({release.codename})"
    fields = {
        "NAME": "Rocky Linux",
        "VERSION": title,
        "ID": "rocky",
        "ID_LIKE": "rhel centos fedora",
        "VERSION_ID": release.version,
        "PLATFORM_ID": f"platform:{release.dist}",
        "PRETTY_NAME": f"Rocky Linux {title}",
        "CPE_NAME": f"cpe:/o:rocky:rocky:{release.major}::baseos",
    }
    issue = f"Rocky Linux release {title}\n".encode()
    files = {
        "/usr/lib/os-release": ("".join(f'{key}="{value}"\n' for key, value in fields.items()).encode(), 0o644),
        "/etc/rocky-release": (issue, 0o644),
        "/etc/redhat-release": (issue, 0o644),
    }
    provides = (
        f"system-release = {release.version}",
        f"system-release(releasever) = {release.major}",
        "redhat-release",
    )
    package = Rpm("rocky-release", provides=provides, files=files)
    return Source("rocky-release", release.version, f"1.{release.dist}", (package,))


def userland(release: Release) -> Source:
    """What Debian's userland stands in for, so that dnf's solver finds it installed."""
    return Source("gpulab-userland", "1", f"1.{release.dist}", (Rpm("gpulab-userland", provides=USERLAND_PROVIDES),))


def grubby(release: Release) -> Source:
    files = {"/usr/sbin/grubby": (b"#!/usr/bin/python3\n" + (HERE / "src/grubby.py").read_bytes(), 0o755)}
    return Source("grubby", "8.40", f"80.{release.dist}", (Rpm("grubby", files=files),))


def versionlock(release: Release) -> Source:
    """dnf's plugin: the code is Debian's, the package switches it on."""
    conf = b"[main]\nenabled = 1\nlocklist = /etc/dnf/plugins/versionlock.list\n"
    folder = "/etc/dnf/plugins"
    files = {f"{folder}/versionlock.conf": (conf, 0o644), f"{folder}/versionlock.list": (b"", 0o644)}
    plugin = "/usr/lib/python3/dist-packages/dnf-plugins/versionlock.py"
    package = Rpm(
        "python3-dnf-plugin-versionlock",
        files=files,
        links={plugin: f"{USERLAND}/dnf/versionlock.py"},
        configs=tuple(files),
    )
    return Source("dnf-plugins-core", "4.3.1", f"3.{release.dist}", (package,))


AUTOMATIC_CONF = b"""[commands]
upgrade_type = default
random_sleep = 0
network_online_timeout = 60
download_updates = yes
apply_updates = no

[emitters]
emit_via = stdio
"""
AUTOMATIC = b"""#!/usr/bin/python3
import sys

import dnf.automatic.main

sys.exit(dnf.automatic.main.main(sys.argv[1:]))
"""


def automatic(release: Release) -> Source:
    """Unattended upgrades: one timer does what the configuration says, the other installs whatever it says."""
    files: parts.Files = {
        "/usr/bin/dnf-automatic": (AUTOMATIC, 0o755),
        "/etc/dnf/automatic.conf": (AUTOMATIC_CONF, 0o644),
    }
    for name, options in (("dnf-automatic", ""), ("dnf-automatic-install", " --installupdates")):
        service = (
            f"[Unit]\nDescription={name}\n\n[Service]\nType=oneshot\n"
            f"ExecStart=/usr/bin/dnf-automatic /etc/dnf/automatic.conf{options}\n"
        )
        timer = (
            f"[Unit]\nDescription={name} timer\n\n[Timer]\nOnCalendar=yearly\nPersistent=false\n\n"
            "[Install]\nWantedBy=timers.target\n"
        )
        for suffix, text in (("service", service), ("timer", timer)):
            files[f"/usr/lib/systemd/system/{name}.{suffix}"] = (text.encode(), 0o644)
    package = Rpm("dnf-automatic", files=files, configs=("/etc/dnf/automatic.conf",))
    return Source("dnf", "4.14.0", f"25.{release.dist}", (package,))


def dkms(release: Release) -> Source:
    """EPEL's dkms: the program is Debian's, told EL's place for modules."""
    hook = (
        "#!/bin/sh\n# A kernel that comes gets its modules, where its headers are there.\n"
        '[ "$1" = add ] || exit 0\n[ -d "/lib/modules/$2/build/" ] || exit 0\n'
        'exec /usr/sbin/dkms autoinstall --kernelver "$2"\n'
    )
    package = Rpm(
        "dkms",
        requires=("gcc", "kmod", "make"),
        files={
            "/etc/dkms/framework.conf": (b'addon_modules_dir="extra"\n', 0o644),
            "/usr/lib/kernel/install.d/40-dkms.install": (hook.encode(), 0o755),
        },
        links={"/usr/sbin/dkms": f"{USERLAND}/dkms/dkms"},
        scripts={"post": "mkdir -p /var/lib/dkms"},
    )
    return Source("dkms", "3.0.10", f"8.{release.dist}", (package,))


def kernels(release: Release) -> list[Source]:
    return [_kernel(version, build) for version, build in release.kernels]


def _kernel(version: str, build: str) -> Source:
    full = f"{version}-{build}"
    uname = f"{full}.x86_64"
    modules, headers = f"/usr/lib/modules/{uname}", f"/usr/src/kernels/{uname}"
    nouveau = "kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz"
    image = f"{modules}/vmlinuz"

    def package(
        part: str,
        requires: tuple[str, ...] = (),
        files: parts.Files | None = None,
        links: dict[str, str] | None = None,
        scripts: dict[str, str] | None = None,
    ) -> Rpm:
        name = f"kernel-{part}" if part else "kernel"
        tag = "kernel-uname-r" if part == "core" else f"{name}-uname-r"
        # Many of them stay beside each other, but of the one that asks for a kernel and its headers.
        beside = ("installonlypkg(kernel)",) if part != "devel-matched" else ()
        provides = (*beside, *((f"{tag} = {uname}",) if part else ()))
        return Rpm(name, requires, provides, files=files or {}, links=links or {}, scripts=scripts or {})

    return Source(
        "kernel",
        version,
        build,
        (
            package("", (f"kernel-core = {full}", f"kernel-modules = {full}")),
            package(
                "core",
                ("dracut", f"kernel-modules-core = {full}"),
                {image: (b"stand-in kernel\n", 0o755), f"{modules}/config": (b"CONFIG_MODULES=y\n", 0o644)},
                links={f"{modules}/build": headers, f"{modules}/source": "build"},
                scripts={
                    "posttrans": f"kernel-install add {uname} {image}",
                    "preun": f"kernel-install remove {uname}\nrm -f {modules}/modules.*",
                },
            ),
            package("modules", (f"kernel-modules-core = {full}",)),
            package(
                "modules-core",
                (f"kernel-core = {full}",),
                {
                    f"{modules}/{nouveau}": (lzma.compress(parts.nouveau(uname), check=lzma.CHECK_CRC32), 0o644),
                    f"{modules}/modules.order": (f"{nouveau.removesuffix('.xz')}\n".encode(), 0o644),
                    f"{modules}/modules.builtin": (b"", 0o644),
                    f"{modules}/modules.builtin.modinfo": (b"", 0o644),
                },
                scripts={"post": f"depmod -a {uname}"},
            ),
            package(
                "devel",
                (),
                {
                    f"{headers}/Makefile": (b"all:\n", 0o644),
                    f"{headers}/include/config/kernel.release": (f"{uname}\n".encode(), 0o644),
                },
            ),
            package("devel-matched", (f"kernel-core = {full}", f"kernel-devel = {full}")),
            Rpm("kernel-headers"),
        ),
    )


def fresh(release: Release) -> list[Source]:
    """What a node has before anybody does anything to it; of the kernel only what an installation has."""
    first = _kernel(*release.kernels[0])
    names = ("kernel", "kernel-core", "kernel-modules", "kernel-modules-core")
    kernel = Source(first.name, first.version, first.release, tuple(rpm for rpm in first.rpms if rpm.name in names))
    return [release_package(release), userland(release), grubby(release), kernel]


def base(release: Release) -> list[Source]:
    """The distribution's own repository."""
    return [release_package(release), grubby(release), versionlock(release), automatic(release), *kernels(release)]
