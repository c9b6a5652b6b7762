# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack of packages on a node whose dnf, rpm and versionlock behave as the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, List

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError, NotAvailableError

from ..observe.fakes import make_root
from .dnf_node import BY_580, LATEST, LIST, OPEN, PLUGIN, TOOLKIT, Node


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


ALL = [OPEN, "nvidia-driver-cuda", "nvidia-kmod-common", "nvidia-modprobe"]


def at(node: Node) -> Dict[str, List[str]]:
    return {name: versions for name, versions in node.installed.items() if name not in ("glibc", PLUGIN)}


def test_a_fresh_node(node: Node) -> None:
    """The whole closure is named, so nothing comes at the stream's newest version; all of it is locked."""
    planned = node.present("580.159.04", dry=True)
    assert (node.done, node.locked, node.enabled) == ([], [], "")
    made = node.present("580.159.04")
    assert at(node) == {name: ["580.159.04"] for name in ALL}
    assert node.locked == [f"{name}-3:580.159.04-1.el9.*" for name in ALL]
    assert "stream=580-open" in node.enabled
    assert made.changed
    assert made.version == "580.159.04"
    assert list(made.hold_changed) == ALL
    assert planned == made
    for dry in (True, False):
        assert not node.present("580.159.04", dry=dry).changed


def test_another_stack_in_the_same_transaction(node: Node) -> None:
    """Where a repository has the version; it is not locked, which its own request does."""
    beside = [{"name": name, "version": "1.20.0", "optional": True, "beside": True} for name in (TOOLKIT, "not-there")]
    planned = node.present("580.159.04", beside=beside, dry=True)
    made = node.present("580.159.04", beside=beside)
    assert at(node) == {**{name: ["580.159.04"] for name in ALL}, TOOLKIT: ["1.20.0"]}
    assert planned == made
    assert not [line for line in node.locked if line.startswith(TOOLKIT)]


def test_dnf_is_not_asked_about_what_is_there(node: Node) -> None:
    node.present("580.159.04")
    (node.top / LIST).write_text("")
    node.done, node.problem = [], "dnf must not be run"
    made = node.present("580.159.04", *ALL)
    assert (node.done, list(made.hold_changed), len(node.locked)) == ([], ALL, len(ALL))


def test_up_across_a_branch_and_down_again(node: Node) -> None:
    node.present("580.159.04")
    for match, stream in (("580.173.02", "580-open"), ("595", "open-dkms"), ("580.159.04", "open-dkms")):
        planned = node.present(match, dry=True)
        made = node.present(match)
        version = made.version or ""
        assert at(node) == {name: [version] for name in ALL}
        assert sorted(node.locked) == [f"{name}-3:{version}-1.el9.*" for name in ALL]
        assert f"stream={stream}" in node.enabled
        assert planned == made


def test_another_flavour(node: Node) -> None:
    node.present("580.159.04")
    made = node.present(
        "580.159.04", "nvidia-driver-cuda", LATEST, conflicting=[OPEN], streams=["nvidia-driver:580-dkms"]
    )
    assert made.removals == (OPEN,)
    assert OPEN not in node.installed
    assert LATEST in node.installed
    assert not [line for line in node.locked if line.startswith(OPEN)]


def test_what_another_stream_brought_leaves_with_it(node: Node) -> None:
    node.present("580.159.04", "nvidia-driver-cuda", LATEST, streams=["nvidia-driver:580-dkms"])
    made = node.present("580.173.02")
    assert made.removals == (LATEST,)
    assert at(node) == {name: ["580.173.02"] for name in ALL}
    assert not node.present("580.173.02").changed


def test_without_modules(tmp_path: Path) -> None:
    node = Node(tmp_path, modules=False)
    node.present("595", streams=[])
    assert at(node) == {name: ["595.71.05"] for name in ALL}
    assert not [line for line in node.done if line.startswith("module")]


def test_a_version_that_no_repository_has(node: Node) -> None:
    with pytest.raises(NotAvailableError, match=r"nvidia_driver_branch 570: .*available are 595.71.05, 580.173.02"):
        node.present("570")
    with pytest.raises(NotAvailableError, match="no repository has nvidia-none"):
        node.present("580", "nvidia-none")
    assert node.done == []


def test_a_stream_without_the_version(node: Node) -> None:
    with pytest.raises(GpuError, match=r"dnf cannot install 595.71.05 together: nvidia-driver:580-open: .*No match"):
        node.present("595.71.05", streams=BY_580[:1])
    assert node.enabled == ""


def test_without_epel(node: Node) -> None:
    node.problem = f"Error: \n Problem: conflicting requests\n  - nothing provides dkms needed by {OPEN}\n"
    with pytest.raises(GpuError, match="dkms is in EPEL: enable that repository"):
        node.present("580")


def test_strangers_stay(node: Node) -> None:
    node.strangers = ["glibc"]
    with pytest.raises(GpuError, match="would remove glibc, which are not of the driver"):
        node.present("580")
    assert node.done == []


def test_rules_of_others(node: Node) -> None:
    """They stay, and what they keep is not moved."""
    node.present("580.159.04")
    theirs = "gnu-0:1-1.*\nglibc-0:2.34-1.el9.*\n"
    path = node.top / LIST
    path.write_text(theirs + path.read_text())
    node.present("580.173.02")
    assert path.read_text().startswith(theirs)
    node.moves.append("glibc")
    with pytest.raises(GpuError, match="would move glibc, which versionlock keeps"):
        node.present("580.159.04")


def test_a_failure_leaves_locks_for_what_is_there(node: Node) -> None:
    node.present("580.159.04")
    node.fails = True
    with pytest.raises(GpuError, match=r"Transaction failed. Mend that and run again"):
        node.present("580.173.02")
    there = {f"{name}-3:{versions[0]}-1.el9.*" for name, versions in at(node).items()}
    assert set(node.locked) == there
    node.fails = False
    assert node.present("580.173.02").changed
    assert not node.present("580.173.02").changed


@pytest.mark.parametrize("five", [False, True])
def test_whatever_cuts_a_transaction_short_it_is_locked_again(tmp_path: Path, five: bool) -> None:
    node = Node(tmp_path, modules=False, five=five)
    path = tmp_path / ("etc/dnf/versionlock.toml" if five else LIST)
    node.present("580.159.04", streams=[])
    for broken in (KeyboardInterrupt(), OSError(28, "No space left on device")):
        node.breaks = broken
        with pytest.raises(type(broken)):
            node.present("580.173.02", streams=[])
        assert path.read_text().count("580.159.04") == len(ALL)
    node.breaks, node.loses = None, {"nvidia-modprobe", PLUGIN}
    with pytest.raises(GpuError, match="and left nvidia-modprobe"):
        node.absent()
    assert path.read_text().count("580.159.04") == 1


def test_an_upgrade_that_lost_its_power(node: Node) -> None:
    """Both versions are in the database: the old one goes, and the new one runs its scripts again."""
    node.present("580.159.04")
    node.installed[OPEN] = ["580.159.04", "580.173.02"]
    assert node.present("580.173.02", dry=True).changed
    node.present("580.173.02")
    assert at(node) == {name: ["580.173.02"] for name in ALL}
    assert f"reinstall {OPEN}" in node.done
    assert not node.present("580.173.02").changed


def test_not_held(node: Node) -> None:
    node.present("580.159.04")
    made = node.present("580.159.04", hold=False)
    assert list(made.hold_changed) == ALL
    assert node.locked == []


def test_the_plugin_is_switched_off(node: Node) -> None:
    node.present("580.159.04", hold=False)
    (node.top / "etc/dnf/plugins/versionlock.conf").write_text("[main]\nenabled = 0\n")
    with pytest.raises(GpuError, match="set nvidia_driver_hold to false"):
        node.present("580.159.04")


def test_absent(node: Node) -> None:
    assert not node.absent().changed
    node.present("580.159.04")
    planned = node.absent(dry=True)
    assert at(node)
    made = node.absent()
    assert at(node) == {}
    assert (node.locked, node.enabled) == ([], "")
    assert planned == made
    assert not node.absent().changed


RECORD = "var/lib/baremetal.gpu/brought-driver.json"


@pytest.mark.parametrize("five", [False, True])
def test_what_came_beside_goes_with_it(tmp_path: Path, five: bool) -> None:
    """What was there before stays, and so does what something needs, or somebody wants, by now."""
    node = Node(tmp_path, modules=False, five=five)
    node.needs[OPEN] = ["dkms", "gcc", "make", "elfutils-libelf-devel"]
    node.installed["make"] = ["1.0"]
    bare = dict(node.installed)
    headers = [{"name": "kernel-headers", "version": None}]
    assert node.present("580.159.04", streams=[], beside=headers, dry=True).changed
    assert not (tmp_path / RECORD).exists()
    node.present("580.159.04", streams=[], beside=headers)
    new = {"dkms": "came", "gcc": "came", "elfutils-libelf-devel": "came", "kernel-headers": "asked"}
    assert json.loads((tmp_path / RECORD).read_text()) == {**new, **({} if five else {PLUGIN: "asked"})}
    node.stay, node.wished = (
        {"theirs": "gcc >= 12", "odd": "(dkms if kernel)"},
        ["elfutils-libelf-devel", "kernel-headers"],
    )
    planned = node.absent(dry=True)
    made = node.absent()
    assert set(planned.removals) == set(made.removals)
    left = {*bare, "dkms", "gcc", "elfutils-libelf-devel"}
    assert (set(node.installed), (tmp_path / RECORD).parent.exists()) == (left, False)
    assert not node.absent().changed


def test_the_plugin_stays_where_it_has_rules_of_others(node: Node) -> None:
    node.present("580.159.04")
    (node.top / LIST).write_text("gnu-0:1-1.*\n" + (node.top / LIST).read_text())
    node.absent()
    assert (PLUGIN in node.installed, node.locked) == (True, ["gnu-0:1-1.*"])


def test_nothing_else_goes_where_rpm_does_not_tell(node: Node) -> None:
    node.needs[OPEN] = ["dkms"]
    node.present("580.159.04")
    node.stay = {"theirs": "libfoo.so.1()(64bit) dkms"}
    node.absent()
    assert at(node) == {"dkms": ["1.0"]}


def test_somebody_else_is_at_it(node: Node) -> None:
    make_root(node.top, {"/var/lib/dnf/rpmdb_lock.pid": "77\n", "/proc/77/cmdline": "dnf\0update\0"})
    with pytest.raises(GpuError, match=r"/var/lib/dnf/rpmdb_lock.pid by process 77 \(dnf update\)"):
        node.present("580")


def test_dnf_5(tmp_path: Path) -> None:
    """It heeds its locks in simulations too, so ours go for the moment of the transaction."""
    node = Node(tmp_path, modules=False, five=True)
    path = tmp_path / "etc/dnf/versionlock.toml"
    node.present("580.159.04", streams=[])
    assert path.read_text().count("580.159.04") == len(ALL)
    assert node.present("580.173.02", streams=[], dry=True).changed
    assert path.read_text().count("580.159.04") == len(ALL)
    node.fails = True
    with pytest.raises(GpuError):
        node.present("580.173.02", streams=[])
    assert path.read_text().count("[[packages]]") == len(ALL)
    node.fails = False
    node.loses = {"nvidia-modprobe"}
    with pytest.raises(GpuError, match="rpm does not have them so"):
        node.present("580.173.02", streams=[])
    assert path.read_text().count("[[packages]]") == len(ALL)
    node.loses = set()
    node.present("580.173.02", streams=[])
    assert path.read_text().count("580.173.02") == len(ALL)
    assert not node.present("580.173.02", streams=[]).changed
    node.absent()
    assert "580" not in path.read_text()
