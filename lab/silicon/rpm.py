# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds and signs rpm packages by rpmbuild; what was built from the same content is taken from the cache."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from lab import CACHE
from lab.host.process import run

KEPT = CACHE / "rpm"
HEAD = """%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%global _build_id_links none
%global _binary_payload w1.gzdio
Name: {name}
{epoch}Version: {version}
Release: {release}
License: GPL-3.0-or-later
Vendor: {vendor}
"""
INSTALL = """%install
cp -a {tree}/. %{{buildroot}}/
"""


@dataclass(frozen=True)
class Rpm:
    """One binary package.

    `files` is path → content and mode, `links` is path → target, `scripts` is `post`, `preun`, … → shell.
    """

    name: str
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    configs: tuple[str, ...] = ()
    arch: str = "x86_64"

    def preamble(self) -> str:
        lines = [f"Summary: stand-in for {self.name}", "AutoReqProv: no"]
        lines += ["BuildArch: noarch"] if self.arch == "noarch" else []
        for tag, values in (("Requires", self.requires), ("Provides", self.provides), ("Conflicts", self.conflicts)):
            lines += [f"{tag}: {value}" for value in values]
        return "\n".join([*lines, ""])

    def sections(self, named: str) -> str:
        """The rest; `named` says in each whose section it is."""
        lines = [f"%description{named}", f"A stand-in for {self.name}, without silicon."]
        for when, text in self.scripts.items():
            lines += [f"%{when}{named}", text.replace("%", "%%")]
        lines.append(f"%files{named}")
        for path, (_content, mode) in sorted(self.files.items()):
            lines.append(f"{'%config(noreplace) ' if path in self.configs else ''}%attr({mode:04o},root,root) {path}")
        return "\n".join([*lines, *sorted(self.links), ""])


@dataclass(frozen=True)
class Source:
    """What is built together, with one version."""

    name: str
    version: str
    release: str
    rpms: tuple[Rpm, ...]
    epoch: int = 0
    vendor: str = "baremetal.gpu lab"

    def spec(self, tree: str) -> str:
        epoch = f"Epoch: {self.epoch}\n" if self.epoch else ""
        head = HEAD.format(name=self.name, version=self.version, release=self.release, epoch=epoch, vendor=self.vendor)
        main = [rpm for rpm in self.rpms if rpm.name == self.name]
        text = head + (main[0].preamble() if main else f"Summary: source of {self.name}\n")
        text += main[0].sections("") if main else "%description\nNothing by itself.\n"
        for rpm in self.rpms:
            if rpm.name != self.name:
                text += f"%package -n {rpm.name}\n{rpm.preamble()}{rpm.sections(f' -n {rpm.name}')}"
        return text + INSTALL.format(tree=tree)

    def key(self, signer: str) -> str:
        digest = hashlib.sha256((signer + self.spec("TREE")).encode())
        for rpm in self.rpms:
            for path, (content, _mode) in sorted(rpm.files.items()):
                digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
            digest.update(repr(sorted(rpm.links.items())).encode())
        return digest.hexdigest()[:12]


def build(sources: Iterable[Source], gnupg: Path, signer: str) -> dict[str, list[Path]]:
    """The signed packages of each source, by the source's name, version and release."""
    wanted = list(sources)
    KEPT.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(4) as pool:
        built = pool.map(lambda source: _build(source, gnupg, signer), wanted)
    return {name(source): files for source, files in zip(wanted, built, strict=True)}


def name(source: Source) -> str:
    return f"{source.name}-{source.version}-{source.release}"


def _build(source: Source, gnupg: Path, signer: str) -> list[Path]:
    kept = KEPT / f"{name(source)}-{source.key(signer)}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=KEPT, prefix="building-") as folder:
            made = _rpmbuild(source, Path(folder), gnupg, signer)
            try:
                made.rename(kept)
            except OSError:  # Another lab was quicker, with the same content.
                shutil.rmtree(made)
    return sorted(kept.glob("*.rpm"))


def _rpmbuild(source: Source, folder: Path, gnupg: Path, signer: str) -> Path:
    tree, out = folder / "tree", folder / "out"
    tree.mkdir()
    out.mkdir()
    for rpm in source.rpms:
        for path, (content, mode) in rpm.files.items():
            target = tree / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
        for path, pointed in rpm.links.items():
            target = tree / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(pointed)
    spec = folder / "package.spec"
    spec.write_text(source.spec(str(tree)))
    step = f"building the rpm packages of {source.name}"
    places = {
        "_topdir": folder / "top",
        "_rpmdir": out,
        "_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    }
    defines = [word for key, value in places.items() for word in ("--define", f"{key} {value}")]
    run(["rpmbuild", "-bb", "--quiet", "--target", "x86_64", *defines, str(spec)], step)
    signing = {"_gpg_name": signer, "_gpg_path": gnupg, "__gpg": shutil.which("gpg")}
    key = [word for macro, value in signing.items() for word in ("--define", f"{macro} {value}")]
    run(["rpmsign", *key, "--addsign", *map(str, sorted(out.glob("*.rpm")))], f"signing {source.name}")
    return out
