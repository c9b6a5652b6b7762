# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units and what their command lines mean; devices in the PCI tree told apart."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.units import UNITS

from . import node
from .fakes import out
from .looking import Node

DAEMON = "/usr/bin/nvidia-persistenced"


def unit(name: str, exec_start: str = "", **properties: str) -> str:
    lines = [f"Id={name}", "LoadState=loaded", *(f"{key}={value}" for key, value in properties.items())]
    if exec_start:
        lines.append(f"ExecStart={{ path=x ; argv[]={exec_start} ; ignore_errors=no ; start_time=[n/a] }}")
    return "\n".join(lines) + "\n\n"


@pytest.mark.parametrize(
    ("exec_start", "mode", "user"),
    [
        (f"{DAEMON} --verbose", True, None),
        (f"{DAEMON} --user nvidia-persistenced --no-persistence-mode --verbose", False, "nvidia-persistenced"),
        (f"{DAEMON} --no-persistence-mode --user=root --persistence-mode", True, "root"),
        (f"{DAEMON} -u root", True, "root"),
        ("", None, None),
    ],
)
def test_what_the_persistence_daemon_does(gpu_node: Node, exec_start: str, mode: bool | None, user: str | None) -> None:
    gpu_node.answers["systemctl show"] = out(unit("nvidia-persistenced.service", exec_start))
    seen = gpu_node.look()["persistence"]
    assert (seen["unit"]["exec_start"], seen["mode"], seen["user"]) == (exec_start, mode, user)


def test_no_persistence_daemon(gpu_node: Node) -> None:
    gpu_node.answers["systemctl show"] = out("")
    assert gpu_node.look()["persistence"] == {"unit": None, "mode": None, "user": None}


@pytest.mark.parametrize(
    ("path", "flavour"),
    [
        ("/usr/lib/systemd/system/nvidia-fabricmanager.service", "vendor"),
        ("/lib/systemd/system/nvidia-fabricmanager.service", "vendor"),
        ("/etc/systemd/system/nvidia-fabricmanager.service", "local"),
        ("/run/systemd/generator/nvidia-fabricmanager.service", "runtime"),
        ("", None),
    ],
)
def test_who_brought_a_unit(gpu_node: Node, path: str, flavour: str | None) -> None:
    gpu_node.answers["systemctl show"] = out(
        unit("nvidia-fabricmanager.service", FragmentPath=path, ActiveState="failed", SubState="dead")
    )
    seen = gpu_node.look()["units"]["nvidia-fabricmanager.service"]
    assert (seen["flavour"], seen["active_state"], seen["sub_state"]) == (flavour, "failed", "dead")


@pytest.mark.parametrize(("said", "wanted"), [("yes", True), ("no", False)])
def test_a_changed_unit(gpu_node: Node, said: str, wanted: bool) -> None:
    dropin = "/etc/systemd/system/nvlsm.service.d/x.conf"
    gpu_node.answers["systemctl show"] = out(unit("nvlsm.service", NeedDaemonReload=said, DropInPaths=dropin))
    seen = gpu_node.look()["units"]["nvlsm.service"]
    assert (seen["needs_reload"], seen["dropins"]) == (wanted, [dropin])


def test_all_units_in_one_call(gpu_node: Node) -> None:
    seen = gpu_node.look()["units"]
    assert set(seen) == set(UNITS) - {"nvidia-persistenced.service"}
    assert {"nvidia-imex.service", "nvidia-dcgm.service", "nvlsm.service", "k3s.service", "packagekit.service"} <= set(
        seen
    )
    assert len([call for call in gpu_node.runner.calls if call.startswith("systemctl")]) == 1


@pytest.mark.parametrize(
    ("vendor", "device", "class_", "kind"),
    [
        ("1a03", "2000", "030000", "bmc"),
        ("102b", "0536", "030000", "bmc"),
        ("1002", "515e", "030000", "bmc"),
        ("1002", "74a1", "120000", "other"),
        ("1002", "73bf", "030000", "other"),
        ("8086", "56c0", "038000", "other"),
        ("1234", "1111", "030000", "virtual"),
        ("1af4", "1050", "038000", "virtual"),
        ("1a03", "2000", "120000", "other"),
    ],
)
def test_displays_of_others(gpu_node: Node, vendor: str, device: str, class_: str, kind: str) -> None:
    gpu_node.files.update(node.device("0000:7f:00.0", vendor, device, class_, None))
    foreign: Any = {one["bus_id"]: one for one in gpu_node.look()["pci"]["foreign"]}
    assert (foreign["0000:7f:00.0"]["kind"], foreign["0000:7f:00.0"]["driver"]) == (kind, None)


@pytest.mark.parametrize(("text", "wanted"), [("-1\n", None), ("0\n", 0), ("7\n", 7), ("", None)])
def test_numa_nodes(gpu_node: Node, text: str, wanted: int | None) -> None:
    gpu_node.files["/sys/bus/pci/devices/0000:00:06.0/numa_node"] = text
    gpu_node.files["/sys/bus/pci/devices/0000:00:06.0/physfn"] = "-> ../0000:00:05.0"
    (gpu,) = gpu_node.look()["pci"]["gpus"]
    assert (gpu["numa_node"], gpu["virtual_function"]) == (wanted, True)
