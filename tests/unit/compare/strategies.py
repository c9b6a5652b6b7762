# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks of every kind, from the types that the look is made of: a new field is covered by itself."""

from __future__ import annotations

import ast
import sys
from dataclasses import fields, is_dataclass
from typing import Any, Callable, Dict, List, Set, Tuple

from ansible_collections.baremetal.gpu.plugins.module_utils._compare import (
    cmdline,
    driver,
    gsp,
    nouveau,
    persistence,
    toolkit,
    unattended,
)
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.types import Observation
from hypothesis import strategies as st

from . import world

Strategy = Any
VERSIONS = (world.VERSION, "580.95.05", "570.86.15", "620.70.06", "470.256.02", "6.1.0-41", "1.20.0", "1.17.8", "")
KERNELS = (world.KERNEL, "6.1.0-42-amd64", "6.8.0-31-generic")
BUS_IDS = ("0000:1b:00.0", "0000:43:00.0", "0009:01:00.0")
MODULES = ("nvidia", "nouveau", "nova_core", "nova_drm", "nvidia_drm", "ast")
SWITCHES = (gsp.OPTION, "modeset", "EnableGpuFirmware")
NAMES = (
    *world.DRIVER,
    *world.TOOLKIT,
    "nvidia-kernel-dkms",
    "nvidia-driver",
    "nvidia-fabricmanager",
    "nvidia-fabricmanager-570",
    "libnvidia-nscq-580",
    "nvidia-imex",
    "nvlsm",
    "nvidia-dkms-580-server",
    "linux-modules-nvidia-580-server-open-generic",
    "containerd.service",
    "nvidia-fabricmanager.service",
    "nvidia-imex.service",
    "runc",
    "crun",
)
SOURCES = tuple(world.source("x", "")["path"].replace("x.", f"{name}.") for name in ("nvidia-driver", "debian"))
FILES = (
    *SOURCES,
    "/etc/apt/sources.list.d/nvidia-docker.list",
    "/etc/apt/sources.list.d/cuda-debian12-x86_64.list",
    "/etc/apt/keyrings/nvidia-driver.asc",
    nouveau.PATH,
    gsp.PATH,
    persistence.DROPIN,
)
TEXT = st.text(max_size=6)


def one_of(*values: Any) -> Strategy:
    return st.sampled_from(values)


def word(*values: Any) -> Strategy:
    """Mostly a text that the comparison knows, and sometimes any."""
    return st.one_of(one_of(*values), one_of(*values), TEXT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    # The order of a list that somebody wrote may matter, so there is none to change.
    lambda inner: st.lists(inner, max_size=1) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
DAEMON = st.fixed_dictionaries(
    {},
    optional={"runtimes": JSON | st.dictionaries(word("nvidia", "runc"), JSON, max_size=2), "default-runtime": JSON},
)

BY_FIELD: Dict[str, Strategy] = {
    # What the parsers promise of a value beyond its type.
    "Gpu.vendor": one_of("10de"),
    "Gpu.device": one_of("2901", "2941") | st.from_regex(r"[0-9a-f]{4}", fullmatch=True),
    "Fabric.state": word("completed", "in_progress", "not_supported", None),
    "Fabric.status": word("success", None),
    "Gpu.architecture": one_of("hopper", "volta", "blackwell", "kepler", "turing", None),
    "Containerd.version": one_of("1.6.20", "1.7.27", "2.1.4", "2.0", None),
    "Docker.version": one_of("20.10.24", "28.1", None),
    "Docker.config": st.none() | DAEMON,
    "Key.fingerprints": st.lists(one_of("A" * 40, "EB693B3035CD5710E231E123A4B469963BF863CC"), max_size=2),
    # Of these the comparison knows some texts.
    "OperatingSystem.id": word("debian", "ubuntu", None),
    "OperatingSystem.version_id": word("12", "24.04", None),
    "OperatingSystem.arch": one_of("x86_64", "aarch64", "ppc64le"),
    "OperatingSystem.codename": one_of("bookworm", "noble", "", None),
    "RunningDriver.flavour": one_of("open", "proprietary"),
    "RunningDriver.params": st.dictionaries(word(*SWITCHES), word("0", "18"), max_size=2),
    "Kernel.cmdline": word("", f"ro nvidia.{gsp.OPTION}=0 quiet", f"nvidia.{gsp.OPTION}=18"),
    "ModuleOnDisk.flavour": one_of("open", "proprietary", None),
    "Packages.manager": word("apt", "pacman", None),
    "Repository.uris": st.lists(word("https://example.org/", "http://x"), max_size=2),
    "Unit.exec_start": word(
        "", "/usr/bin/nvidia-persistenced --user u --no-persistence-mode", "/usr/bin/nvidia-persistenced --verbose"
    ),
    "Unit.load_state": word("loaded", "masked", "bad-setting"),
    "Unit.active_state": word("active", "inactive", "failed"),
    "Unit.unit_file_state": word("enabled", "disabled", "static", ""),
    "modules": st.lists(word(*MODULES), max_size=3),
    "blacklist": st.lists(word(*MODULES), max_size=4),
    "install": st.dictionaries(word(*MODULES), TEXT, max_size=2),
    "options": st.dictionaries(
        word(*MODULES), st.dictionaries(word(*SWITCHES), word("0", "0x0", "18"), max_size=2), max_size=2
    ),
    "loaded": st.dictionaries(word(*MODULES), st.fixed_dictionaries({"version": word(*VERSIONS, None)}), max_size=3),
    "name": word(*NAMES),
    "broken": st.lists(word(*NAMES), max_size=2),
    "bus_id": word(*BUS_IDS),
    "Observation.own_files": st.dictionaries(
        one_of(*driver.FILES, *driver.RECORDS, toolkit.RECORD, cmdline.PATH),
        word(unattended.CONTENT, "nvidia_peermem\n"),
        max_size=2,
    ),
    "Packages.kernel_locks": st.lists(word("kernel-core-0:5.14.0-1.el9"), max_size=1),
    "Packages.kernel": st.lists(
        one_of(*(f"linux-{kind}-{flavour}" for kind in ("image", "headers") for flavour in ("amd64", "generic"))),
        max_size=4,
    ).map(lambda names: [world.package(name, "6.8") for name in names]),
    "Upgrader.name": word("unattended-upgrades"),
    "path": word(*FILES),
    "files": st.lists(word(*FILES), max_size=3),
    "dropins": st.lists(word(*FILES), max_size=2),
    "signed_by": word(*FILES, None),
    **dict.fromkeys(("version", "upstream", "driver_version"), word(*VERSIONS)),
    **dict.fromkeys(("kernel", "running", "next"), word(*KERNELS)),
    **dict.fromkeys(("installed", "headers"), st.lists(word(*KERNELS), max_size=2)),
    **dict.fromkeys(("handlers",), st.dictionaries(word("nvidia", "runc"), st.just({"binary": None}), max_size=2)),
    "default_handler": word("nvidia", "runc", None),
}
"""By class and field, or by the field alone where its type is made of text."""
BY_NAME: Dict[str, Strategy] = {
    "str": TEXT,
    "int": st.integers(0, 2**40),
    "float": st.floats(0, 1e6),
    "bool": st.booleans(),
    "None": st.none(),
    "Any": JSON,
}
LEAVES = {"str", "None", "tuple", "Mapping"}


def names(node: ast.AST) -> Set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def arguments(node: ast.Subscript) -> List[ast.expr]:
    # Python 3.8 wraps what is between the brackets.
    inner: Any = getattr(node.slice, "value", node.slice) if sys.version_info < (3, 9) else node.slice
    return list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]


def of_type(node: ast.expr, look_up: Callable[[str], Any]) -> Strategy:
    """Of an annotation, which Python 3.8 can read but not evaluate."""
    if isinstance(node, ast.BinOp):
        return of_type(node.left, look_up) | of_type(node.right, look_up)
    if isinstance(node, ast.Constant):
        return st.none()
    if isinstance(node, ast.Subscript):
        assert isinstance(node.value, ast.Name)
        inner = [
            of_type(one, look_up)
            for one in arguments(node)
            if not (isinstance(one, ast.Constant) and one.value is Ellipsis)
        ]
        if node.value.id in ("tuple", "Tuple"):
            return st.lists(inner[0], max_size=2)
        assert node.value.id == "Mapping", ast.dump(node)
        return st.dictionaries(inner[0], inner[1], max_size=2)
    assert isinstance(node, ast.Name), ast.dump(node)
    return BY_NAME[node.id] if node.id in BY_NAME else of_class(look_up(node.id))


def of_field(owner: Any, name: str, annotation: str) -> Strategy:
    tree = ast.parse(annotation, mode="eval").body
    module = sys.modules[owner.__module__]
    known = BY_FIELD.get(f"{owner.__name__}.{name}")
    if known is None and names(tree) <= LEAVES:
        known = BY_FIELD.get(name)
    elif known is None and name in ("handlers", "install", "options", "loaded"):
        known = BY_FIELD[name]
    if known is None:
        return of_type(tree, lambda word: getattr(module, word))
    return known | st.none() if "None" in annotation else known


_MADE: Dict[Any, Strategy] = {}


def of_class(owner: Any) -> Strategy:
    """Every field of a dataclass, as the look returns it."""
    assert is_dataclass(owner), owner
    if owner not in _MADE:
        parts = {field.name: of_field(owner, field.name, str(field.type)) for field in fields(owner)}
        _MADE[owner] = st.fixed_dictionaries({name.rstrip("_"): part for name, part in parts.items()})
    return _MADE[owner]


def observations() -> Strategy:
    return of_class(Observation)


CHOICES: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (
    *((f"{role}_state", ("present", "absent")) for role in ("nouveau", "nvidia_persistence")),
    *(
        (f"{role}_state", ("present", "absent", "unmanaged"))
        for role in ("nvidia_repository", "nvidia_container_toolkit")
    ),
    ("nvidia_driver_state", ("present", "absent", "unmanaged", "preinstalled")),
    ("nouveau_kernel_arguments", (None, False, True)),
    ("nvidia_repository_driver_source", ("auto", "cuda", "archive")),
    ("nvidia_repository_driver_uri", (None, "http://mirror/driver")),
    ("nvidia_repository_driver_key", (None, "https://mirror/key.asc")),
    ("nvidia_repository_driver_key_fingerprint", (None, "AB12", "a" * 40)),
    ("nvidia_repository_remove_old_lists", (True, False)),
    ("nvidia_driver_version", (None, world.VERSION, "570.86.15", "620.70.06", "470.256.02", "580")),
    ("nvidia_driver_branch", ("580", "570", "latest")),
    ("nvidia_driver_flavour", ("auto", "open", "proprietary")),
    ("nvidia_driver_modules", ("auto", "prebuilt", "dkms")),
    ("nvidia_driver_packages", ("compute", "full")),
    ("nvidia_fabric_state", ("auto", "absent", "unmanaged")),
    ("nvidia_fabric_imex", ("auto", "present", "absent")),
    ("nvidia_driver_hold", (True, False)),
    (
        "nvidia_driver_module_options",
        ({}, {"nvidia": {"NVreg_NvLinkDisable": 1}, "nvidia-uvm": {"uvm_disable_hmm": True}}),
    ),
    ("nvidia_driver_peermem", (False, True)),
    ("nvidia_driver_hold_kernel", ("auto", "always", "never")),
    ("nvidia_gsp_mode", ("default", "disabled")),
    ("nvidia_container_toolkit_version", ("1.20.0", "1.17.8", "latest")),
    ("nvidia_container_toolkit_allow_old", (True, False)),
    ("nvidia_container_toolkit_runtimes", (None, [], ["containerd"], ["docker"], ["crio"])),
    ("nvidia_container_toolkit_set_default", (None, True, False)),
    ("nvidia_container_toolkit_hold", (True, False)),
)


def requests() -> Strategy:
    """Resolved requests; most of what can be asked for is left at its default."""
    usual = {name: st.just(values[0]) | one_of(*values) for name, values in CHOICES}
    return st.fixed_dictionaries({}, optional=usual).map(lambda given: world.request(**given))


def shuffled(value: Any, random: Any) -> Any:
    """The same look with every list in another order."""
    if isinstance(value, dict):
        return {key: shuffled(inner, random) for key, inner in value.items()}
    if isinstance(value, list):
        found = [shuffled(inner, random) for inner in value]
        random.shuffle(found)
        return found
    return value


def _mixed(strange: Dict[str, Any], chosen: Set[Tuple[str, str]]) -> Dict[str, Any]:
    look = world.healthy()
    for part, key in chosen:
        if key:
            look[part][key] = strange[part][key]
        else:
            look[part] = strange[part]
    return look


def _places() -> List[Tuple[str, str]]:
    """Every value of a look that has no names of its own."""
    found = []
    for part, value in world.healthy().items():
        inner = value if isinstance(value, dict) and part not in ("units", "disk") else {"": None}
        found += [(part, key) for key in inner]
    return sorted(found)


def nearly_healthy() -> Strategy:
    """A healthy node with a few strange values, which requests do not refuse at once."""
    return st.builds(_mixed, observations(), st.sets(one_of(*_places()), max_size=6))
