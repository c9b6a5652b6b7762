# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at a node. Private to the collection."""

from __future__ import annotations

import os

from .._parse.nvidia_smi_types import SmiReport
from .._root import Root
from .._runner import Runner
from . import cluster, driver, modprobe, packages, pci, runtimes, smi, sources, system, units
from .context import Context
from .types import SCHEMA, Finding, Modules, Observation, Pci, Persistence


def _smi(look: Context, tree: Pci, loaded: Modules) -> SmiReport:
    """nvidia-smi is asked only where a module answers: run as root without one it would load one."""
    if not tree.gpus:
        return smi.without_call("no_gpu", "there is no NVIDIA GPU in the PCI tree")
    if "nvidia" in loaded.loaded:
        return smi.ask(look.runner)
    if look.program("nvidia-smi"):
        return smi.without_call("driver_not_loaded", "the module nvidia is not loaded")
    return smi.without_call("not_installed", "nvidia-smi is not installed")


def observe(runner: Runner, root: Root) -> Observation:
    """Everything, in an order that asks each tool once."""
    look = Context(root, runner)
    kernels = system.kernel(look)
    tree = pci.pci(look)
    loaded = driver.modules(look)
    services = units.units(look)
    known = packages.database(look)
    repositories = sources.repositories(look)
    observation = Observation(
        schema=SCHEMA,
        findings=(),
        privileged=os.geteuid() == 0,
        os=system.operating_system(look),
        kernel=kernels,
        secure_boot=system.secure_boot(look),
        pci=tree,
        modules=loaded,
        driver=driver.driver(look),
        modprobe=modprobe.modprobe(look, kernels.next),
        packages=packages.packages(look, known),
        repositories=repositories,
        signing_keys=sources.keys(look, repositories),
        persistence=Persistence(services[units.PERSISTENCED]),
        units={name: unit for name, unit in services.items() if name != units.PERSISTENCED},
        runtimes=runtimes.runtimes(look, known or (), services[units.CONTAINERD], services[units.DOCKER]),
        cdi=runtimes.cdi(look),
        cluster=cluster.cluster(look, services[units.KUBELET]),
        smi=_smi(look, tree, loaded),
        reboot=system.reboot(look, kernels),
        disk=system.disk(look),
        locks=packages.locks(look),
        unattended=packages.unattended(look, known),
    )
    unreadable = [Finding(path, "not readable") for path in root.unreadable]
    return Observation(**{**observation.__dict__, "findings": (*look.findings, *unreadable)})
