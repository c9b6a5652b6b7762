# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as the rest of the project meets them."""

from __future__ import annotations

import json
import subprocess

import pytest

from lab import LABEL, NETWORK, LabError, cost
from lab.__main__ import main
from lab.nodes import Node, boot_id, exists, hardware, parse, reboot, reset, run
from lab.nodes.docker import ask, inside, words
from tests.nodes import MakeNode, wait_for


@pytest.mark.parametrize(
    ("text", "gpus", "switches", "others"),
    [("", 0, 0, 1), ("t4", 1, 0, 1), ("h100-sxm*8+nvswitch*4", 8, 4, 1), ("l40s*2+t4", 3, 0, 1), ("mi210*2", 0, 0, 3)],
)
def test_hardware_is_what_was_asked_for(text: str, gpus: int, switches: int, others: int) -> None:
    content = json.loads(hardware.describe("x", text))
    assert (len(content["gpus"]), len(content["nvswitches"]), len(content["other"])) == (gpus, switches, others)
    addresses = [card["bus_id"] for card in content["gpus"] + content["other"]] + content["nvswitches"]
    assert len(set(addresses)) == len(addresses)


def test_cards_keep_their_identity() -> None:
    assert hardware.describe("x", "t4*2") == hardware.describe("x", "t4*2")
    uuids = [gpu["uuid"] for name in ("x", "y") for gpu in json.loads(hardware.describe(name, "t4*2"))["gpus"]]
    assert len(set(uuids)) == 4


@pytest.mark.parametrize("text", ["h100-sxm*", "*3", "t4*x", "t4*99", "nvswitch*7", "h100-smx"])
def test_hardware_that_cannot_be_is_refused_with_the_value(text: str) -> None:
    with pytest.raises(LabError, match=text.replace("*", r"\*")):
        hardware.describe("x", text)


@pytest.mark.parametrize("text", ["", "x", "X=debian12", "x=debian13", "x=debian12:t4**"])
def test_a_node_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(LabError):
        parse(text)


def test_a_node_is_read_from_one_word() -> None:
    assert parse("big=debian12:h100-sxm*8+nvswitch*4") == Node("big", "debian12", "h100-sxm*8+nvswitch*4")
    assert parse("plain=ubuntu24") == Node("plain", "ubuntu24", "")


def test_the_command_line_says_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["launch"]) == 2
    assert "no command 'launch'" in capsys.readouterr().err
    assert main(["reboot", "nobody"]) == 1
    error = capsys.readouterr().err
    assert "no node 'nobody'" in error
    assert "go on with: python -m lab status" in error


def test_a_reboot_is_one_and_a_reset_forgets(make_node: MakeNode) -> None:
    node = make_node("nodes-plain", "ubuntu24", "")
    assert run(node, ["touch", "/root/kept", "/run/lost"]).rc == 0
    before = boot_id(node)
    reboot(node)
    assert boot_id(node) != before
    assert run(node, ["sh", "-c", "ls /root/kept && ! ls /run/lost"]).rc == 0
    assert run(node, ["systemctl", "--failed", "--no-legend", "--plain"]).out == ""
    reset(node)
    assert run(node, ["ls", "/root/kept"]).rc == 2


def test_a_command_that_a_shutdown_stops_does_not_keep_the_node(make_node: MakeNode) -> None:
    node = make_node("nodes-stopped", "debian12", "")
    argv = [*inside(node.container), "sh", "-c", "touch /root/stopped; kill -STOP $$"]
    with subprocess.Popen(argv) as process:
        wait_for(node, "/root/stopped")
        reboot(node)
        assert process.wait(timeout=60) != 0


def test_what_a_node_runs_is_real(make_node: MakeNode) -> None:
    docker = make_node("nodes-docker", "ubuntu24-docker", "t4")
    for unit in ("docker", "containerd"):
        assert run(docker, ["systemctl", "is-active", unit]).out == "active\n"
    assert run(docker, ["sh", "-c", "ctr plugins ls | grep -w cri"]).rc == 1
    assert run(docker, ["sh", "-c", ". /etc/os-release; echo $ID $VERSION_CODENAME"]).out == "ubuntu noble\n"


def test_every_trace_carries_the_label(make_node: MakeNode) -> None:
    """`down` removes by label and nothing else: so everything must carry it, and what does not stays."""
    node = make_node("nodes-trace", "ubuntu24", "")
    for kind, names in (
        ("container", ask("ps", "--all", "--quiet", "--filter", f"name=^{node.container}$").out.split()),
        ("volume", ask("volume", "ls", "--quiet", "--filter", f"name={node.container}-").out.split()),
        ("network", [NETWORK]),
    ):
        assert names
        template = "{{.Config.Labels}}" if kind == "container" else "{{.Labels}}"
        for name in names:
            assert LABEL.replace("=", ":") in ask(kind, "inspect", "--format", template, name).out
    assert exists(node)


def test_a_container_that_has_gone_since_it_was_listed_hides_no_other(make_node: MakeNode) -> None:
    """Tests make and remove nodes side by side; an address is free only where all that is there was asked."""
    node = make_node("nodes-listed", "ubuntu24", "")
    assert words(["gone", node.container, "gone-too"], "{{.Name}}") == [f"/{node.container}"]


def test_what_a_node_takes_is_measured(make_node: MakeNode) -> None:
    """What it writes, to itself or to a volume, and what its processes hold."""
    node = make_node("nodes-cost", "ubuntu24", "")
    (init,) = cost.inits([node.container])
    memory, disk = cost.of_processes([init]), cost.of_nodes([node.container])
    fill = "head -c 64M /dev/zero >/root/fill && head -c 64M /dev/zero >/var/lib/kubelet/fill"
    assert run(node, ["sh", "-c", fill]).rc == 0
    hold = "held = bytearray(256 << 20); print(1, flush=True); import time; time.sleep(600)"
    start = f"python3 -c '{hold}' >/run/held 2>&1 & until grep -q 1 /run/held; do sleep 0.1; done"
    assert run(node, ["timeout", "30", "sh", "-c", start]).rc == 0
    assert (128 << 20) <= cost.of_nodes([node.container]) - disk < (192 << 20)
    assert cost.of_processes([init]) - memory >= 200 << 20
    assert cost.of_images() > 500 << 20
