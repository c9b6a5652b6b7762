# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node images: debootstrap once per machine (kept in the cache), then one Docker image per kind of node.

Each image is tagged with a key of all that went into it, and `latest` follows; what has its key is not built again.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lab import CACHE, GATEWAY, LABEL, PREFIX, LabError, silicon
from lab.host import apt
from lab.host.locks import alone
from lab.host.process import run
from lab.host.progress import step
from lab.nodes.docker import ask, docker, image_exists
from lab.silicon import el, el_repository, packages, repository
from lab.silicon.deb import Deb

SUITE = "bookworm"
TARGETS = {
    "debian12": "Debian 12, containerd",
    "ubuntu24": "Ubuntu 24.04 stand-in, containerd",
    "ubuntu24-docker": "Ubuntu 24.04 stand-in, Docker; containerd with CRI switched off",
    "el9": "EL 9 stand-in, containerd",
    "el10": "EL 10 stand-in, containerd",
}
DOCKERFILES = {"el9": "Dockerfile.el", "el10": "Dockerfile.el"}
"""The builder that every Engine has builds all stages before the wanted one: what shares nothing lies apart."""
CONTEXT = Path(__file__).parent / "image"
BASE_KEY = hashlib.sha256(f"{SUITE} minbase ca-certificates".encode()).hexdigest()[:12]
BASE = f"{PREFIX}base:{BASE_KEY}"


def check(target: str) -> None:
    if target not in TARGETS:
        raise LabError("choosing an image", f"no OS {target!r}; there are: {', '.join(TARGETS)}")


def tag(target: str) -> str:
    check(target)
    return f"{PREFIX}{target}:latest"


def ensure(targets: Iterable[str]) -> None:
    """Build what is missing, in the order of the Dockerfile's stages."""
    wanted = set(targets)
    with alone("images"), tempfile.TemporaryDirectory(prefix="gpulab-context-") as folder:
        _ensure_base()
        context = Path(folder) / "context"
        key = _make_context(context)
        for target, what in TARGETS.items():
            if target in wanted and not image_exists(f"{PREFIX}{target}:{key}"):
                with step(f"building the image of {what}", "1 to 3 min the first time"):
                    _build(context, target, key)


def _build(context: Path, target: str, key: str) -> None:
    keyed, latest = f"{PREFIX}{target}:{key}", tag(target)
    file = context / DOCKERFILES.get(target, "Dockerfile")
    arguments = ["--build-arg", f"BASE={BASE}", "--file", str(file), "--target", target, "--label", LABEL]
    run(
        # The network of the host: the archive is then reached as this machine reaches it.
        ["docker", "build", "--network", "host", *arguments, "--tag", keyed, "--tag", latest, str(context)],
        f"building {keyed}",
        # The builder that every Engine has; BuildKit's client is a package of its own on Debian.
        env={"DOCKER_BUILDKIT": "0"},
    )
    _forget_older(target, key)


def _forget_older(target: str, key: str) -> None:
    """Remove the images that this one replaces; Docker keeps those that a container still uses."""
    repository = f"{PREFIX}{target}"
    tags = docker("listing images", "image", "ls", "--format", "{{.Tag}}", repository).split()
    for old in sorted(set(tags) - {key, "latest", "<none>"}):
        ask("image", "rm", f"{repository}:{old}")


def _ensure_base() -> None:
    if image_exists(BASE):
        return
    kept = CACHE / "images" / f"base-{SUITE}-{BASE_KEY}.tar.gz"
    if not kept.exists():
        with step(f"debootstrap of {SUITE}", "1 min"):
            _debootstrap(kept)
    with step("importing the base image", "5 s"):
        docker("importing the base image", "import", "--change", f"LABEL {LABEL.replace('=', ' ')}", str(kept), BASE)


def _debootstrap(kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    name = "making the base image"
    with tempfile.TemporaryDirectory(prefix="debootstrap-", dir=kept.parent) as folder:
        tree = Path(folder) / "tree"
        mirror = apt.mirror()
        source = [mirror] if mirror else []
        run(["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, str(tree), *source], name)
        (tree / "etc/apt/sources.list").write_text(apt.sources(SUITE, tree))
        shutil.rmtree(tree / "var/cache/apt/archives")
        part = Path(folder) / kept.name
        run(["tar", "--create", "--gzip", "--numeric-owner", "--file", str(part), "--directory", str(tree), "."], name)
        part.rename(kept)


def _make_context(context: Path) -> str:
    """Fill the build's context; a key of all that is in it and of the base."""
    shutil.copytree(CONTEXT, context)
    (context / "apt/apt.conf.d").mkdir(parents=True)
    (context / "apt/apt.conf.d/01gpulab").write_text(apt.settings())
    for deb in _stand_in_kernel():
        _write(context / "kernel-ubuntu24" / deb.filename, deb.build(), 0o644)
    for release in el.RELEASES.values():
        folder = context / f"rpms-{release.dist}"
        folder.mkdir()
        for file in el_repository.node_packages(release, repository.GNUPG, repository.fingerprint()):
            shutil.copy(file, folder)
    _write(context / "el-repositories/etc/dnf/vars/gpulab", f"{GATEWAY}:{repository.PORT}\n".encode(), 0o644)
    for path, (content, mode) in silicon.node_files().items():
        _write(context / "silicon" / path.lstrip("/"), content, mode)
    _write(context / "silicon/usr/lib/gpulab/silicon-setup", silicon.node_setup().encode() + b"\n", 0o644)
    digest = hashlib.sha256(BASE.encode())
    for file in sorted(file for file in context.rglob("*") if file.is_file()):
        for part in (str(file.relative_to(context)), oct(file.stat().st_mode)):
            digest.update(part.encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _stand_in_kernel() -> list[Deb]:
    """The kernel that a fresh stand-in has: the oldest; the newer ones are upgrades."""
    _fresh, *upgrades = packages.KERNELS
    return [deb for deb in packages.ubuntu_kernels() if not deb.name.endswith(tuple(upgrades))]


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
