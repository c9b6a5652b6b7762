# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nvidia-smi prints: the capture's layout with this node's values."""

from __future__ import annotations

import copy
import datetime
import re
import time
from pathlib import Path

from lab.silicon.models import NVIDIA, Model
from lab.silicon.node.state import ROOT, Card, State
from lab.silicon.smi.data import CUDA, FIELDS, GPU_TEXT, GPU_XML, VERSION
from lab.silicon.smi.layout import CSV_PATHS, Element, at, before_ampere, long_bus, render, text_labels

DEPRECATED = "Requested functionality has been deprecated"
FABRIC_PID = ROOT / "run/nvidia-fabricmanager/nv-fabricmanager.pid"
REGISTERS = 5.0
"""Seconds from the fabric manager's start until it has registered the GPUs."""
UNITS = {"MiB": "MiB", "W": "W", "MHz": "MHz", "%": "%"}


def help_query() -> int:
    print('List of valid properties to query for the switch "--query-gpu":\n')
    for names in FIELDS:
        print(" or ".join(f'"{name}"' for name in names) + "\n")
    return 0


def version(driver: str) -> int:
    print(
        f"NVIDIA-SMI version  : {VERSION}\nNVML version        : {VERSION.rsplit('.', 1)[0]}\n"
        f"DRIVER version      : {driver}\nCUDA Version        : {CUDA}"
    )
    return 0


def alive(pid: Path) -> bool:
    return pid.exists() and Path(f"/proc/{pid.read_text().strip()}").exists()


def fabric_state() -> tuple[str, str]:
    if alive(FABRIC_PID) and time.time() - FABRIC_PID.stat().st_mtime > REGISTERS:
        return "Completed", "Success"
    return "In Progress", "N/A"


class Look:
    """One call: the state, its cards, the time."""

    def __init__(self, state: State, cards: list[tuple[Card, Model, bool]], now: datetime.datetime) -> None:
        self.state = state
        self.cards = cards
        self.now = now.strftime("%a %b %e %H:%M:%S %Y")

    def values(self, index: int) -> dict[str, str]:
        """XML path → value, where it is not the capture's."""
        card, model, persistent = self.cards[index]
        _domain, bus, device = card.bus_id.split(":")
        slot = device.split(".")[0]
        fabric = fabric_state()
        on_fabric = model.mig and self.state.switches
        total, reserved = model.memory_mib, model.reserved_mib
        mig = "Disabled" if model.mig else "N/A"
        found = {
            "product_name": model.name,
            "product_brand": "Tesla" if model.name.startswith("Tesla") else "NVIDIA",
            "product_architecture": model.architecture,
            "persistence_mode": "Enabled" if persistent else "Disabled",
            "mig_mode/current_mig": mig,
            "mig_mode/pending_mig": mig,
            "serial": card.serial,
            "uuid": card.uuid,
            "minor_number": str(card.minor),
            "vbios_version": model.vbios,
            "board_id": f"0x{int(bus + slot, 16):x}",
            "gpu_virtualization_mode/virtualization_mode": "None",
            "gsp_firmware_version": self.state.version if self.state.gsp else "N/A",
            "pci/pci_bus": bus.upper(),
            "pci/pci_device": slot.upper(),
            "pci/pci_device_id": f"{model.device}{NVIDIA}".upper(),
            "pci/pci_bus_id": long_bus(card.bus_id),
            "pci/pci_sub_system_id": f"{model.subsystem}{NVIDIA}".upper(),
            "fb_memory_usage/total": f"{total} MiB",
            "fb_memory_usage/reserved": f"{reserved} MiB",
            "fb_memory_usage/used": "0 MiB",
            "fb_memory_usage/free": f"{total - reserved} MiB",
            "ecc_errors/aggregate/dram_correctable": "0",
            "ecc_errors/aggregate/dram_uncorrectable": "0",
            "remapped_rows/remapped_row_unc": "0",
            "remapped_rows/row_remapper_histogram/row_remapper_histogram_max": "2560 bank(s)",
            "remapped_rows/row_remapper_histogram/row_remapper_histogram_high": "0 bank(s)",
            "fabric/state": fabric[0] if on_fabric else "N/A",
            "fabric/status": fabric[1] if on_fabric else "N/A",
        }
        for name in ("current", "requested", "default", "max"):
            found[f"gpu_power_readings/{name}_power_limit"] = f"{model.power_limit_w}.00 W"
        if on_fabric and fabric[0] == "Completed":
            found |= {
                "fabric/cliqueId": "0",
                "fabric/clusterUuid": "00000000-0000-0000-0000-000000000000",
                "fabric/health/summary": "Healthy",
            }
        if int(VERSION.split(".")[0]) >= 595:
            found |= {
                f"{group}applications_clocks/{name}": DEPRECATED
                for group in ("", "default_")
                for name in ("graphics_clock", "mem_clock")
            }
            found |= {f"{group}_power_readings/power_state": DEPRECATED for group in ("gpu", "module")}
        return found

    def tree(self, index: int) -> Element:
        """One GPU's element."""
        tree = copy.deepcopy(GPU_XML)
        for path, value in self.values(index).items():
            node = tree
            for tag in path.split("/"):
                node = next(child for child in node[2] if child[0] == tag)
            node[1] = value
        if self.cards[index][1].architecture in ("Turing", "Volta"):
            before_ampere(tree)
        return tree

    def xml(self) -> int:
        lines = [
            '<?xml version="1.0" ?>',
            '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v13.dtd">',
            "<nvidia_smi_log>",
            f"\t<timestamp>{self.now}</timestamp>",
            f"\t<driver_version>{self.state.version}</driver_version>",
            f"\t<cuda_version>{CUDA}</cuda_version>",
            f"\t<attached_gpus>{len(self.cards)}</attached_gpus>",
        ]
        for index, (card, *_rest) in enumerate(self.cards):
            element = self.tree(index)
            lines.append(f'\t<gpu id="{long_bus(card.bus_id)}">')
            for child in element[2]:
                render(child, 2, lines)
            lines.append("\t</gpu>\n")
        print("\n".join([*lines, "</nvidia_smi_log>"]))
        return 0

    def text(self, section: str | None) -> int:
        print(
            f"\n==============NVSMI LOG==============\n\n{'Timestamp':<55}: {self.now}\n"
            f"{'Driver Version':<55}: {self.state.version}\n{'CUDA Version':<55}: {CUDA}\n\n"
            f"{'Attached GPUs':<55}: {len(self.cards)}"
        )
        for index, (card, *_rest) in enumerate(self.cards):
            print(f"GPU {long_bus(card.bus_id)}")
            print("\n".join(self._gpu_text(index, section)))
            print()
        return 0

    def _gpu_text(self, index: int, section: str | None) -> list[str]:
        by_label = text_labels(self.values(index))
        headings = {
            "GSP_FIRMWARE_VERSION": ("GSP Firmware Version",),
            "MEMORY": ("FB Memory Usage", "BAR1 Memory Usage", "Conf Compute Protected Memory Usage"),
        }
        wanted = headings.get(section or "")
        lines: list[str] = []
        path: list[str] = []
        for line in GPU_TEXT:
            depth = (len(line) - len(line.lstrip())) // 4
            label = line.split(" : ")[0].strip()
            path = [*path[: depth - 1], label]
            if wanted and path[0] not in wanted:
                continue
            value = by_label.get("/".join(path))
            lines.append(f"{line.split(' : ')[0]} : {value}" if value is not None else line)
        return lines

    def listing(self) -> int:
        return _listing(self)

    def links(self) -> int:
        return _listing(self, links=True)

    def summary(self) -> int:
        return _summary(self)

    def csv(self, names: list[str], style: str) -> int:
        known = {alias: aliases for aliases in FIELDS for alias in aliases}
        for name in names:
            if name not in known:
                print(f'Field "{name}" is not a valid field to query.\n')
                return 2
        bare = "nounits" in style
        cells = [[self._cell(index, known[name]) for name in names] for index in range(len(self.cards))]
        if "noheader" not in style:
            units = [next((u for u in UNITS if cells and cells[0][i].endswith(f" {u}")), "") for i in range(len(names))]
            print(", ".join(f"{name} [{unit}]" if unit else name for name, unit in zip(names, units, strict=True)))
        for row in cells:
            print(", ".join(re.sub(r" (MiB|W|MHz|%)$", "", cell) if bare else cell for cell in row))
        return 0

    def _cell(self, index: int, aliases: list[str]) -> str:
        _card, model, _persistent = self.cards[index]
        special = {
            "index": str(index),
            "count": str(len(self.cards)),
            "driver_version": self.state.version,
            "compute_cap": model.compute_cap,
            "gsp.mode.current": "Enabled" if self.state.gsp else "Disabled",
            "gsp.mode.default": "Enabled",
            "inforom.checksum_validation": "valid",
            "timestamp": self.now,
        }
        for alias in aliases:
            if alias in special:
                return special[alias]
            path = CSV_PATHS.get(alias)
            if path:
                return at(self.tree(index), path)
        return "[N/A]"


def _listing(look: Look, *, links: bool = False) -> int:
    for index, (card, model, _persistent) in enumerate(look.cards):
        print(f"GPU {index}: {model.name} (UUID: {card.uuid})")
        if links:
            each = [f"\t Link {link}: {model.nvlink_speed}" for link in range(model.nvlinks)]
            print("\n".join(each or ["Device does not have or support Nvlink"]))
    return 0


def _summary(look: Look) -> int:
    print(f"{look.now:<31}")
    line = "+" + "-" * 89 + "+"
    print(line)
    print(f"| NVIDIA-SMI {VERSION:<22} Driver Version: {look.state.version:<14} CUDA Version: {CUDA:<8} |")
    print("+" + "-" * 41 + "+" + "-" * 24 + "+" + "-" * 22 + "+")
    print("| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |")
    print("| Fan  Temp   Perf          Pwr:Usage/Cap |           Memory-Usage | GPU-Util  Compute M. |")
    print("|                                         |                        |               MIG M. |")
    print("|" + "=" * 41 + "+" + "=" * 24 + "+" + "=" * 22 + "|")
    for index, (card, model, persistent) in enumerate(look.cards):
        mig = "Disabled" if model.mig else "N/A"
        print(
            f"| {index:>3}  {model.name:<28}{'On' if persistent else 'Off':>6} | "
            f"{long_bus(card.bus_id):>18} Off |{0:>21} |"
        )
        print(
            f"| N/A   37C    P0 {'70W':>15} / {model.power_limit_w:>4}W |{0:>8}MiB / "
            f"{model.memory_mib:>6}MiB |      0%      Default |"
        )
        print(f"|                                         |                        |{mig:>21} |")
        print("+" + "-" * 41 + "+" + "-" * 24 + "+" + "-" * 22 + "+")
    print(
        f"\n{line}\n| Processes:{'':<78}|\n"
        "|  GPU   GI   CI              PID   Type   Process name                        GPU Memory |"
    )
    print(
        "|        ID   ID                                                               Usage      |\n"
        f"|{'=' * 89}|\n|  No running processes found{'':<61}|\n{line}"
    )
    return 0
