# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources and keys: placed together, read, or taken back together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._apt.sources import check, read
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.module_utils._packages.stacks import STACKS
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result
from ansible_collections.baremetal.gpu.plugins.module_utils._sources import Change, Place, placed, plan

from ..observe.fakes import FakeRunner, make_root, out
from ..runtime.nodes import tree
from .repositories import KEYS, ONE, RSA, Apt, source

URI = "http://mirror/debian12"
URL = "http://mirror/key.asc"
ARMORED = (KEYS / "one.asc").read_text()


def fetched(url: str, variables: str) -> bytes:
    assert (url, variables) == (URL, "nvidia_repository_driver")
    return (KEYS / "one.asc").read_bytes()


def place(changes: Sequence[Change], apt: Apt) -> None:
    with placed(changes):
        read(changes, apt)


def unreachable(url: str, variables: str) -> bytes:
    raise GpuError(f"the key {url} cannot be fetched")


def wanted(top: Path, *, name: str = "driver", uri: str = URI, key: str = URL, fingerprint: str = ONE) -> Place:
    key_path = top / "keyrings" / f"{name}.asc"
    return Place(
        path=str(top / "sources.list.d" / f"{name}.sources"),
        content=source(uri, key_path),
        key_path=str(key_path),
        key=key,
        fingerprint=fingerprint,
        variables="nvidia_repository_driver",
    )


@pytest.mark.parametrize(
    ("key", "fingerprint"), [(URL, ONE), (ARMORED, ONE), (URL, ONE.lower())], ids=["URL", "inline", "lower case"]
)
def test_placed_read_and_left_alone_afterwards(tmp_path: Path, key: str, fingerprint: str) -> None:
    apt, one = Apt({URI: ONE}), wanted(tmp_path, key=key, fingerprint=fingerprint)
    changes = plan([one], [], fetch=fetched)
    assert [change.path for change in changes] == [one.key_path, one.path]
    assert tree(tmp_path) == {}
    place(changes, apt)
    assert tree(tmp_path) == {
        "keyrings/driver.asc": (ARMORED, 0o644),
        "sources.list.d/driver.sources": (one.content, 0o644),
    }
    assert (apt.alone, apt.whole) == ([["driver.sources"]], 1)
    assert plan([one], [], fetch=unreachable) == []


def test_an_update_without_complaint_is_the_only_one(tmp_path: Path) -> None:
    apt = Apt({URI: ONE})
    apt.complaint = None
    place(plan([wanted(tmp_path)], [], fetch=fetched), apt)
    assert (apt.alone, apt.whole) == ([], 1)


def test_a_repository_that_apt_only_warns_of_is_taken_back(tmp_path: Path) -> None:
    """apt-get update ends with 0 when it keeps an older list, or has none."""
    apt = Apt({})
    apt.complaint = f"W: Failed to fetch {URI}/InRelease"
    with pytest.raises(GpuError, match="the package source cannot be read"):
        place(plan([wanted(tmp_path)], [], fetch=fetched), apt)
    assert (tree(tmp_path), apt.alone, apt.whole) == ({}, [["driver.sources"]], 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ((KEYS / "rsa.gpg").read_bytes(), f"_key_fingerprint: the key has fingerprint {RSA}, expected {ONE}. Nothing"),
        (
            (KEYS / "two-keys.gpg").read_bytes(),
            f"the key has fingerprint {ONE}, CF19F5A5008A990DE21F",
        ),
        (b"<html>404</html>", f"_key: {URL} is no OpenPGP public key: OpenPGP key, whole file: armor without a comp"),
        (b"", f"_key: {URL} is no OpenPGP public key: OpenPGP key, whole file: empty"),
    ],
    ids=["another key", "one key too many", "a web page", "nothing"],
)
def test_a_key_that_is_not_the_one_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(GpuError) as caught:
        plan([wanted(tmp_path)], [], fetch=lambda _url, _variables: data)
    assert str(caught.value).startswith("nvidia_repository_driver_key")
    assert says in str(caught.value)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("there", [b"<html>404</html>", (KEYS / "rsa.gpg").read_bytes()], ids=["damaged", "another"])
def test_a_key_on_the_node_that_is_not_the_one_is_replaced(tmp_path: Path, there: bytes) -> None:
    one, apt = wanted(tmp_path), Apt({URI: ONE})
    place(plan([one], [], fetch=fetched), apt)
    Path(one.key_path).write_bytes(there)
    changes = plan([one], [], fetch=fetched)
    assert [(change.path, change.before) for change in changes] == [(one.key_path, there)]
    place(changes, apt)
    assert Path(one.key_path).read_text() == ARMORED
    assert apt.alone == [["driver.sources"]] * 2


def test_a_new_key_that_does_not_sign_the_repository_is_taken_back(tmp_path: Path) -> None:
    """The source stays as it is, and is read anew all the same."""
    key_path = tmp_path / "keyrings" / "driver.asc"
    one = wanted(tmp_path)
    place(plan([one], [], fetch=fetched), Apt({URI: ONE}))
    before = tree(tmp_path)
    other = wanted(tmp_path, fingerprint=RSA)
    changes = plan([other], [], fetch=lambda _url, _variables: (KEYS / "rsa.gpg").read_bytes())
    assert [change.path for change in changes] == [str(key_path)]
    with pytest.raises(GpuError, match=f"NO_PUBKEY {ONE[-16:]}"):
        place(changes, Apt({URI: ONE}))
    assert tree(tmp_path) == before


def test_all_is_put_back_when_one_repository_cannot_be_read(tmp_path: Path) -> None:
    old = tmp_path / "sources.list.d" / "cuda.list"
    old.parent.mkdir()
    old.write_text("deb http://old /\n")
    (tmp_path / "sources.list.d" / "driver.sources").write_text("Types: deb\nURIs: http://before\n")
    before = tree(tmp_path)
    apt = Apt({URI: ONE})
    places = [wanted(tmp_path), wanted(tmp_path, name="toolkit", uri="http://typo")]
    with pytest.raises(GpuError) as caught:
        place(plan(places, [str(old)], fetch=fetched), apt)
    assert str(caught.value) == (
        "the package source cannot be read. Check nvidia_repository_driver_uri. "
        "apt said: W: Failed to fetch http://typo/InRelease E: Some index files failed to download. "
        "The node's package sources were put back as they were"
    )
    assert tree(tmp_path) == before
    assert (apt.alone, apt.whole) == ([["driver.sources", "toolkit.sources"]], 1)


@pytest.mark.parametrize(
    ("answer", "says"),
    [(Result(100, "", "gpgv missing\n"), "apt said: gpgv missing"), (Result(-9, "", ""), "apt said: nothing, rc -9")],
)
def test_words_of_apt_in_any_form(tmp_path: Path, answer: Result, says: str) -> None:
    apt = Apt({URI: ONE})
    apt.answer = answer
    with pytest.raises(GpuError, match=says):
        place(plan([wanted(tmp_path)], [], fetch=fetched), apt)
    assert tree(tmp_path) == {}


def test_files_that_cannot_all_be_written_are_all_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = wanted(tmp_path)
    rename = os.rename

    def full(source: str, target: str) -> None:
        if target == one.path:
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", full)
    apt = Apt({URI: ONE})
    with pytest.raises(GpuError, match=r"the sources cannot be written: .*No space left.* were put back"):
        place(plan([one], [], fetch=fetched), apt)
    assert (tree(tmp_path), apt.alone, apt.whole) == ({}, [], 0)


def test_a_version_that_the_sources_do_not_have_leaves_none_of_them(tmp_path: Path) -> None:
    """What apt says of the packages is read from the sources that are there for the moment."""
    there = {"/var/cache/apt/archives/libcuda1_570.86.15-1_amd64.deb": ""}
    root = make_root(tmp_path / "node", there)
    runner = FakeRunner({"apt-cache madison libcuda1": out("libcuda1 | 580.159.04-1 | http://mirror Packages\n")})
    packages = [{"name": "libcuda1", "version": "x"}]
    for match, offered in (("580", True), ("580.159.04", True), ("570.86.15", True), ("595.71.05", False)):
        top = tmp_path / match
        changes = plan([wanted(top)], [], fetch=fetched)
        refused = pytest.raises(GpuError, match=r"available are 580\.159\.04, 570\.86\.15\. .*were put back")
        with nullcontext() if offered else refused, placed(changes):
            check(STACKS["nvidia_driver"], packages, match, root, runner)
        assert bool(tree(top)) is offered


def test_old_lists_go_and_absent_ones_are_no_change(tmp_path: Path) -> None:
    """Only removing needs no repository; a broken one of the site is not ours to judge."""
    old, gone = tmp_path / "cuda.list", tmp_path / "gone.list"
    old.write_text("deb http://old /\n")
    changes = plan([], [str(old), str(gone)], fetch=fetched)
    assert changes == [Change(str(old), b"deb http://old /\n", None, since=old.stat().st_mtime)]
    apt = Apt({})
    place(changes, apt)
    assert (tree(tmp_path), apt.alone, apt.whole) == ({}, [], 1)
    assert plan([], [str(old), str(gone)], fetch=fetched) == []


def test_without_fetching_the_plan_names_the_key(tmp_path: Path) -> None:
    """As in check mode."""
    changes = plan([wanted(tmp_path)], [], fetch=None)
    assert changes[0].text(changes[0].after) == f"key {ONE} from {URL}\n"
    assert [change.text(change.before) for change in changes] == ["", ""]
    with pytest.raises(GpuError, match=f"expected {RSA}"):
        plan([wanted(tmp_path, key=ARMORED, fingerprint=RSA)], [], fetch=None)
