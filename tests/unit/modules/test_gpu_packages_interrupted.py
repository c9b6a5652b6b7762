# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages that were left half-way, by us or by somebody else, and those that somebody is at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils import _busy as busy
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..observe.fakes import make_root
from .apt_node import HEADERS, SPOILED, Node
from .conftest import Run
from .test_gpu_packages import AT, DRIVER, NAME, NAMES, node
from .test_gpu_packages_beside import RECORD

__all__ = ["node"]
pytest.importorskip("ansible", reason="the modules need ansible-core")

ABSENT: dict[str, Any] = {"stack": "nvidia_driver", "state": "absent"}
LOCKS = "1: POSIX  ADVISORY  WRITE 4711 08:01:{} 0 EOF\n"


def test_what_dpkg_cannot_configure_apt_fetches_again(run: Run, node: Node) -> None:
    node.installed, node.held = dict(AT), set(NAMES)
    node.half = node.lost = {"libcuda1"}
    assert run(NAME, **DRIVER)["changed"] is True
    [command] = [argv for argv in node.did("install") if argv[0] == "env"]
    assert {"--fix-broken", "libcuda1=580.159.04-1"} <= set(command)
    # An upgrade that was cut off has it at the old version else.
    assert all("libcuda1" in argv for argv in node.did("apt-cache", "madison"))
    assert (node.half, node.held) == (set(), set(NAMES))
    assert run(NAME, **DRIVER)["changed"] is False


@pytest.mark.parametrize("missing", [(), ("nvidia-persistenced",)], ids=["all there", "one to come"])
def test_what_dpkg_wants_unpacked_anew_is_installed_again_at_its_version(
    run: Run, node: Node, missing: tuple[str, ...]
) -> None:
    """It was killed between the last file and the note about it; apt says that the newest version is there."""
    node.installed = {name: version for name, version in {**AT, "dkms": "3.0.10-8"}.items() if name not in missing}
    node.spoiled = {"nvidia-driver-cuda", "dkms"}
    assert run(NAME, **DRIVER)["changed"] is True
    [command] = node.did("install")
    assert {"--reinstall", "nvidia-driver-cuda=580.159.04-1", "dkms=3.0.10-8"} <= set(command)
    assert "libcuda1=580.159.04-1" not in command
    assert (node.spoiled, node.held) == (set(), set(NAMES))
    assert run(NAME, **DRIVER)["changed"] is False


def test_an_upgrade_unpacks_it_anyway(run: Run, node: Node) -> None:
    node.installed = {**dict.fromkeys(NAMES, "570.86.15-1"), HEADERS: "6.1.158-1"}
    node.spoiled = {"libcuda1"}
    run(NAME, **DRIVER)
    assert "libcuda1=570.86.15-1" not in node.did("install")[0]


def test_an_error_of_dpkg_says_its_reason(run: Run, node: Node) -> None:
    node.answers["env"] = Result(100, SPOILED.format("libcuda1") + "\nSetting up x\n", "E: Sub-process\n")
    msg = run(NAME, **DRIVER)["msg"]
    assert "libcuda1 (--configure): package is in a very bad inconsistent state E: Sub-process" in msg


def test_what_is_not_of_the_stack_is_mended_too_or_named(run: Run, node: Node) -> None:
    node.installed, node.held = {**AT, "postgresql": "15-1"}, set(NAMES)
    node.half = node.lost = {"postgresql"}
    assert run(NAME, **DRIVER)["changed"] is True
    assert "--no-remove" in node.did("install")[0]
    node.half = node.lost = node.stuck = {"postgresql"}
    assert "apt ended well, but postgresql are not configured. Mend them" in run(NAME, **DRIVER)["msg"]


def test_what_only_apt_brings_to_mend_it_comes_without_a_removal(run: Run, node: Node) -> None:
    node.installed, node.held = {**AT, "postgresql": "15-1"}, set(NAMES)
    node.half = node.lost = {"postgresql"}
    node.answers["--simulate"] = Result(0, "Inst postgresql (15-1 mirror [amd64])\n", "")
    assert run(NAME, **DRIVER)["changed"] is True
    assert "--no-remove" in node.did("install")[0]


def test_what_is_there_is_locked_again_when_an_upgrade_fails(run: Run, node: Node) -> None:
    node.installed = dict.fromkeys(NAMES, "570.86.15-1")
    node.answers["env"] = Result(100, "", "E: half-way\n")
    assert "E: half-way" in run(NAME, **DRIVER)["msg"]
    assert node.held == set(NAMES)


def test_what_is_there_is_locked_again_also_when_apt_says_that_all_is_well(run: Run, node: Node) -> None:
    """An installation at a new version takes the hold away."""
    node.installed, node.held = dict.fromkeys(NAMES, "570.86.15-1"), set(NAMES)
    node.loses, node.unholds = {"libcuda1"}, True
    assert "dpkg does not have them so" in run(NAME, **DRIVER)["msg"]
    assert node.held == set(NAMES)
    assert "and left libcuda1" in run(NAME, **ABSENT)["msg"]
    assert (set(node.installed) & set(NAMES), node.held & set(node.installed)) == ({"libcuda1"}, {"libcuda1"})


def test_half_of_the_stack_goes_as_well(run: Run, node: Node) -> None:
    node.installed = {"nvidia-kernel-open-dkms": "580.159.04-1"}
    node.half = {"nvidia-kernel-open-dkms"}
    assert run(NAME, check=True, **ABSENT)["removals"] == ["nvidia-kernel-open-dkms"]
    assert run(NAME, **ABSENT)["changed"] is True
    [command] = node.did("--purge")
    assert "--force-remove-reinstreq" in command and "apt-get" not in command
    assert run(NAME, **ABSENT)["changed"] is False


def test_what_came_with_an_interrupted_installation_goes_as_well(run: Run, node: Node, tmp_path: Path) -> None:
    make_root(tmp_path, {"/" + RECORD: '{"dkms": "came", "gcc": "came"}'})
    node.installed = {"nvidia-kernel-open-dkms": "580.159.04-1", "dkms": "3.0.10-8", "gcc": "12"}
    node.spoiled, node.half = {"dkms"}, {"gcc"}
    assert run(NAME, **ABSENT)["changed"] is True
    assert (node.installed, node.spoiled) == ({}, set())
    assert {"nvidia-kernel-open-dkms", "dkms"} <= set(node.did("dpkg", "--purge")[0])


@pytest.mark.parametrize("arguments", [DRIVER, ABSENT], ids=["present", "absent"])
def test_what_a_killed_dpkg_had_noted_is_written_down_first(
    run: Run, node: Node, tmp_path: Path, arguments: dict[str, Any]
) -> None:
    """apt refuses to go past it, and `dpkg --configure` would build what is about to be removed."""
    node.installed = dict.fromkeys(NAMES, "570.86.15-1")
    make_root(tmp_path, {"/var/lib/dpkg/updates/0000": "Package: libcuda1\n", "/var/lib/dpkg/updates/tmp.i": ""})
    assert run(NAME, check=True, **arguments)["changed"] is True
    assert node.did("--set-selections") == []
    assert run(NAME, **arguments)["changed"] is True
    acted = [argv for argv in node.commands if argv[0] in ("dpkg", "env") and "--simulate" not in argv]
    assert acted[0] == ["dpkg", "--set-selections"]
    (tmp_path / "var/lib/dpkg/updates/0000").unlink()
    run(NAME, **arguments)
    assert len(node.did("--set-selections")) == 1


@pytest.mark.parametrize("arguments", [DRIVER, ABSENT], ids=["present", "absent"])
def test_who_is_at_the_packages_is_waited_for_and_then_named(
    run: Run, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any]
) -> None:
    make_root(tmp_path, {"/var/lib/dpkg/lock-frontend": "", "/proc/4711/cmdline": "apt-get\0upgrade\0"})
    inode = (tmp_path / "var/lib/dpkg/lock-frontend").stat().st_ino
    make_root(tmp_path, {"/proc/locks": LOCKS.format(inode)})
    naps: list[float] = []
    monkeypatch.setattr(f"{busy.__name__}.time.sleep", naps.append)
    msg = run(NAME, lock_timeout=0, **arguments)["msg"]
    for words in ("/var/lib/dpkg/lock-frontend by process 4711 (apt-get upgrade)", "_lock_timeout", "Nothing was"):
        assert words in msg
    assert (node.did("env"), naps) == ([], [])
    assert run(NAME, check=True, lock_timeout=0, **arguments).get("msg") is None

    def gone(seconds: float) -> None:
        naps.append(seconds)
        (tmp_path / "proc/locks").write_text("")

    monkeypatch.setattr(f"{busy.__name__}.time.sleep", gone)
    assert run(NAME, lock_timeout=60, **arguments).get("msg") is None
    assert naps == [1.0]


def test_a_build_that_outlived_its_package_manager_is_waited_for(
    run: Run, node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds of a module in one folder spoil each other."""
    processes = {
        "4711": "/bin/bash\0/usr/sbin/dkms\0install\0-m\0nvidia\0",
        "4712": "vim\0/usr/sbin/dkms.conf\0",
        "4713": "",
        "4714": "dkms\0status\0",
    }
    make_root(tmp_path, {f"/proc/{pid}/cmdline": words for pid, words in processes.items()})
    make_root(tmp_path, {"/proc/self/ns/mnt": "-> mnt:[1]"})
    make_root(tmp_path, {f"/proc/{pid}/ns/mnt": "-> mnt:[1]" for pid in ("4711", "4712", "4713")})
    make_root(tmp_path, {"/proc/4714/ns/mnt": "-> mnt:[of a container]"})
    msg = run(NAME, lock_timeout=0, **DRIVER)["msg"]
    assert "/usr/sbin/dkms by process 4711 (/bin/bash /usr/sbin/dkms install -m nvidia)" in msg
    assert "process 4712" not in msg and "process 4714" not in msg
    assert node.did("env") == []
    monkeypatch.setattr(f"{busy.__name__}.time.sleep", lambda _seconds: (tmp_path / "proc/4711/cmdline").unlink())
    assert run(NAME, lock_timeout=60, **DRIVER)["changed"] is True
