# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole look: on a node as it should be, and on nodes where something is not."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.look import observe
from ansible_collections.baremetal.gpu.plugins.module_utils._plain import plain
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

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
