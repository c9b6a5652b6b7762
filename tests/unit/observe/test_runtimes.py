# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker, CRI-O, Kubernetes distributions with their own containerd, and CDI."""

from __future__ import annotations

import os
from typing import Any

import pytest

from . import node, sample
from .fakes import out
from .looking import Node

NVIDIA = "/usr/bin/nvidia-container-runtime"
RKE2 = "/data/rke2/agent/etc/containerd"
SPEC = "/var/run/cdi/nvidia.yaml"


@pytest.mark.parametrize(
    ("version", "config", "default", "cdi"),
    [
        ("27.3.1", "{}", "runc", False),
        ("28.2.0", "{}", "runc", True),
        ("28.2.0", '{"features": {"cdi": false}}', "runc", False),
        ("25.0.1", '{"features": {"cdi": true}, "default-runtime": "nvidia"}', "nvidia", True),
        ("", "{}", "runc", None),
        ("28.2.0", "{", None, True),
    ],
)
def test_docker(gpu_node: Node, version: str, config: str, default: str | None, cdi: bool | None) -> None:
    gpu_node.files.update({"/usr/bin/dockerd": "", "/etc/docker/daemon.json": config})
    gpu_node.answers["docker --version"] = out(f"Docker version {version}\n")
    docker = gpu_node.look()["runtimes"]["docker"]
    assert (docker["default_handler"], docker["cdi_enabled"]) == (default, cdi)


def test_dockers_default_on_its_command_line(gpu_node: Node) -> None:
    gpu_node.files.update(sample.files())
    gpu_node.files["/etc/docker/daemon.json"] = '{"runtimes": {"nvidia": {"path": "x"}, "kata": 5}}'
    gpu_node.answers["systemctl show"] = out(
        "Id=docker.service\nLoadState=loaded\n"
        "ExecStart={ path=x ; argv[]=/usr/bin/dockerd --default-runtime=nvidia ; ignore_errors=no }\n"
    )
    docker = gpu_node.look()["runtimes"]["docker"]
    assert docker["default_handler"] == "nvidia"
    assert docker["handlers"] == {"kata": {"binary": None}, "nvidia": {"binary": "x"}, "runc": {"binary": None}}


@pytest.mark.parametrize(("version", "wanted"), [("2.4.0", True), ("2.3.9", None)])
def test_a_containerd_that_has_no_switch_for_cdi_any_more(gpu_node: Node, version: str, wanted: bool | None) -> None:
    gpu_node.answers["dpkg-query"] = out("")
    gpu_node.answers = {"containerd --version": out(f"containerd x v{version} y\n"), **gpu_node.answers}
    gpu_node.runner.answers = gpu_node.answers
    assert gpu_node.look()["runtimes"]["containerd"]["cdi_enabled"] is wanted


def crio(gpu_node: Node) -> Any:
    return gpu_node.look()["runtimes"]["crio"]


def test_crio(gpu_node: Node) -> None:
    gpu_node.files.update(sample.files())
    gpu_node.files["/etc/crio/crio.conf.d/sub/00-late"] = '[crio.runtime]\ndefault_runtime = "nvidia"\n'
    gpu_node.answers["crio --version"] = out("crio version 1.31.2\n")
    seen = crio(gpu_node)
    assert seen["config_files"] == [
        "/etc/crio/crio.conf",
        "/etc/crio/crio.conf.d/99-nvidia.toml",
        "/etc/crio/crio.conf.d/sub/00-late",
    ]
    assert seen["handlers"] == {"crun": {"binary": "/usr/bin/crun"}, "nvidia": {"binary": NVIDIA}}
    assert (seen["default_handler"], seen["cdi_enabled"], seen["error"], seen["version"]) == (
        "nvidia",
        True,
        None,
        "1.31.2",
    )


def test_crio_at_other_places(gpu_node: Node) -> None:
    gpu_node.files.update({"/usr/bin/crio": "", "/srv/c.conf": sample.CRIO, "/srv/d/x": sample.CRIO_NVIDIA})
    gpu_node.answers["systemctl show"] = out(
        "Id=crio.service\nLoadState=loaded\n"
        "ExecStart={ path=x ; argv[]=/usr/bin/crio --config /srv/c.conf -d /srv/d ; ignore_errors=no }\n"
    )
    seen = crio(gpu_node)
    assert (seen["config_path"], seen["config_files"]) == ("/srv/c.conf", ["/srv/c.conf", "/srv/d/x"])


def test_crio_without_directories_for_cdi_and_with_a_file_that_is_none(gpu_node: Node) -> None:
    gpu_node.files.update({"/usr/bin/crio": "", "/etc/crio/crio.conf": "[crio.runtime]\ncdi_spec_dirs = []\n"})
    assert crio(gpu_node)["cdi_enabled"] is False
    gpu_node.files["/etc/crio/crio.conf.d/x"] = "a = = 1\n"
    seen = crio(gpu_node)
    assert (seen["handlers"], seen["error"]) == ({}, "/etc/crio/crio.conf.d/x: line 1, '=' is no value")


def distributions(gpu_node: Node) -> Any:
    return gpu_node.look()["cluster"]["distributions"]


def test_rke2_with_its_data_elsewhere(gpu_node: Node) -> None:
    gpu_node.files.update(
        {
            "/etc/rancher/rke2/config.yaml": 'data-dir: "/data/rke2"\n',
            f"{RKE2}/config.toml": sample.NVIDIA,
            f"{RKE2}/config.toml.tmpl": "",
        }
    )
    assert distributions(gpu_node) == [
        {
            "name": "rke2",
            "active": None,
            "data_path": "/data/rke2",
            "config_path": "/etc/rancher/rke2/config.yaml",
            "runtime_endpoint": "unix:///run/k3s/containerd/containerd.sock",
            "containerd_config": f"{RKE2}/config.toml",
            "containerd_templates": [f"{RKE2}/config.toml.tmpl"],
            "handlers": {"nvidia": {"binary": NVIDIA}},
        }
    ]


def test_k0s_and_its_dropins(gpu_node: Node) -> None:
    gpu_node.files.update(
        {
            "/var/lib/k0s": None,
            "/etc/k0s/containerd.toml": "version = 2\n",
            "/etc/k0s/containerd.d/nvidia.toml": sample.NVIDIA,
            "/etc/k0s/containerd.d/bad.toml": "= 1\n",
            "/etc/k0s/containerd.d/readme": "",
        }
    )
    gpu_node.answers["systemctl show"] = out("Id=k0sworker.service\nLoadState=loaded\nActiveState=failed\n")
    (seen,) = distributions(gpu_node)
    assert (seen["name"], seen["active"], seen["handlers"]) == ("k0s", False, {"nvidia": {"binary": NVIDIA}})
    assert seen["containerd_templates"] == ["/etc/k0s/containerd.d/bad.toml", "/etc/k0s/containerd.d/nvidia.toml"]
    assert "/etc/k0s/containerd.d/bad.toml" in gpu_node.why()


def test_k3s_that_never_ran(gpu_node: Node) -> None:
    gpu_node.files["/var/lib/rancher/k3s"] = None
    (seen,) = distributions(gpu_node)
    assert (seen["config_path"], seen["containerd_config"], seen["handlers"]) == (None, None, {})


def spec(gpu_node: Node, path: str = SPEC) -> Any:
    return next(one for one in gpu_node.look()["cdi"]["specs"] if one["path"] == path)


def test_a_specification_that_fits(gpu_node: Node) -> None:
    seen = spec(gpu_node)
    assert (seen["stale"], seen["why"], seen["devices"], seen["driver_versions"]) == (False, None, 2, [node.VERSION])
    assert spec(gpu_node, "/etc/cdi/other.json")["stale"] is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (f"hostPath: {node.LIBRARY}", "hostPath: /gone", "it names /gone, which is not there"),
        (
            f"hostPath: {node.LIBRARY}",
            "hostPath: /gone\n    hostPath: /a\n    hostPath: /b",
            "it names /gone, which is not there, and 2 more",
        ),
        (
            f"containerPath: {node.LIBRARY}",
            "containerPath: /usr/lib/libcuda.so.575.57.08",
            f"it is for driver 575.57.08, {node.VERSION}, and {node.VERSION} is installed",
        ),
    ],
)
def test_a_specification_of_another_driver(gpu_node: Node, old: str, new: str, why: str) -> None:
    gpu_node.files[SPEC] = node.CDI.replace(old, new)
    seen = spec(gpu_node)
    assert (seen["stale"], seen["why"]) == (True, why)


@pytest.mark.parametrize(("time", "stale"), [(1_700_000_000, True), (4_000_000_000, False)])
def test_a_specification_without_a_version_goes_by_its_age(gpu_node: Node, time: int, stale: bool) -> None:
    gpu_node.files[SPEC] = "kind: nvidia.com/gpu\ndevices:\n- name: all\n"
    gpu_node.look()
    del gpu_node.files[SPEC]  # so that it is not written anew
    os.utime(gpu_node.top / SPEC[1:], (time, time))
    seen = spec(gpu_node)
    assert (seen["stale"], seen["mtime"]) == (stale, time)
    assert (seen["why"] or "").startswith("it is older than /" if stale else "")


def test_a_specification_without_a_driver(gpu_node: Node) -> None:
    gpu_node.without("/lib/modules", "/usr/lib/x86_64")
    gpu_node.files[SPEC] = "kind: nvidia.com/gpu\n"
    assert spec(gpu_node)["stale"] is False


def test_two_specifications_of_one_kind_and_one_that_is_none(gpu_node: Node) -> None:
    gpu_node.files["/etc/cdi/nvidia.json"] = '{"kind": "nvidia.com/gpu"}'
    gpu_node.files["/etc/cdi/bad.json"] = "["
    why = gpu_node.why()
    assert why["CDI"] == f"nvidia.com/gpu is defined by /etc/cdi/nvidia.json and by {SPEC}"
    assert "not JSON" in why["/etc/cdi/bad.json"]
    assert spec(gpu_node, "/etc/cdi/bad.json")["kind"] is None
