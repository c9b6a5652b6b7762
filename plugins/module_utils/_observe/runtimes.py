# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container runtimes. Private to the collection."""

from __future__ import annotations

import hashlib
import re
from typing import Mapping

from .._compat.cdi import CONTAINERD_ALWAYS, DOCKER_DEFAULT
from .._errors import ParseError
from .._parse.containerd import ContainerdSettings, failed_cri_plugins, parse_config_file, parse_settings
from .._parse.docker import parse_daemon_json, settings
from .context import Context
from .crio import crio
from .packages import Database
from .runtime_types import Containerd, Docker, Handler, Runtimes
from .types import Unit
from .units import option

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
_CONFIG = "/etc/containerd/config.toml"
_CONTAINERD = ("containerd", "containerd.io")
_DOCKER = ("docker-ce", "docker.io", "moby-engine", "docker")
_CRIO = ("cri-o", "cri-o1.24")


def _version(look: Context, known: Database, package_names: tuple[str, ...], program: str) -> str | None:
    """From the package, which costs no process; else from the program."""
    text = known.upstream(package_names)
    if text is None:
        result = look.run(program, "--version")
        text = result.out if result else ""
    match = _VERSION.search(text)
    return match.group(0) if match else None


def _since(version: str | None, first: tuple[int, int]) -> bool:
    """Whether a version is that one or later; an unknown one is not."""
    numbers = [int(part) for part in (version or "0.0").split(".")[:2]]
    return tuple(numbers) >= first


def _effective(look: Context, path: str) -> tuple[ContainerdSettings | None, str | None]:
    """containerd's own reading of its file and all imports, or what it says against them."""
    # A file that is named must be there; the one at the default place need not.
    named = [] if path == _CONFIG and not look.root.exists(path) else ["--config", look.root.path(path)]
    result = look.runner.run(["containerd", *named, "config", "dump"], timeout=20.0)
    if result.rc != 0:
        return None, " ".join((result.err or result.out).split())[:400] or "containerd config dump ended without a word"
    try:
        return parse_settings(result.out), None
    except ParseError as exc:
        return None, f"containerd config dump: {exc}"


def _failed(look: Context, unit: Unit | None) -> bool:
    """Whether the CRI plugin is configured, but did not start."""
    if unit is None or unit.active_state != "active":
        return False
    result = look.run("ctr", "plugins", "ls", timeout=10.0)
    return result is not None and bool(failed_cri_plugins(result.out))


def _containerd(look: Context, known: Database, unit: Unit | None) -> Containerd | None:
    if not look.program("containerd"):
        return None
    path = option(unit, ("--config", "-c"), _CONFIG)
    data = look.root.bytes_(path)
    file = None if data is None else look.parse(parse_config_file, data.decode("utf-8", "replace"), path)
    effective, error = _effective(look, path)
    version = _version(look, known, _CONTAINERD, "containerd")
    cdi = effective.cdi_enabled if effective else None
    if effective and cdi is None and _since(version, CONTAINERD_ALWAYS):
        cdi = True
    return Containerd(
        version=version,
        config_path=path,
        config_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
        config_version=file.version if file else None,
        cri_enabled=effective.cri_enabled and not _failed(look, unit) if effective else None,
        handlers={name: Handler(binary) for name, binary in effective.handlers.items()} if effective else {},
        default_handler=effective.default_handler if effective else None,
        cdi_enabled=cdi,
        imports=file.imports if file else (),
        error=error,
    )


def _docker(look: Context, known: Database, unit: Unit | None) -> Docker | None:
    if not look.program("dockerd"):
        return None
    path = option(unit, ("--config-file",), "/etc/docker/daemon.json")
    text = look.root.text(path)
    config, error = None, None
    try:
        config = None if text is None else parse_daemon_json(text)
    except ParseError as exc:
        error = f"{path}: {exc.where}, {exc.why}"
    said = settings(config or {})
    version = _version(look, known, _DOCKER, "docker")
    default = said.default_handler or option(unit, ("--default-runtime",), "runc")
    return Docker(
        version=version,
        config_path=path,
        config=config,
        error=error,
        runtimes=tuple(sorted(said.handlers)),
        handlers={name: Handler(binary) for name, binary in sorted(said.handlers.items())},
        default_handler=None if error else default,
        cdi_enabled=said.cdi if said.cdi is not None else _since(version, DOCKER_DEFAULT) if version else None,
    )


def runtimes(look: Context, known: Database, units: Mapping[str, Unit | None]) -> Runtimes:
    has_crio = look.program("crio")
    return Runtimes(
        _containerd(look, known, units.get("containerd.service")),
        _docker(look, known, units.get("docker.service")),
        crio(look, _version(look, known, _CRIO, "crio"), units.get("crio.service")) if has_crio else None,
    )
