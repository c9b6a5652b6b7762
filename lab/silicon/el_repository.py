# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rpm repositories, laid out like the vendors'."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.host.process import run
from lab.silicon import el, el_driver, el_streams, rpm, toolkit
from lab.silicon.rpm import Source

KEY_FILES = {9: "D42D0685.pub", 10: "CDF6BA43.pub"}
"""The names of NVIDIA's keys; what they hold is the lab's."""
Sign = Callable[[Path], None]


def sources(versions: Sequence[str]) -> dict[str, list[Source]]:
    """Folder → what is in it."""
    found = {"toolkit/stable/rpm/x86_64": [el_driver.container_toolkit(version) for version in toolkit.VERSIONS]}
    for major, release in el.RELEASES.items():
        drivers = [el_driver.driver(version, release) for version in versions]
        prebuilt = [el_driver.prebuilt(version, release) for version in versions] if release.modular else []
        found[f"cuda/rhel{major}/x86_64"] = [*drivers, *prebuilt]
        found[f"el{major}/BaseOS/x86_64/os"] = el.base(release)
        found[f"epel/{major}/Everything/x86_64"] = [el.dkms(release)]
    return found


def publish(into: Path, versions: Sequence[str], gnupg: Path, signer: str, sign: Sign) -> None:
    """Build what is not in the cache, and make the folders; `sign` writes an armoured signature beside a file."""
    wanted = sources(versions)
    built = rpm.build((source for group in wanted.values() for source in group), gnupg, signer)
    for path, group in wanted.items():
        folder = into / path
        folder.mkdir(parents=True)
        for source in group:
            for file in built[rpm.name(source)]:
                _place(file, folder / file.name)
        run(["createrepo_c", "--quiet", "--simple-md-filenames", str(folder)], f"indexing {path}")
    for major, release in el.RELEASES.items():
        if release.modular:
            folder = into / f"cuda/rhel{major}/x86_64"
            group = wanted[f"cuda/rhel{major}/x86_64"]
            text = el_streams.modules_yaml(
                release,
                [source for source in group if source.name == "nvidia-driver"],
                [source for source in group if source.name == "kmod-nvidia"],
            )
            (folder / "modules.yaml").write_text(text)
            run(
                ["modifyrepo_c", "--mdtype=modules", str(folder / "modules.yaml"), str(folder / "repodata")],
                "adding the module streams",
            )
    for path in wanted:
        sign(into / path / "repodata/repomd.xml")


def publish_keys(into: Path, key: str) -> None:
    for major, name in KEY_FILES.items():
        (into / f"cuda/rhel{major}/x86_64" / name).write_text(key)
    (into / "toolkit/gpgkey").write_text(key)


def node_packages(release: el.Release, gnupg: Path, signer: str) -> list[Path]:
    """What a fresh node's image is made with."""
    return [file for files in rpm.build(el.fresh(release), gnupg, signer).values() for file in files]


def _place(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
