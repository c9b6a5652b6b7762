# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at nodes where something is not as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from . import node
from .fakes import FakeRunner, make_root, out
from .looking import Node
from .node import KERNEL, VERSION


@pytest.mark.parametrize(
    ("text", "config", "error"),
    [
        (None, None, None),
        ("", {}, None),
        ("{", None, "/etc/docker/daemon.json: line 1 column 2, not JSON"),
        ('{"runtimes": 5}', {"runtimes": 5}, None),
    ],
)
def test_docker_configurations(gpu_node: Node, text: str | None, config: Any, error: str | None) -> None:
    gpu_node.files["/usr/bin/dockerd"] = ""
    if text is not None:
        gpu_node.files["/etc/docker/daemon.json"] = text
    docker = gpu_node.look()["runtimes"]["docker"]
    assert (docker["config"], docker["runtimes"], docker["version"]) == (config, ["runc"], None)
    assert (docker["error"] or "").startswith(error or "")
    assert bool(docker["error"]) is bool(error)


@pytest.mark.parametrize(
    ("text", "answer", "error"),
    [
        ("version = 2\n", out("a = 1\nb = = 2\n"), "containerd config dump: TOML, line 2: '=' is no value"),
        (
            "version = 2\n",
            Result(1, "", "containerd: failed to load TOML: line 7"),
            "containerd: failed to load TOML: line 7",
        ),
        ("version = 2\n", Result(1, "", ""), "containerd config dump ended without a word"),
    ],
)
def test_a_containerd_configuration_that_does_not_parse(gpu_node: Node, text: str, answer: Result, error: str) -> None:
    gpu_node.files["/etc/containerd/config.toml"] = text
    gpu_node.answers["containerd"] = answer
    containerd = gpu_node.look()["runtimes"]["containerd"]
    assert containerd["error"] == error
    assert (containerd["handlers"], containerd["cri_enabled"]) == ({}, None)


def test_a_cri_plugin_that_did_not_start(gpu_node: Node) -> None:
    """Whatever the configuration says."""
    gpu_node.answers["ctr plugins ls"] = out(node.CTR.replace("linux/amd64    ok", "linux/amd64    error"))
    assert gpu_node.look()["runtimes"]["containerd"]["cri_enabled"] is False


def test_a_containerd_file_that_only_we_cannot_read_is_a_finding(gpu_node: Node) -> None:
    gpu_node.files["/etc/containerd/config.toml"] = "version\n"
    seen = gpu_node.look()
    assert [finding["subject"] for finding in seen["findings"]] == ["/etc/containerd/config.toml"]
    containerd = seen["runtimes"]["containerd"]
    assert (containerd["error"], containerd["config_version"], containerd["cri_enabled"]) == (None, None, True)


def test_a_bare_system_is_seen_without_an_exception(tmp_path: Path) -> None:
    seen = plain(observe(FakeRunner({}), make_root(tmp_path, {"/usr": None})))
    subjects = {finding["subject"] for finding in seen["findings"]}
    assert {"/etc/os-release", "/boot", "systemd", "packages", "/sys/bus/pci/devices"} <= subjects
    assert (seen["kernel"]["running"], seen["kernel"]["next"]) == (None, None)
    assert (seen["packages"]["manager"], seen["unattended"]["enabled"]) == (None, None)
    assert (seen["runtimes"], seen["cluster"]) == (
        {"containerd": None, "docker": None, "crio": None},
        {"kubelet": None, "distributions": []},
    )
    assert seen["secure_boot"] is False


def test_tools_that_fail_are_findings(gpu_node: Node) -> None:
    for name in ("dpkg-query", "systemctl show", "modinfo"):
        gpu_node.answers[name] = Result(1, "", f"{name} is broken")
    gpu_node.files["/etc/k.asc"] = "no key"
    gpu_node.files["/proc/driver/nvidia/version"] = "nothing"
    gpu_node.files[f"/boot/initrd.img-{KERNEL}"] = "no image"
    seen = gpu_node.look()
    why = {finding["subject"]: finding["why"] for finding in seen["findings"]}
    assert "return code 1: dpkg-query is broken" in why["dpkg-query -W -f"]
    assert "return code 1: systemctl show is broken" in why["systemctl show --no-pager"]
    assert "armor without" in why["/etc/k.asc"]
    assert "NVRM" in why["/proc/driver/nvidia/version"]
    assert "unknown compression" in why[f"/boot/initrd.img-{KERNEL}"]
    assert seen["driver"]["on_disk"][0]["version"] is None
    assert seen["signing_keys"] == [{"path": "/etc/k.asc", "fingerprints": []}]
    assert seen["packages"]["manager"] == "apt"


@pytest.mark.parametrize(
    ("tool", "subject"),
    [
        ("dpkg-query", "dpkg-query -W -f"),
        ("systemctl show", "systemctl show --no-pager"),
        ("modinfo", "modinfo"),
        ("ctr plugins ls", "ctr plugins ls"),
    ],
)
def test_a_missing_tool_is_a_finding_and_costs_only_what_it_knows(gpu_node: Node, tool: str, subject: str) -> None:
    del gpu_node.answers[tool]
    seen = gpu_node.look()
    why = {finding["subject"]: finding["why"] for finding in seen["findings"]}
    assert why[subject].startswith("return code 127") and "No such file or directory" in why[subject]
    assert (seen["packages"]["driver"] == []) is (tool == "dpkg-query")
    assert (seen["persistence"]["unit"] is None) is (tool == "systemctl show")
    assert (seen["driver"]["on_disk"][0]["version"] is None) is (tool == "modinfo")
    assert seen["driver"]["running"]["version"] == VERSION


def test_a_missing_containerd_program_is_its_error(gpu_node: Node) -> None:
    del gpu_node.answers["containerd"]
    containerd = gpu_node.look()["runtimes"]["containerd"]
    assert (containerd["error"], containerd["version"]) == ("containerd: No such file or directory", "1.6.20")


def test_other_findings(gpu_node: Node) -> None:
    gpu_node.without("/etc/k.asc")
    gpu_node.files.update(node.device("0000:00:0b.0", "8086", "abcd", "068000", None))
    gpu_node.files.update(node.device("0000:00:0c.0", "10de", "abcd", "120000", None))
    gpu_node.files["/etc/apt/sources.list.d/dir.list/x"] = ""
    gpu_node.files.update(node.device("0000:00:0a.0", "10de", "ffff", "030200", None))
    gpu_node.files[f"/boot/initrd.img-{KERNEL}"] = b"\x28\xb5\x2f\xfd000000"
    gpu_node.answers["dpkg-query"] = Result(-9, "", "", timed_out=True)
    seen = gpu_node.look()
    why = {finding["subject"]: finding["why"] for finding in seen["findings"]}
    assert why["dpkg-query -W -f"] == "timed out"
    assert why["/etc/apt/sources.list.d/dir.list"] == "not readable"
    assert why["GPU 0000:00:0a.0"] == "device id ffff is of no architecture known here"
    assert why[f"/boot/initrd.img-{KERNEL}"] == "zstd: No such file or directory"
    gpu_node.without("/boot/initrd")
    (gpu_node.top / f"boot/initrd.img-{KERNEL}").unlink()
    gpu_node.files[f"/boot/initrd.img-{KERNEL}/x"] = ""
    assert f"/boot/initrd.img-{KERNEL}" in gpu_node.subjects()
    assert why["/etc/k.asc"] == "a source names this key, and it is absent or not readable"
