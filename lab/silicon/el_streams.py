# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `nvidia-driver` of NVIDIA's repositories up to EL 9: which packages each stream lets through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lab.silicon.el import Release
from lab.silicon.parts import branch
from lab.silicon.rpm import Source

DEFAULT = "latest-dkms"
KMODS = {
    "open-dkms": ("kmod-nvidia-open-dkms", "nvidia-open"),
    "latest-dkms": ("kmod-nvidia-latest-dkms", "cuda-drivers"),
    "latest": ("cuda-drivers",),
}
"""What is in one kind of stream and not in the others; the modules that NVIDIA built are in `latest` alone."""
PROFILES = {"default": "nvidia-driver-cuda", "ks": "nvidia-driver-cuda", "fm": "nvidia-fabricmanager"}


def streams(versions: Sequence[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Stream → its kind, and the versions in it."""
    found = {kind: (kind, tuple(versions)) for kind in KMODS}
    for number in sorted({branch(version) for version in versions}):
        within = tuple(version for version in versions if branch(version) == number)
        for kind, suffix in (("open-dkms", "-open"), ("latest-dkms", "-dkms"), ("latest", "")):
            found[f"{number}{suffix}"] = (kind, within)
    return found


def modules_yaml(release: Release, drivers: Sequence[Source], prebuilt: Sequence[Source]) -> str:
    """modulemd's documents. JSON is YAML."""
    own = {name for names in KMODS.values() for name in names}
    documents: list[dict[str, Any]] = []
    for stream, (kind, versions) in streams([source.version for source in drivers]).items():
        others = own - set(KMODS[kind])
        artifacts = [
            f"{rpm.name}-{source.epoch}:{source.version}-{source.release}.{rpm.arch}"
            for source in (*drivers, *(prebuilt if kind == "latest" else ()))
            if source.version in versions
            for rpm in source.rpms
            if rpm.name not in others
        ]
        data = {
            "name": "nvidia-driver",
            "stream": stream,
            "version": 20260101000000,
            "context": "1ab00001",
            "arch": "x86_64",
            "summary": f"Nvidia driver for {stream} branch",
            "description": f"This package provides the most recent version of the Nvidia driver: {stream}.",
            "license": {"module": ["MIT"]},
            "dependencies": [{"requires": {"platform": [release.dist]}}],
            "profiles": {name: {"rpms": sorted({package, *KMODS[kind][-1:]})} for name, package in PROFILES.items()},
            "artifacts": {"rpms": sorted(artifacts)},
        }
        documents.append({"document": "modulemd", "version": 2, "data": data})
    default = {"module": "nvidia-driver", "stream": DEFAULT, "profiles": {DEFAULT: ["default"]}}
    documents.append({"document": "modulemd-defaults", "version": 1, "data": default})
    return "".join(f"---\n{json.dumps(document, indent=1)}\n...\n" for document in documents)
