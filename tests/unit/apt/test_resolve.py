# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A driver request resolved against a small archive that behaves like apt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.resolve import Resolver
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError, NotAvailableError
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSIONS = ("595.71.05-1", "580.173.02-1", "580.159.04-1")
Depends = Dict[str, Optional[str]]
"""Package → the version it demands, `=` for its own, None for any."""


class Archive:
    """Answers `apt-cache madison` and `apt-get --simulate install` like apt: the newest that nothing else demands."""

    def __init__(
        self, packages: Mapping[str, tuple[Sequence[str], Depends]], installed: Mapping[str, str] | None = None
    ) -> None:
        self.packages = packages
        self.installed = dict(installed or {})
        self.commands: list[list[str]] = []

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        self.commands.append(list(argv))
        if argv[:2] == ["apt-cache", "madison"]:
            lines = [
                f" {name} | {version} | http://mirror ./ Packages"
                for name in argv[2:]
                if name in self.packages
                for version in self.packages[name][0]
            ]
            return Result(0, "\n".join(lines) + "\n", "")
        words = [word for word in argv[argv.index("install") + 1 :] if not word.endswith("-")]
        leaving = {word[:-1] for word in argv if word.endswith("-") and not word.startswith("-")}
        pin = Path(argv[2].partition("=")[2]).read_text().partition("Pin: version ")[2].split("-*")[0]
        chosen: dict[str, str] = {}
        parts = [word.partition("=") for word in words]
        asked = {name: version for name, _equals, version in parts if version}
        queue: list[tuple[str, str | None]] = [(name, version or None) for name, _equals, version in parts]
        for name, version in queue:
            pinned = next((v for v in self.packages[name][0] if v.startswith(pin + "-")), None)
            picked = version or chosen.get(name) or pinned or self.packages[name][0][0]
            if chosen.setdefault(name, picked) != picked:
                return Result(
                    100, "", f"E: Unable to correct problems: {name} is wanted at {picked} and at {chosen[name]}"
                )
            for dependency, demand in self.packages[name][1].items():
                wanted = picked if demand == "=" else demand
                queue.append((dependency, wanted or asked.get(dependency) or self.installed.get(dependency)))
        clash = leaving & set(chosen)
        if clash:
            return Result(100, "", f"E: Unable to correct problems: {clash} is to come and to go")
        out = "".join(f"Remv {name} [1.0]\n" for name in sorted(leaving & set(self.installed)))
        out += "".join(f"Inst {n} ({v} mirror [amd64])\n" for n, v in chosen.items() if self.installed.get(n) != v)
        return Result(0, out, "")


DEBIAN: dict[str, tuple[Sequence[str], Depends]] = {
    "nvidia-driver-cuda": (VERSIONS, {"libcuda1": "=", "nvidia-persistenced": None}),
    "libcuda1": (VERSIONS, {}),
    "nvidia-persistenced": (VERSIONS, {}),
    "nvidia-kernel-open-dkms": (VERSIONS, {}),
    "linux-headers-6.1.0-41-amd64": (["6.1.158-1"], {}),
}
ROOTS: list[dict[str, Any]] = [
    {"name": "nvidia-driver-cuda", "version": "580.159.04"},
    {"name": "nvidia-kernel-open-dkms", "version": "580.159.04"},
    {"name": "linux-headers-6.1.0-41-amd64", "version": None},
]


def resolver(archive: Archive, stack: str = "nvidia_driver") -> Resolver:
    return Resolver(archive, STACKS[stack])  # type: ignore[arg-type]  # streams are not used here


def test_what_would_stray_to_a_newer_branch_is_named_at_the_version_asked_for() -> None:
    resolved = resolver(Archive(DEBIAN)).resolve(ROOTS, {}, "580.159.04")
    assert set(resolved.install) == {
        "nvidia-driver-cuda=580.159.04-1",
        "nvidia-kernel-open-dkms=580.159.04-1",
        "nvidia-persistenced=580.159.04-1",
        "libcuda1=580.159.04-1",
        "linux-headers-6.1.0-41-amd64=6.1.158-1",
    }
    assert {i.new for i in resolved.transaction.installs} == {"580.159.04-1", "6.1.158-1"}


def test_what_follows_the_kernel_comes_at_the_kernels_version_where_that_is_offered() -> None:
    archive = Archive({**DEBIAN, "linux-headers-amd64": (["6.1.162-1", "6.1.158-1"], {})})
    for preferred, comes in (("6.1.158-1", "6.1.158-1"), ("6.1.148-1", "6.1.162-1")):
        root = {"name": "linux-headers-amd64", "version": None, "optional": True, "preferred": preferred}
        resolved = resolver(archive).resolve([*ROOTS, root], {}, "580.159.04")
        assert f"linux-headers-amd64={comes}" in resolved.install


def test_a_branch_takes_its_newest_version_for_the_whole_closure() -> None:
    resolved = resolver(Archive(DEBIAN)).resolve(ROOTS, {}, "580")
    assert resolved.version == "580.173.02"
    assert "nvidia-driver-cuda=580.173.02-1" in resolved.install


def test_nothing_to_do_when_everything_is_there() -> None:
    installed = {**dict.fromkeys(DEBIAN, "580.159.04-1"), "linux-headers-6.1.0-41-amd64": "6.1.158-1"}
    assert resolver(Archive(DEBIAN, installed)).resolve(ROOTS, {"libcuda1": "580.159.04"}, "580.159.04").install == ()


def test_an_unknown_version_names_the_variable_and_what_there_is() -> None:
    with pytest.raises(
        NotAvailableError,
        match=r"nvidia_driver_version 580\.1\.1: no source has nvidia-driver-cuda .* 595\.71\.05, 580\.173\.02, "
        r"580\.159\.04",
    ):
        resolver(Archive(DEBIAN)).resolve(ROOTS, {}, "580.1.1")


def test_a_package_that_no_source_has_is_named() -> None:
    with pytest.raises(NotAvailableError, match="no package source has nvidia-driver-cuda, nvidia-kernel-open-dkms"):
        resolver(Archive({"linux-headers-6.1.0-41-amd64": (["6.1.158-1"], {})})).resolve(ROOTS, {}, "580.159.04")


def test_modules_that_follow_the_kernel_are_taken_in_the_build_that_fits() -> None:
    modules = "linux-modules-nvidia-580-server-open-generic"
    archive = Archive(
        {
            "nvidia-headless-no-dkms-580-server-open": (
                ["580.173.02-0ubuntu1", "580.159.04-0ubuntu1"],
                {"nvidia-kernel-common-580-server": "="},
            ),
            "nvidia-kernel-common-580-server": (["580.173.02-0ubuntu1", "580.159.04-0ubuntu1"], {}),
            modules: (["6.8.0-90.91+1", "6.8.0-90.91"], {}),
        }
    )
    newest = dict(archive.packages)
    newest[modules] = (newest[modules][0], {"nvidia-kernel-common-580-server": "580.173.02-0ubuntu1"})
    oldest = dict(archive.packages)

    def run(argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        archive.packages = oldest if f"{modules}=6.8.0-90.91" in argv else newest
        return Archive.run(archive, argv, timeout=timeout)

    archive.run = run  # type: ignore[method-assign]  # the depends of a package differ by its version
    roots: list[dict[str, Any]] = [
        {"name": "nvidia-headless-no-dkms-580-server-open", "version": "580.159.04"},
        {"name": modules, "version": None},
    ]
    assert f"{modules}=6.8.0-90.91" in resolver(archive).resolve(roots, {}, "580.159.04").install


def test_a_dependency_that_no_source_has_at_that_version_stops_it() -> None:
    packages = dict(DEBIAN, **{"nvidia-persistenced": (["595.71.05-1"], {})})
    with pytest.raises(GpuError, match=r"would bring nvidia-persistenced 595\.71\.05-1"):
        resolver(Archive(packages)).resolve(ROOTS, {}, "580.159.04")


def test_a_set_that_cannot_be_had_together_says_what_apt_said() -> None:
    packages = dict(DEBIAN)
    packages["nvidia-kernel-open-dkms"] = (VERSIONS, {"libcuda1": "595.71.05-1"})
    with pytest.raises(GpuError, match=r"apt cannot install 580\.159\.04 together: E: Unable to correct problems"):
        resolver(Archive(packages)).resolve(ROOTS, {}, "580.159.04")


def test_what_has_no_build_at_the_version_asked_for_leaves_by_name() -> None:
    old = {"nvidia-utils-580": "580.159.04", "nvidia-settings": "510.47.03-0ubuntu1", "libcuda1": "580.159.04"}
    installed = {"nvidia-utils-580": "580.159.04-1", "libcuda1": "580.159.04-1"}
    resolved = resolver(Archive(DEBIAN, installed)).resolve(ROOTS, old, "595.71.05")
    assert resolved.leaving == ("nvidia-utils-580-",)
    assert resolved.transaction.removals == ("nvidia-utils-580",)
    assert "libcuda1=595.71.05-1" in resolved.install


def test_what_no_source_has_is_left_out_where_it_is_optional() -> None:
    pinning = {"name": "nvidia-driver-pinning-580", "version": None, "optional": True}
    assert resolver(Archive(DEBIAN)).resolve([*ROOTS, pinning], {}, "580").version == "580.173.02"
    with_it = {**DEBIAN, "nvidia-driver-pinning-580": (["580-1"], {})}
    assert "nvidia-driver-pinning-580=580-1" in resolver(Archive(with_it)).resolve([*ROOTS, pinning], {}, "580").install


class Mended(Archive):
    """What installed packages need is gone, and apt installs nothing that does not bring it back by name."""

    lost = "libcuda1"

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if argv[1] == "madison" or any(word.startswith(self.lost + "=") for word in argv):
            return super().run(argv, timeout=timeout)
        self.commands.append(list(argv))
        said = (
            f" nvidia-smi : Depends: {self.lost} (= 580.159.04-1) but it is not going to be installed\n"
            "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).\n"
        )
        return Result(100, "", said)


@pytest.mark.parametrize("version", ["580.159.04", "595.71.05"])
def test_what_was_removed_by_force_comes_back_at_the_version_asked_for(version: str) -> None:
    roots = [{**root, "version": root["version"] and version} for root in ROOTS]
    assert f"libcuda1={version}-1" in resolver(Mended(DEBIAN)).resolve(roots, {}, version).install


def test_what_the_driver_lost_does_not_hinder_the_toolkit() -> None:
    """In check mode the driver's role has not mended it yet."""
    toolkit = "nvidia-container-toolkit"
    archive = Mended({**DEBIAN, toolkit: (["1.20.0-1"], {})})
    roots: list[dict[str, Any]] = [{"name": toolkit, "version": "1.20.0"}]
    resolved = resolver(archive, "nvidia_container_toolkit").resolve(roots, {}, "1.20.0")
    assert resolved.install == (f"{toolkit}=1.20.0-1", "libcuda1=580.159.04-1")


def test_what_no_source_can_bring_back_is_named() -> None:
    archive = Mended(DEBIAN)
    archive.lost = "libnvidia-cfg1"
    with pytest.raises(GpuError, match=r"Depends: libnvidia-cfg1 \(= 580\.159\.04-1\) but it is not"):
        resolver(archive).resolve(ROOTS, {}, "580.159.04")
