# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole look at a node as it should be."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe

from . import node, sample
from .fakes import FakeRunner, make_root, out
from .looking import Node
from .node import KERNEL, VERSION


def test_everything_is_seen(gpu_node: Node) -> None:
    seen = gpu_node.look()
    assert seen["schema"] == 1
    assert [finding for finding in seen["findings"] if finding["subject"] != "privileges"] == []
    assert seen["privileged"] is (os.geteuid() == 0)
    assert (seen["os"]["id"], seen["os"]["family"], seen["os"]["arch"]) == ("debian", "debian", os.uname().machine)
    assert (seen["kernel"]["running"], seen["kernel"]["next"]) == (KERNEL, KERNEL)
    assert seen["kernel"]["installed"] == ["6.1.0-9-amd64", KERNEL]
    assert seen["kernel"]["headers"] == [KERNEL]
    assert seen["secure_boot"] is False
    assert seen["reboot"] == {"required": False, "reasons": []}
    assert sorted(seen["disk"]) == ["/boot", "/usr", "/var"]
    assert all(place["free_mib"] > 0 for place in seen["disk"].values())
    assert seen["locks"] == []
    assert seen["unattended"] == {
        "enabled": False,
        "by": [{"name": "unattended-upgrades", "enabled": False, "active": True}],
    }


def test_no_process_more_than_needed(tmp_path: Path) -> None:
    """On the node that has everything: each program once, nvidia-smi for its two questions."""
    files, answers = sample.files(), sample.answers(tmp_path)
    for number in range(20):
        files[f"/lib/modules/6.1.0-{number}-amd64/updates/dkms/nvidia.ko"] = ""
    runner = FakeRunner(answers)
    observe(runner, make_root(tmp_path, files))
    programs = sorted(call.split()[0] for call in runner.calls)
    once = ["containerd", "crio", "ctr", "docker", "dpkg-query", "modinfo", "nvidia-smi", "nvidia-smi", "systemctl"]
    assert programs == once


def test_devices(gpu_node: Node) -> None:
    assert gpu_node.look()["pci"] == {
        "gpus": [
            {
                "bus_id": "0000:00:06.0",
                "vendor": "10de",
                "device": "2330",
                "class": "030200",
                "driver": "nvidia",
                "architecture": "hopper",
                "numa_node": 1,
                "virtual_function": False,
            }
        ],
        "nvswitches": [{"bus_id": "0000:00:07.0", "device": "22a3", "driver": "nvidia-nvswitch"}],
        "foreign": [
            {
                "bus_id": "0000:00:08.0",
                "vendor": "1a03",
                "device": "2000",
                "class": "030000",
                "driver": "ast",
                "kind": "bmc",
            }
        ],
    }


def test_driver_and_modprobe(gpu_node: Node) -> None:
    seen = gpu_node.look()
    assert seen["modules"]["loaded"]["nvidia"] == {
        "version": VERSION,
        "srcversion": "4A3E3F2D1C0B",
        "refcount": 3,
        "used_by": ["nvidia_modeset", "nvidia_uvm"],
        "parameters": {},
    }
    assert seen["modules"]["loaded"]["nvidia_uvm"]["parameters"] == {"uvm_disable_hmm": "N"}
    running = seen["driver"]["running"]
    assert (running["version"], running["flavour"], running["params"]["EnableGpuFirmware"]) == (VERSION, "open", "18")
    assert seen["driver"]["on_disk"] == [
        {
            "kernel": KERNEL,
            "version": VERSION,
            "flavour": "open",
            "path": node.MODULE,
            "kind": "dkms",
            "license": "Dual MIT/GPL",
            "vermagic": f"{KERNEL} SMP preempt mod_unload modversions",
            "srcversion": "4A3E3F2D1C0B",
            "signer": "DKMS module signing key",
        }
    ]
    disk = {
        "blacklist": ["nouveau", "nova_core", "nova_drm"],
        "install": {},
        "options": {"nouveau": {"modeset": "0"}},
        "files": ["/etc/modprobe.d/baremetal-gpu-nouveau.conf"],
    }
    image = {"path": f"/boot/initrd.img-{KERNEL}", "kernel": KERNEL, "modules": []}
    command_line = {"blacklist": ["nouveau"], "options": {"nvidia": {"NVreg_EnableGpuFirmware": "1"}}}
    assert seen["modprobe"] == {
        "disk": disk,
        "image": {**image, **disk},
        "command_line": command_line,
        "next_command_line": None,
    }


def test_packages_and_sources(gpu_node: Node) -> None:
    seen = gpu_node.look()
    packages = seen["packages"]
    assert (packages["manager"], packages["broken"]) == ("apt", ["half"])
    assert [(p["name"], p["upstream"], p["held"]) for p in packages["driver"]] == [
        ("libcuda1", VERSION, False),
        ("nvidia-kernel-open-dkms", VERSION, True),
    ]
    assert [(p["name"], p["upstream"], p["held"]) for p in packages["toolkit"]] == [
        ("nvidia-container-toolkit", "1.20.0", True)
    ]
    assert [p["name"] for p in packages["repository"]] == ["nvidia-driver-pinning-580"]
    assert [(r["path"], r["uris"], r["suites"], r["signed_by"], r["enabled"]) for r in seen["repositories"]] == [
        ("/etc/apt/sources.list", ["http://deb.debian.org/debian"], ["bookworm"], None, True),
        ("/etc/apt/sources.list.d/nvidia-driver.sources", ["http://repo/"], ["/"], "/etc/k.asc", True),
    ]
    assert seen["signing_keys"] == [
        {"path": "/etc/k.asc", "fingerprints": ["CE7FA8A8EF377D781D0472F6D6796C94F5F5B0CB"]}
    ]


def test_services_and_runtimes(gpu_node: Node) -> None:
    seen = gpu_node.look()
    assert seen["persistence"]["unit"]["exec_start"] == "/usr/bin/nvidia-persistenced --verbose"
    assert seen["units"]["docker.service"] is None
    assert seen["units"]["containerd.service"]["active_state"] == "active"
    containerd = seen["runtimes"]["containerd"]
    assert (containerd["version"], containerd["config_version"], containerd["error"]) == ("1.6.20", 2, None)
    assert containerd["imports"] == ["/etc/containerd/conf.d/*.toml"]
    assert containerd["handlers"] == {
        "nvidia": {"binary": "/usr/bin/nvidia-container-runtime"},
        "runc": {"binary": None},
    }
    assert (containerd["cri_enabled"], containerd["default_handler"], containerd["cdi_enabled"]) == (True, "runc", None)
    assert (seen["runtimes"]["docker"], seen["runtimes"]["crio"]) == (None, None)
    assert [(spec["path"], spec["kind"]) for spec in seen["cdi"]["specs"]] == [
        ("/etc/cdi/other.json", "example.com/x"),
        ("/var/run/cdi/nvidia.yaml", "nvidia.com/gpu"),
    ]
    assert seen["cluster"]["kubelet"] == {
        "active": True,
        "config_path": "/var/lib/kubelet/config.yaml",
        "node_name": "node-1",
        "runtime_endpoint": "unix:///run/containerd/containerd.sock",
    }


def test_nvidia_smi(gpu_node: Node) -> None:
    smi = gpu_node.look()["smi"]
    assert (smi["condition"], smi["driver_version"]) == ("ok", VERSION)
    assert [(g["bus_id"], g["persistence"], g["compute_cap"]) for g in smi["gpus"]] == [("0000:00:06.0", True, "9.0")]


def test_each_tool_is_asked_once(gpu_node: Node) -> None:
    gpu_node.look()
    tools = [call.split()[0] for call in gpu_node.runner.calls]
    assert sorted(tools) == ["containerd", "ctr", "dpkg-query", "modinfo", "nvidia-smi", "nvidia-smi", "systemctl"]


@pytest.mark.parametrize(
    ("gone", "condition"),
    [
        (["/sys/bus/pci/devices/0000:00:06.0"], "no_gpu"),
        (["/sys/module/nvidia/", "/usr/bin/nvidia-smi"], "not_installed"),
        (["/sys/module/nvidia/"], "driver_not_loaded"),
    ],
)
def test_nvidia_smi_is_not_asked_where_it_could_only_do_harm(gpu_node: Node, gone: list[str], condition: str) -> None:
    gpu_node.without(*gone)
    smi = gpu_node.look()["smi"]
    assert (smi["condition"], smi["gpus"], bool(smi["remedy"])) == (condition, [], True)
    assert not [call for call in gpu_node.runner.calls if call.startswith("nvidia-smi")]


def test_a_newer_kernel_boots_next(gpu_node: Node) -> None:
    gpu_node.files["/boot/vmlinuz-6.1.0-101-amd64"] = ""
    gpu_node.files["/run/reboot-required"] = ""
    gpu_node.files["/run/reboot-required.pkgs"] = "linux-base\nlibc6\nlibc6\n"
    seen = gpu_node.look()
    assert seen["kernel"]["next"] == "6.1.0-101-amd64"
    assert seen["reboot"]["reasons"] == [
        "the distribution asks for it: libc6, linux-base",
        f"kernel {KERNEL} runs, 6.1.0-101-amd64 boots next",
    ]
    assert seen["modprobe"]["image"] is None
    assert {"subject": "initramfs", "why": "none in /boot for kernel 6.1.0-101-amd64"} in seen["findings"]


def test_prebuilt_modules_of_several_kernels(gpu_node: Node) -> None:
    gpu_node.without("/lib/modules")
    path = "/lib/modules/6.8.0-45-generic/kernel/nvidia-580srv-open/nvidia.ko.zst"
    other = "/lib/modules/6.8.0-101-generic/kernel/drivers/video/nvidia.ko"
    gpu_node.files.update({path: "", other: "", "/lib/modules/6.8.0-45-generic/kernel/drivers/net/nvidia.ko": ""})
    gpu_node.answers["modinfo"] = out(f"filename: {gpu_node.top}{path}\nlicense: NVIDIA\nversion: 1\n")
    seen = gpu_node.look()["driver"]["on_disk"]
    assert [(m["kernel"], m["path"], m["kind"], m["flavour"]) for m in seen] == [
        ("6.8.0-45-generic", path, "prebuilt", "proprietary"),
        ("6.8.0-101-generic", other, "prebuilt", None),
    ]


def test_docker(gpu_node: Node) -> None:
    gpu_node.files["/usr/bin/dockerd"] = ""
    gpu_node.files["/etc/docker/daemon.json"] = '{"runtimes": {"nvidia": {"path": "x"}}, "features": {"cdi": true}}'
    gpu_node.answers["docker --version"] = out("Docker version 27.3.1, build ce12230\n")
    docker = gpu_node.look()["runtimes"]["docker"]
    assert (docker["version"], docker["error"], docker["runtimes"]) == ("27.3.1", None, ["nvidia", "runc"])
    assert docker["config"]["features"] == {"cdi": True}


def test_containerd_without_a_file_and_with_another_path(gpu_node: Node) -> None:
    gpu_node.answers["systemctl show"] = out(
        node.UNITS.replace("argv[]=/usr/bin/containerd", "argv[]=/usr/bin/containerd --config /etc/x.toml")
    )
    containerd = gpu_node.look()["runtimes"]["containerd"]
    assert (containerd["config_path"], containerd["config_sha256"], containerd["config_version"]) == (
        "/etc/x.toml",
        None,
        None,
    )
    assert f"containerd --config {gpu_node.top}/etc/x.toml config dump" in gpu_node.runner.calls


@pytest.mark.parametrize(("value", "wanted"), [(b"\x06\0\0\0\1", True), (b"\x06\0\0\0\0", False), (None, None)])
def test_secure_boot(gpu_node: Node, value: bytes | None, wanted: bool | None) -> None:
    gpu_node.without("/sys/firmware")
    gpu_node.files["/sys/firmware/efi/efivars/x"] = ""
    if value is not None:
        gpu_node.files["/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"] = value
    assert gpu_node.look()["secure_boot"] is wanted
    assert ("Secure Boot" in gpu_node.subjects()) is (wanted is None)


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (['APT::Periodic::Unattended-Upgrade "1";\n'], True),
        (['APT::Periodic::Unattended-Upgrade "1";\n', 'APT::Periodic::Unattended-Upgrade "0";\n'], False),
        (['// APT::Periodic::Unattended-Upgrade "1";\n'], False),
        ([], False),
    ],
)
def test_unattended_upgrades(gpu_node: Node, texts: list[str], wanted: bool) -> None:
    for number, text in enumerate(texts):
        gpu_node.files[f"/etc/apt/apt.conf.d/{number}auto"] = text
    assert gpu_node.look()["unattended"]["enabled"] is wanted
    gpu_node.answers["dpkg-query"] = out("")
    assert gpu_node.look()["unattended"] == {"enabled": False, "by": []}


def test_locks(gpu_node: Node) -> None:
    """A real lock of this process, as the kernel lists it."""
    path = gpu_node.top / "var/lib/dpkg/lock-frontend"
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        gpu_node.files["/proc/locks"] = Path("/proc/locks").read_text()
        gpu_node.files[f"/proc/{os.getpid()}/cmdline"] = "apt-get\0install\0"
        assert gpu_node.look()["locks"] == [
            {"path": "/var/lib/dpkg/lock-frontend", "pid": os.getpid(), "command": "apt-get install"}
        ]


def test_the_kubelet_by_its_flags(gpu_node: Node) -> None:
    gpu_node.files["/var/lib/kubelet/kubeadm-flags.env"] = (
        'KUBELET_KUBEADM_ARGS="--hostname-override=gpu-7 --container-runtime-endpoint=unix:///run/crio/crio.sock"\n'
    )
    kubelet = gpu_node.look()["cluster"]["kubelet"]
    assert (kubelet["node_name"], kubelet["runtime_endpoint"]) == ("gpu-7", "unix:///run/crio/crio.sock")


def test_nvidia_smi_is_on_its_way_before_anything_else_runs(gpu_node: Node) -> None:
    gpu_node.look()
    assert gpu_node.runner.calls[0] == "nvidia-smi -q -x"
