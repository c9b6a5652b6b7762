# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a node. Private to the collection."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Callable

from .._parse.nvidia_smi_conditions import REMEDIES
from .._parse.nvidia_smi_types import SmiReport
from .._root import Root
from .._runner import Starter
from . import (
    cdi,
    cluster,
    dnf_files,
    driver,
    efi,
    holders,
    kernel,
    modprobe,
    origins,
    own_files,
    packages,
    pci,
    runtimes,
    smi_start,
    sources,
    system,
    units,
    upgrades,
)
from .context import Context
from .driver_types import Modules, Pci
from .package_types import Packages
from .packages import Database
from .types import SCHEMA, Finding, Observation


def without_call(name: str, message: str) -> SmiReport:
    """A condition that is plain without asking, where asking would load a module or make device files."""
    return SmiReport(name, message, REMEDIES[name])


def _answer(runner: Starter, begun: smi_start.Begun) -> SmiReport:
    # Here, while nvidia-smi runs, and not at all where there is none.
    from .smi import ask

    return ask(runner, begun)


def _smi(look: Context, runner: Starter, tree: Pci, loaded: Modules) -> Callable[[], SmiReport]:
    """nvidia-smi is asked only where a module answers: run as root without one it would load one."""
    if not tree.gpus:
        return lambda: without_call("no_gpu", "there is no NVIDIA GPU in the PCI tree")
    if "nvidia" in loaded.loaded:
        begun = smi_start.begin(runner, look.root)
        return lambda: _answer(runner, begun)
    if look.program("nvidia-smi"):
        return lambda: without_call("driver_not_loaded", "the module nvidia is not loaded")
    return lambda: without_call("not_installed", "nvidia-smi is not installed")


def _packages(look: Context, known: Database) -> Packages:
    seen = packages.packages(look, known)
    streams = dnf_files.streams(look) if known.manager == "dnf" else None
    return replace(origins.with_origins(look, seen), pins=packages.pins(look, seen), streams=streams)


def observe(runner: Starter, root: Root) -> Observation:
    """Everything, in an order that asks each tool once."""
    look = Context(root, runner)
    privileged = os.geteuid() == 0
    if not privileged:
        look.note("privileges", "not root: what only root may see is missing, and listed here as not readable")
    tree = pci.pci(look)
    loaded = driver.modules(look)
    # Before nvidia-smi is on its way, which holds the driver itself.
    held = holders.holders(look, loaded)
    answer = _smi(look, runner, tree, loaded)
    kernels = kernel.kernel(look)
    trust = efi.efi(look)
    drivers = driver.driver(look)
    services = units.units(look)
    known = packages.database(look)
    repositories = (*sources.repositories(look), *dnf_files.repositories(look))
    observation = Observation(
        schema=SCHEMA,
        findings=(),
        privileged=privileged,
        os=system.operating_system(look),
        kernel=kernels,
        secure_boot=trust.secure_boot,
        efi=trust,
        pci=tree,
        modules=loaded,
        driver=drivers,
        holders=held,
        modprobe=modprobe.modprobe(look, kernels.next),
        packages=_packages(look, known),
        repositories=repositories,
        signing_keys=sources.keys(look, repositories),
        persistence=units.persistence(services),
        units={name: unit for name, unit in services.items() if name != units.PERSISTENCED},
        runtimes=runtimes.runtimes(look, known, services),
        cdi=cdi.cdi(look, drivers),
        cluster=cluster.cluster(look, services),
        smi=answer(),
        reboot=system.reboot(look, kernels, known),
        disk=system.disk(look),
        locks=upgrades.locks(look),
        unattended=upgrades.unattended(look, known, services),
        own_files=own_files.own_files(look),
    )
    unreadable = [Finding(path, "not readable") for path in root.unreadable]
    return replace(observation, findings=(*look.findings, *unreadable))
