# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of NVIDIA's repositories for EL: the driver's for one release, the container toolkit's for all."""

from __future__ import annotations

import re

from lab.silicon import fabric, parts, smi
from lab.silicon.el import Release
from lab.silicon.parts import Files
from lab.silicon.rpm import Rpm, Source
from lab.silicon.toolkit import toolkit

EPOCH = 3
LIBRARIES = "/usr/lib64"
UNITS = "/usr/lib/systemd/system"
LDCONFIG = {"post": "/sbin/ldconfig", "postun": "/sbin/ldconfig"}
PERSISTENCED_UNIT = """[Unit]
Description=NVIDIA Persistence Daemon

[Service]
Type=forking
PIDFile=/var/run/nvidia-persistenced/nvidia-persistenced.pid
Restart=always
ExecStart=/usr/bin/nvidia-persistenced --verbose
ExecStopPost=/bin/rm -rf /var/run/nvidia-persistenced

[Install]
WantedBy=multi-user.target
"""
IMEX_UNIT = """[Unit]
Description=NVIDIA IMEX service
After=network-online.target
Requires=network-online.target

[Service]
User=root
ExecStart=/usr/bin/nvidia-imex -c /etc/nvidia-imex/config.cfg

[Install]
WantedBy=multi-user.target
"""
IMEX = b"""#!/bin/sh
echo 'There is no node to share memory with: /etc/nvidia-imex/nodes_config.cfg names none.' >&2
exit 1
"""
BOOT_UPDATE = b"""#!/bin/sh
# Stand-in: what the packages write on the kernel's command line, and take back.
arguments='rd.driver.blacklist=nouveau modprobe.blacklist=nouveau'
case $1 in
  post) exec grubby --update-kernel=ALL --args="$arguments" ;;
  preun) exec grubby --update-kernel=ALL --remove-args="$arguments" ;;
esac
"""


def _exactly(version: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{name} = {EPOCH}:{version}" for name in names)


def _unit_scripts(unit: str) -> dict[str, str]:
    """What systemd's macros of rpm do; a preset enables nothing."""
    reload = "[ ! -d /run/systemd/system ] || systemctl daemon-reload || :"
    return {
        "post": reload,
        "preun": f'[ "$1" -ne 0 ] || systemctl --no-reload --quiet disable --now {unit} >/dev/null 2>&1 || :',
        "postun": f'{reload}\n[ "$1" -lt 1 ] || systemctl try-restart {unit} >/dev/null 2>&1 || :',
    }


def _library(name: str, version: str) -> tuple[Files, dict[str, str]]:
    files, links = parts.library_files(name, version)

    def there(path: str) -> str:
        return path.replace(parts.LIBRARIES, LIBRARIES)

    return {there(path): file for path, file in files.items()}, {there(path): to for path, to in links.items()}


def driver(version: str, release: Release) -> Source:
    """All of one version but the modules that NVIDIA built."""
    ml, ml_links = _library("libnvidia-ml", version)
    cuda, cuda_links = _library("libcuda", version)
    common: Files = {
        "/usr/bin/nvidia-boot-update": (BOOT_UPDATE, 0o755),
        "/usr/lib/dracut/dracut.conf.d/99-nvidia.conf": (
            b'omit_drivers+=" nvidia nvidia-drm nvidia-modeset nvidia-uvm "\n',
            0o644,
        ),
        "/usr/lib/modprobe.d/nvidia.conf": (b"blacklist nouveau\nsoftdep nvidia post: nvidia-uvm\n", 0o644),
        **{
            f"/usr/lib/firmware/nvidia/{version}/{name}": (b"stand-in\n", 0o644)
            for name in ("gsp_ga10x.bin", "gsp_tu10x.bin")
        },
    }
    daemon, _scripts = parts.persistenced(PERSISTENCED_UNIT, "root")
    imex: Files = {
        "/usr/bin/nvidia-imex": (IMEX, 0o755),
        "/etc/nvidia-imex/config.cfg": (b"LOG_LEVEL=4\n", 0o644),
        "/etc/nvidia-imex/nodes_config.cfg": (b"", 0o644),
        f"{UNITS}/nvidia-imex.service": (IMEX_UNIT.encode(), 0o644),
    }
    metapackage = ("nvidia-driver", "nvidia-driver-cuda")
    rpms = (
        Rpm("nvidia-driver", _exactly(version, "nvidia-driver-libs", "nvidia-kmod-common")),
        Rpm("nvidia-driver-libs", _exactly(version, "libnvidia-cfg", "libnvidia-ml")),
        Rpm(
            "nvidia-driver-cuda",
            _exactly(version, "nvidia-driver-cuda-libs", "nvidia-kmod-common", "nvidia-persistenced"),
            files={"/usr/bin/nvidia-smi": (smi.executable(version), 0o755)},
        ),
        Rpm(
            "nvidia-driver-cuda-libs",
            _exactly(version, "libnvidia-ml"),
            files=cuda,
            links=cuda_links,
            scripts=LDCONFIG,
        ),
        Rpm("libnvidia-ml", files=ml, links=ml_links, scripts=LDCONFIG),
        Rpm("libnvidia-cfg"),
        Rpm(
            "nvidia-persistenced",
            _exactly(version, "libnvidia-cfg"),
            files=_in_usr(daemon),
            scripts=_unit_scripts("nvidia-persistenced.service"),
        ),
        Rpm("nvidia-modprobe", files={"/usr/bin/nvidia-modprobe": (b"#!/bin/sh\nexec modprobe nvidia\n", 0o755)}),
        Rpm(
            "nvidia-kmod-common",
            (*_exactly(version, "nvidia-kmod"), "nvidia-modprobe", "grubby"),
            files=common,
            arch="noarch",
            scripts={
                "post": "nvidia-boot-update post || :",
                "preun": '[ "$1" -ne 0 ] || nvidia-boot-update preun || :',
            },
        ),
        Rpm("nvidia-open", _exactly(version, *metapackage, "kmod-nvidia-open-dkms")),
        Rpm("cuda-drivers", _exactly(version, *metapackage, "nvidia-kmod")),
        Rpm(
            "nvidia-fabricmanager",
            files=_in_usr(fabric.manager(version)),
            scripts=_unit_scripts("nvidia-fabricmanager.service"),
        ),
        Rpm("nvidia-imex", files=imex, scripts=_unit_scripts("nvidia-imex.service")),
        Rpm("libnvidia-nscq"),
        Rpm("libnvsdm"),
        _dkms(version, "open", "kmod-nvidia-open-dkms", "kmod-nvidia-latest-dkms"),
        _dkms(version, "proprietary", "kmod-nvidia-latest-dkms", "kmod-nvidia-open-dkms"),
    )
    return Source("nvidia-driver", version, f"1.{release.dist}", rpms, EPOCH, "NVIDIA Corporation")


def _in_usr(files: Files) -> Files:
    return {re.sub(r"^/lib/", "/usr/lib/", path): file for path, file in files.items()}


def _dkms(version: str, flavour: str, name: str, other: str) -> Rpm:
    module = "nvidia-open" if flavour == "open" else "nvidia"
    post = f"""dkms add -m {module} -v {version} >/dev/null 2>&1 || :
for build in /lib/modules/*/build; do
  [ -d "$build/" ] || continue
  kernel=$(basename "$(dirname "$build")")
  dkms build -m {module} -v {version} -k "$kernel" -q || :
  dkms install -m {module} -v {version} -k "$kernel" -q --force || :
done"""
    return Rpm(
        name,
        (*_exactly(version, "nvidia-kmod-common"), "dkms"),
        _exactly(version, "nvidia-kmod"),
        (other,),
        parts.dkms_source(version, flavour, module),
        scripts={"post": post, "preun": f"dkms remove -m {module} -v {version} -q --all || :"},
    )


def prebuilt_name(version: str, uname: str) -> str:
    """The kernel's version without its distribution, as NVIDIA names these packages."""
    return f"kmod-nvidia-{version}-{re.sub(r'[.]el.*', '', uname)}"


def prebuilt(version: str, release: Release) -> Source:
    """Modules that NVIDIA built; an older version is not built again for a newer kernel."""
    unames = release.unames()[:1] if version == "580.159.04" else release.unames()
    rpms = []
    for uname in unames:
        path = f"/usr/lib/modules/{uname}/extra/drivers/video/nvidia/nvidia.ko"
        rpms.append(
            Rpm(
                prebuilt_name(version, uname),
                (f"kernel-uname-r = {uname}", *_exactly(version, "nvidia-kmod-common")),
                _exactly(version, "nvidia-kmod"),
                files={path: (parts.module(version, "proprietary", uname), 0o644)},
                scripts={"post": f"depmod -a {uname}", "postun": f"depmod -a {uname} || :"},
            )
        )
    return Source("kmod-nvidia", version, f"1.{release.dist}", tuple(rpms), EPOCH, "NVIDIA Corporation")


def container_toolkit(version: str) -> Source:
    """The four packages, as for Debian: one rpm serves every distribution."""
    rpms = []
    for deb in toolkit(version):
        requires = tuple(re.sub(r" \((\S+) (\S+)\)", r" \1 \2", word) for word in filter(None, deb.depends.split(", ")))
        files = {path.replace(parts.LIBRARIES, LIBRARIES): file for path, file in _in_usr(deb.files).items()}
        scripts = {"posttrans": deb.scripts["postinst"]} if deb.scripts else {}
        rpms.append(Rpm(deb.name, requires, files=files, links=deb.links, scripts=scripts))
    return Source("nvidia-container-toolkit", version, "1", tuple(rpms), vendor="NVIDIA Corporation")
