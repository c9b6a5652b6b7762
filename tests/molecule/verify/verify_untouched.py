# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node without an NVIDIA card after the playbook: what it was before, and reported so. Molecule calls it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml

from lab import REPO

FILE = Path(os.environ["MOLECULE_FILE"])
NAME = yaml.safe_load(FILE.read_text())["platforms"][0]["name"]


def ask(*argv: str, stdin: str = "") -> str:
    return subprocess.run(["docker", *argv], input=stdin, capture_output=True, text=True, check=True).stdout


def test_packages_configuration_boot_files_and_services_are_what_they_were() -> None:
    now = ask("exec", "-i", NAME, "bash", stdin=(REPO / "molecule/shared/files/state.sh").read_text())
    before = (FILE.parent / "bare.txt").read_text()
    assert len(before.splitlines()) > 500
    assert [line.rstrip() for line in now.splitlines()] == [line.rstrip() for line in before.splitlines()]


def test_the_cards_of_others_are_seen_and_left() -> None:
    read = "cd /sys/bus/pci/devices && for card in *; do echo $card $(cat $card/vendor $card/device); done"
    cards = [line.replace("0x", "").split() for line in ask("exec", NAME, "sh", "-c", read).splitlines()]
    kinds = sorted(f"{vendor}:{device}" for _address, vendor, device in cards)
    assert kinds == ["1002:740f", "1002:740f", "1a03:2000", "8086:56a0"]
    report = ["ansible-playbook", "--inventory", str(FILE.parent / "inventory"), "baremetal.gpu.report"]
    said = subprocess.run(report, cwd=REPO, capture_output=True, text=True, check=True).stdout
    seen = ", ".join(f"{address} ({vendor}:{device})" for address, vendor, device in sorted(cards))
    assert f"left untouched: no NVIDIA GPU in the PCI tree; display controllers seen: {seen}" in said


def test_it_was_never_rebooted() -> None:
    assert ask("inspect", "--format", "{{.RestartCount}}", NAME).strip() == "0"
