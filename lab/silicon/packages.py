# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of the driver, under the vendors' names and with the vendors' dependencies."""

from __future__ import annotations

from typing import TypedDict, Unpack

from lab.silicon import fabric, parts, smi
from lab.silicon.deb import Deb
from lab.silicon.parts import Files, branch

VERSIONS = ("580.159.04", "580.173.02", "595.71.05")
KERNELS = {"6.8.0-90-generic": "6.8.0-90.91", "6.8.0-101-generic": "6.8.0-101.101"}
FLAVOURS = ("open", "proprietary")
LDCONFIG = {"postinst": "ldconfig", "postrm": "ldconfig"}


class More(TypedDict, total=False):
    """What only some packages have."""

    links: dict[str, str]
    scripts: dict[str, str]
    fields: dict[str, str]


def smi_file(version: str) -> Files:
    return {"/usr/bin/nvidia-smi": (smi.executable(version), 0o755)}


def firmware(version: str) -> Files:
    return {
        f"/lib/firmware/nvidia/{version}/{name}": (b"stand-in\n", 0o644) for name in ("gsp_ga10x.bin", "gsp_tu10x.bin")
    }


def exactly(version: str, *names: str) -> str:
    return ", ".join(f"{name} (= {version})" for name in names)


def debian(version: str) -> list[Deb]:
    """NVIDIA's CUDA repository for Debian 12: no branch in any name; metapackages only ask for at least a version."""
    full = f"{version}-1"
    ml, ml_links = parts.library_files("libnvidia-ml", version)
    cuda, cuda_links = parts.library_files("libcuda", version)
    daemon, user = parts.persistenced(parts.DEBIAN_UNIT, "nvpd")
    user = {
        "postinst": user["postinst"]
        + '\nif [ "$1" = configure ]; then deb-systemd-helper enable nvidia-persistenced.service >/dev/null; '
        "[ ! -d /run/systemd/system ] || deb-systemd-invoke start nvidia-persistenced.service >/dev/null || true; fi",
        "prerm": "[ ! -d /run/systemd/system ] || "
        "deb-systemd-invoke stop nvidia-persistenced.service >/dev/null || true",
    }
    source = {"Source": "nvidia-graphics-drivers"}

    def deb(name: str, depends: str = "", files: Files | None = None, **more: Unpack[More]) -> Deb:
        more["fields"] = source | more.get("fields", {})
        return Deb(name, full, depends, files or {}, **more)

    found = [
        deb("libcuda1", exactly(full, "libnvidia-ml1"), cuda, links=cuda_links, scripts=LDCONFIG),
        deb("libnvidia-ml1", "", ml, links=ml_links, scripts=LDCONFIG),
        deb("libnvidia-cfg1"),
        deb("nvidia-persistenced", exactly(full, "libnvidia-cfg1"), daemon, scripts=user),
        deb("nvidia-modprobe", "", {"/usr/bin/nvidia-modprobe": (b"#!/bin/sh\nexec modprobe nvidia\n", 0o755)}),
        deb("nvidia-kernel-support"),
        deb("firmware-nvidia-gsp", "", firmware(version)),
        deb(
            "nvidia-driver-cuda",
            exactly(full, "libcuda1", "libnvidia-ml1")
            + f", nvidia-persistenced (>= {version}), nvidia-modprobe (>= {version}), "
            f"nvidia-kernel-open-dkms (= {full}) | nvidia-kernel-dkms (= {full})",
            smi_file(version),
        ),
        deb("nvidia-driver", exactly(full, "nvidia-driver-cuda")),
        deb("nvidia-open", f"nvidia-driver-cuda (>= {full}), nvidia-kernel-open-dkms (>= {full})"),
        deb("cuda-drivers", f"nvidia-driver-cuda (>= {full}), nvidia-kernel-dkms (>= {full})"),
        *fabric.packages(version, full),
    ]
    for flavour, name, other in (
        ("open", "nvidia-kernel-open-dkms", "nvidia-kernel-dkms"),
        ("proprietary", "nvidia-kernel-dkms", "nvidia-kernel-open-dkms"),
    ):
        depends = f"dkms, {exactly(full, 'nvidia-kernel-support', 'firmware-nvidia-gsp')}"
        found.append(
            deb(
                name,
                depends,
                parts.dkms_source(version, flavour),
                scripts=parts.dkms_scripts(version),
                fields={"Conflicts": other, "Replaces": other},
            )
        )
    return found


def debian_pins() -> list[Deb]:
    """The packages by which NVIDIA keeps a system on one branch."""
    found = []
    for number in sorted({branch(version) for version in VERSIONS}):
        text = f"Package: *nvidia* cuda-drivers* libcuda1*\nPin: version {number}.*\nPin-Priority: 1001\n"
        path = f"/etc/apt/preferences.d/nvidia-driver-pinning-{number}"
        found.append(
            Deb(
                f"nvidia-driver-pinning-{number}",
                f"{number}-1",
                "",
                {path: (text.encode(), 0o644)},
                fields={"Provides": "nvidia-driver-pinning", "Conflicts": "nvidia-driver-pinning"},
            )
        )
    return found


def ubuntu(version: str) -> list[Deb]:
    """Canonical's server flavour: the branch is in every name, and the closure asks for itself exactly."""
    full = f"{version}-0ubuntu0.24.04.1"
    b = f"{branch(version)}-server"
    ml, ml_links = parts.library_files("libnvidia-ml", version)
    cuda, cuda_links = parts.library_files("libcuda", version)
    daemon, user = parts.persistenced(parts.UBUNTU_UNIT, "nvidia-persistenced")
    source = {"Source": f"nvidia-graphics-drivers-{b}"}

    def deb(name: str, depends: str = "", files: Files | None = None, only: str = "", **more: Unpack[More]) -> Deb:
        more["fields"] = source | ({"Provides": only, "Conflicts": only, "Replaces": only} if only else {})
        return Deb(name, full, depends, files or {}, **more)

    blob = f"nvidia-firmware-{b}-{version}"
    found = [
        deb(f"libnvidia-cfg1-{b}", only="libnvidia-cfg1"),
        deb(
            f"libnvidia-compute-{b}", "", ml | cuda, "libnvidia-compute", links=ml_links | cuda_links, scripts=LDCONFIG
        ),
        deb(f"libnvidia-decode-{b}", exactly(full, f"libnvidia-compute-{b}")),
        deb(f"nvidia-utils-{b}", exactly(full, f"libnvidia-compute-{b}"), smi_file(version), "nvidia-utils"),
        deb(
            f"nvidia-compute-utils-{b}",
            exactly(full, f"libnvidia-compute-{b}", f"libnvidia-cfg1-{b}"),
            daemon,
            "nvidia-compute-utils",
            scripts=user,
        ),
        deb(blob, "", firmware(version)),
        deb(
            f"nvidia-kernel-common-{b}",
            exactly(full, blob),
            {"/lib/udev/rules.d/71-nvidia.rules": (parts.UDEV_RULES.encode(), 0o644)},
            "nvidia-kernel-common",
        ),
        *fabric.packages(version, full, f"-{branch(version)}"),
    ]
    for flavour in FLAVOURS:
        suffix = "-open" if flavour == "open" else ""
        kernel_source = f"nvidia-kernel-source-{b}{suffix}"
        found += [
            deb(kernel_source, "", parts.dkms_source(version, flavour), "nvidia-kernel-source"),
            deb(
                f"nvidia-dkms-{b}{suffix}",
                f"dkms, {exactly(full, kernel_source, f'nvidia-kernel-common-{b}')}",
                {},
                "nvidia-dkms-kernel",
                scripts=parts.dkms_scripts(version),
            ),
            deb(
                f"nvidia-headless-no-dkms-{b}{suffix}",
                exactly(
                    full,
                    f"libnvidia-cfg1-{b}",
                    f"libnvidia-compute-{b}",
                    f"libnvidia-decode-{b}",
                    f"nvidia-compute-utils-{b}",
                    f"nvidia-kernel-common-{b}",
                    kernel_source,
                ),
            ),
            deb(
                f"nvidia-headless-{b}{suffix}",
                exactly(full, f"nvidia-headless-no-dkms-{b}{suffix}", f"nvidia-dkms-{b}{suffix}"),
            ),
            deb(
                f"nvidia-driver-{b}{suffix}",
                exactly(full, f"nvidia-headless-no-dkms-{b}{suffix}", f"nvidia-utils-{b}")
                + f", nvidia-dkms-{b}{suffix}",
            ),
        ]
        found += _prebuilt(version, flavour, f"{b}{suffix}")
    return found


def _prebuilt(version: str, flavour: str, name: str) -> list[Deb]:
    """linux-modules-nvidia-*: the version is the kernel's; a newer driver gets a newer build of it."""
    rebuild = [v for v in VERSIONS if branch(v) == branch(version)].index(version)
    common = f"nvidia-kernel-common-{branch(version)}-server"
    other = name.removesuffix("-open") if flavour == "open" else f"{name}-open"
    found = []
    for kernel, base in KERNELS.items():
        full = f"{base}+{rebuild}" if rebuild else base
        package = f"linux-modules-nvidia-{name}-{kernel}"
        path = f"/lib/modules/{kernel}/kernel/nvidia-{name}/nvidia.ko"
        depends = f"linux-image-{kernel}, {common} (>= {version}), {common} (<< {version}-1)"
        run = f"depmod {kernel}\ndpkg-trigger --no-await update-initramfs || true"
        found.append(
            Deb(
                package,
                full,
                depends,
                {path: (parts.module(version, flavour, kernel), 0o644)},
                scripts={"postinst": run, "postrm": f"depmod {kernel} || true"},
                fields={
                    "Source": "linux-restricted-modules",
                    "Conflicts": f"linux-modules-nvidia-{other}-{kernel}",
                    "Replaces": f"linux-modules-nvidia-{other}-{kernel}",
                },
            )
        )
    newest = next(iter(KERNELS))
    full = f"{KERNELS[newest]}+{rebuild}" if rebuild else KERNELS[newest]
    found.append(
        Deb(
            f"linux-modules-nvidia-{name}-generic",
            full,
            f"linux-modules-nvidia-{name}-{newest} (= {full})",
            fields={"Source": "linux-restricted-modules"},
        )
    )
    return found


def _hooks(folder: str, *arguments: str) -> str:
    """What other packages do for a kernel: an initramfs, and with DKMS the modules."""
    words = " ".join(f"--arg={argument}" for argument in arguments)
    return f"[ ! -d /etc/kernel/{folder} ] || run-parts --report --exit-on-error {words} /etc/kernel/{folder}"


def kernel_metapackages(flavour: str, kernel: str, version: str) -> list[Deb]:
    """What brings each new kernel, and what brings its headers."""
    return [Deb(f"linux-{kind}-{flavour}", version, f"linux-{kind}-{kernel}") for kind in ("image", "headers")]


def kernel_packages(kernel: str, version: str) -> list[Deb]:
    """A stand-in kernel: a name, modules that modinfo can read, headers that dkms finds."""
    modules, headers = f"/lib/modules/{kernel}", f"/usr/src/linux-headers-{kernel}"
    files: Files = {
        f"{modules}/kernel/drivers/gpu/drm/nouveau/nouveau.ko": (parts.nouveau(kernel), 0o644),
        f"{modules}/modules.builtin": (b"", 0o644),
        f"{modules}/modules.order": (b"kernel/drivers/gpu/drm/nouveau/nouveau.ko\n", 0o644),
    }
    image = {
        f"/boot/vmlinuz-{kernel}": (b"stand-in kernel\n", 0o600),
        f"/boot/config-{kernel}": (b"CONFIG_RD_GZIP=y\nCONFIG_RD_ZSTD=y\nCONFIG_MODULES=y\n", 0o644),
    }
    made = {
        "postinst": f"depmod {kernel}\n{_hooks('postinst.d', kernel, f'/boot/vmlinuz-{kernel}')}",
        "postrm": f"rm -f /boot/initrd.img-{kernel}",
    }
    source = {
        f"{headers}/Makefile": (b"all:\n", 0o644),
        f"{headers}/include/config/auto.conf": (b"CONFIG_MODULES=y\n", 0o644),
    }
    depends = f"linux-modules-{kernel} (= {version}), initramfs-tools, kmod"
    return [
        Deb(f"linux-modules-{kernel}", version, "", files),
        Deb(f"linux-image-{kernel}", version, depends, image, scripts=made, fields={"Provides": "linux-image"}),
        Deb(
            f"linux-headers-{kernel}",
            version,
            "",
            source,
            {f"{modules}/build": headers},
            scripts={"postinst": _hooks("header_postinst.d", kernel)},
            fields={"Provides": "linux-headers"},
        ),
    ]


def ubuntu_kernels() -> list[Deb]:
    """Those of the Ubuntu stand-in, and what brings them."""
    found = [deb for kernel, version in KERNELS.items() for deb in kernel_packages(kernel, version)]
    kernel, version = next(iter(KERNELS.items()))
    return found + kernel_metapackages("generic", kernel, version.replace("-90.", ".90."))
