# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operand images without a registry: built once, kept as one archive, imported into each node's containerd."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from lab import CACHE, LABEL, PREFIX
from lab.cluster import chart, graphs
from lab.cluster.build import binaries, identity
from lab.host.process import run
from lab.host.progress import step
from lab.nodes import images as node_images
from lab.nodes.docker import docker

RECIPE = Path(__file__).parent / "image"
GRAPHS = ("gpu-operator", "device-plugin", "nfd")
LOADER = """#!/bin/sh
# Once per archive: the images that the cluster's pods run, since there is no registry.
set -eu
archive=/var/lib/containerd/gpulab-images.tar
key=/var/lib/containerd/gpulab-images.key
[ -f "$archive" ] || exit 0
until ctr version >/dev/null 2>&1; do sleep 0.5; done
ctr --namespace k8s.io images import "$archive"
rm -f "$archive"
mv "$key" "${key%.key}.done"
"""
UNIT = """[Unit]
Description=Images of this lab's cluster
After=containerd.service
Before=kubelet.service

[Service]
Type=oneshot
ExecStart=/usr/lib/gpulab/load-images

[Install]
WantedBy=multi-user.target
"""


def _key() -> str:
    digest = hashlib.sha256()
    for path in sorted(RECIPE.iterdir()):
        digest.update(path.read_bytes())
    for graph in GRAPHS:
        digest.update(identity(graph).encode())
    digest.update(repr(chart.image_names()).encode())
    return digest.hexdigest()[:16]


def _programs(folder: Path) -> None:
    folder.mkdir()
    for graph in GRAPHS:
        for name in graphs.GRAPHS[graph].binaries:
            path = binaries(graph) / name
            try:
                os.link(path, folder / name)
            except OSError:
                shutil.copy(path, folder / name)


def _context(folder: Path) -> None:
    shutil.copytree(RECIPE, folder, dirs_exist_ok=True)
    _programs(folder / "bin")
    module = chart.source()
    shutil.copytree(module / "assets", folder / "operator")
    shutil.copytree(module / "manifests", folder / "operator/manifests")
    crds = [
        *(module / "deployments/gpu-operator/crds").glob("*.yaml"),
        module / "deployments/gpu-operator/charts/node-feature-discovery/crds/nfd-api-crds.yaml",
    ]
    for path in crds:
        shutil.copy(path, folder / "operator")
    (folder / "validator").mkdir()
    for name in ("cuda-workload-validation.yaml", "plugin-workload-validation.yaml"):
        shutil.copy(module / "validator" / name, folder / "validator")
    run(["chmod", "-R", "u+w,a+rX", str(folder)], "collecting what the operand images hold")
    run(["gcc", "-static", "-Os", "-o", str(folder / "pause"), str(folder / "pause.c")], "compiling pause.c")


def _rename(saved: Path, target: Path, names: dict[str, list[str]]) -> None:
    """The chart's names, in the archive only: images of those names in this machine's Docker are not ours to touch."""
    with tarfile.open(saved) as old, tarfile.open(target, "w") as new:
        for member in old:
            if member.name == "repositories":
                continue
            content = old.extractfile(member)
            if member.name == "manifest.json" and content:
                manifest = json.load(content)
                for image in manifest:
                    image["RepoTags"] = list(dict.fromkeys(tag for own in image["RepoTags"] for tag in names[own]))
                data = json.dumps(manifest).encode()
                member.size = len(data)
                content = io.BytesIO(data)
            new.addfile(member, content)


def archive() -> Path:
    """All operand images in one file for `ctr images import`."""
    target = CACHE / "images" / f"operands-{_key()}.tar"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    names = chart.image_names()
    with tempfile.TemporaryDirectory(dir=target.parent) as temporary, step("operand images", "1 min"):
        folder = Path(temporary)
        _context(folder)
        node_images.ensure(["debian12"])
        ours = {f"{PREFIX}operand-{build_target}:build": tags for build_target, tags in names.items()}
        for build_target, own in zip(names, ours, strict=True):
            arguments = ["--network", "host", "--label", LABEL, "--build-arg", f"SOURCE={PREFIX}debian12:latest"]
            docker(f"image {build_target}", "build", *arguments, "--target", build_target, "--tag", own, str(folder))
        docker("saving the images", "save", "--output", str(folder / "saved.tar"), *ours)
        docker("removing the images from Docker", "rmi", *ours)
        _rename(folder / "saved.tar", Path(str(target) + ".new"), ours)
        Path(str(target) + ".new").rename(target)
        for old in target.parent.glob("operands-*.tar"):
            if old != target:
                old.unlink()
    return target
