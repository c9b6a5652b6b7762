# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container runtimes and CDI specifications. Private to the collection."""

from __future__ import annotations

import hashlib
import re

from .._errors import ParseError
from .._parse.containerd import ContainerdSettings, failed_cri_plugins, parse_config_file, parse_settings
from .._parse.docker import parse_daemon_json
from .._parse.dpkg import DpkgPackage
from .context import Context
from .runtime_types import Cdi, CdiSpec, Containerd, Docker, Handler, Runtimes
from .types import Unit

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?")
_KIND = re.compile(r"(?:^|[{,])\s*\"?kind\"?:\s*\"?([\w.-]+/[\w.-]+)", re.MULTILINE)
_CONFIG = "/etc/containerd/config.toml"
_CDI_DIRECTORIES = ("/etc/cdi", "/var/run/cdi")


def _option(unit: Unit | None, names: tuple[str, ...], default: str) -> str:
    """The value of a command line option in a unit's ExecStart."""
    words = (unit.exec_start if unit else "").replace("=", " ").split()
    return next((value for name, value in zip(words, words[1:]) if name in names), default)


def _version(look: Context, known: tuple[DpkgPackage, ...], package_names: tuple[str, ...], program: str) -> str | None:
    """From the package, which costs no process; else from the program."""
    texts = [package.upstream for package in known if package.installed and package.name in package_names]
    if not texts:
        result = look.run(program, "--version")
        texts = [result.out] if result else []
    match = _VERSION.search(texts[0]) if texts else None
    return match.group(0) if match else None


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


def _containerd(look: Context, known: tuple[DpkgPackage, ...], unit: Unit | None) -> Containerd | None:
    if not look.program("containerd"):
        return None
    path = _option(unit, ("--config", "-c"), _CONFIG)
    data = look.root.bytes_(path)
    file = None if data is None else look.parse(parse_config_file, data.decode("utf-8", "replace"), path)
    settings, error = _effective(look, path)
    return Containerd(
        version=_version(look, known, ("containerd", "containerd.io"), "containerd"),
        config_path=path,
        config_sha256=None if data is None else hashlib.sha256(data).hexdigest(),
        config_version=file.version if file else None,
        cri_enabled=settings.cri_enabled and not _failed(look, unit) if settings else None,
        handlers={name: Handler(binary) for name, binary in settings.handlers.items()} if settings else {},
        default_handler=settings.default_handler if settings else None,
        cdi_enabled=settings.cdi_enabled if settings else None,
        imports=file.imports if file else (),
        error=error,
    )


def _docker(look: Context, known: tuple[DpkgPackage, ...], unit: Unit | None) -> Docker | None:
    if not look.program("dockerd"):
        return None
    path = _option(unit, ("--config-file",), "/etc/docker/daemon.json")
    text = look.root.text(path)
    config, error = None, None
    try:
        config = None if text is None else parse_daemon_json(text)
    except ParseError as exc:
        error = f"{path}: {exc.where}, {exc.why}"
    runtimes = (config or {}).get("runtimes")
    names = {"runc", *(runtimes if isinstance(runtimes, dict) else ())}
    version = _version(look, known, ("docker-ce", "docker.io", "moby-engine"), "docker")
    return Docker(version, path, config, error, tuple(sorted(names)))


def runtimes(look: Context, known: tuple[DpkgPackage, ...], containerd: Unit | None, docker: Unit | None) -> Runtimes:
    return Runtimes(_containerd(look, known, containerd), _docker(look, known, docker))


def cdi(look: Context) -> Cdi:
    specs = []
    for folder in _CDI_DIRECTORIES:
        for name in look.root.listdir(folder):
            path = f"{folder}/{name}"
            text = look.root.text(path) if name.endswith((".yaml", ".json")) else None
            if text is not None:
                kind, status = _KIND.search(text), look.root.stat(path)
                specs.append(CdiSpec(path, kind.group(1) if kind else None, int(status.st_mtime) if status else None))
    return Cdi(tuple(specs))
