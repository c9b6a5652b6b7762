# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where packages came from, by apt's lists; and what pins them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe import origins

from . import node
from .fakes import out
from .looking import Node

LISTS = "/var/lib/apt/lists"
TEXT = f"Package: nvidia-container-toolkit\nVersion: 1.20.0-1\n\nPackage: libcuda1\nVersion: {node.VERSION}-1\n"


def found(gpu_node: Node) -> dict[str, Any]:
    packages = gpu_node.look()["packages"]
    return {one["name"]: one["origin"] for one in (*packages["driver"], *packages["toolkit"], *packages["repository"])}


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        ("", TEXT.encode()),
        (".gz", gzip.compress(TEXT.encode(), mtime=0)),
        (".xz", lzma.compress(TEXT.encode())),
        (".bz2", bz2.compress(TEXT.encode())),
    ],
)
def test_lists(gpu_node: Node, suffix: str, content: bytes) -> None:
    gpu_node.without(node.DRIVER_LIST)
    gpu_node.files[f"{LISTS}/nvidia.github.io_x_Packages{suffix}"] = content
    assert found(gpu_node) == {
        "libcuda1": "nvidia.github.io/x",
        "nvidia-container-toolkit": "nvidia.github.io/x",
        "nvidia-driver-pinning-580": None,
        "nvidia-kernel-open-dkms": None,
    }


def test_the_same_version_in_two_lists(gpu_node: Node) -> None:
    gpu_node.files[f"{LISTS}/a.mirror_Packages"] = TEXT
    assert found(gpu_node)["libcuda1"] == "a.mirror"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x_Packages.gz", b"no gzip"),
        ("x_Packages.lz4", TEXT.encode()),
        ("x_InRelease", TEXT.encode()),
        ("x_Packages", TEXT.replace("1.20.0-1", "1.19.0-1").encode()),
    ],
)
def test_lists_that_tell_nothing(gpu_node: Node, name: str, content: bytes) -> None:
    gpu_node.files[f"{LISTS}/{name}"] = content
    assert found(gpu_node)["nvidia-container-toolkit"] is None
    assert (f"{LISTS}/{name}" in gpu_node.why()) is (content == b"no gzip")


def test_large_lists_are_left_alone(gpu_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_LARGEST", 10)
    assert found(gpu_node)["libcuda1"] is None


def test_nothing_to_look_for(gpu_node: Node) -> None:
    gpu_node.answers["dpkg-query"] = out("")
    gpu_node.files[f"{LISTS}/x_Packages.gz"] = b"not even opened"
    assert found(gpu_node) == {}
    assert gpu_node.subjects() == []


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/etc/apt/preferences", True),
        ("/etc/apt/preferences.d/x", True),
        ("/etc/apt/preferences.d/x.pref", True),
        ("/etc/apt/preferences.d/x.bak", False),
    ],
)
def test_files_of_preferences(gpu_node: Node, path: str, counts: bool) -> None:
    gpu_node.without("/etc/apt/preferences")
    gpu_node.files[path] = node.PIN + "\nPackage: firefox\nPin: version 1\nPin-Priority: 1\n"
    assert [pin["path"] for pin in gpu_node.look()["packages"]["pins"]] == ([path] if counts else [])
