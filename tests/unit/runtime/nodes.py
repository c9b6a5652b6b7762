# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes with containerd or Docker that behave like them, as far as runtime handlers go, below a temporary folder."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import IO, Any, Callable, ContextManager, Mapping, Sequence

from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.toml import parse_toml
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import NOT_FOUND, Result

OK = Result(0, "", "")
RUNC = {"runtime_type": "io.containerd.runc.v2"}
Refuses = Callable[[Mapping[str, Any]], "str | None"]
"""What the daemon says against a configuration, or None."""


def tree(top: Path) -> dict[str, tuple[str, int]]:
    """Every file below a folder: content and mode."""
    files = [path for path in top.rglob("*") if path.is_file()]
    return {str(path.relative_to(top)): (path.read_bytes().decode(), path.stat().st_mode & 0o7777) for path in files}


def toml(document: Mapping[str, Any], path: tuple[str, ...] = ()) -> str:
    """Nested tables as a TOML document."""
    lines = []
    for key, value in document.items():
        if not isinstance(value, Mapping):
            lines.append(f"{key} = {json.dumps(value)}\n")
    for key, value in document.items():
        if isinstance(value, Mapping):
            here = (*path, key)
            lines.append("[" + ".".join(json.dumps(part) for part in here) + "]\n" + toml(value, here))
    return "".join(lines)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        known = result.get(key)
        result[key] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return result


class Clock:
    """In place of `time`: sleeping costs nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Node:
    """What both daemons share: systemd starts them with the files that are there then."""

    service = ""

    def __init__(self, top: Path, version: str) -> None:
        self.top = top
        self.version = version
        self.restarts = 0
        self.calls: list[str] = []
        self.running: dict[str, Any] | None = None
        self.refuses: Refuses = lambda _config: None
        self.overrides: dict[str, Result] = {}
        """Beginning of a command line → what it answers in place of the model."""

    def put(self, path: str, text: str, mode: int = 0o644) -> Path:
        place = self.top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        place.chmod(mode)
        return place

    def text(self, path: str) -> str:
        return (self.top / path.lstrip("/")).read_bytes().decode()

    def load(self) -> dict[str, Any]:
        """The configuration on disk; an exception is what the daemon would die of."""
        raise NotImplementedError

    def answer(self, argv: Sequence[str]) -> Result:
        raise NotImplementedError

    def restart(self) -> Result:
        self.restarts += 1
        self.running = None
        try:
            config = self.load()
        except (ParseError, ValueError) as error:
            return Result(1, "", f"Job for {self.service} failed: {error}")
        if self.refuses(config):
            return Result(1, "", f"Job for {self.service} failed because the control process exited with error code.")
        self.running = config
        return OK

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        line = " ".join(argv)
        self.calls.append(line)
        for beginning, result in self.overrides.items():
            if line.startswith(beginning):
                return result
        if list(argv) == ["systemctl", "restart", self.service]:
            return self.restart()
        if list(argv) == ["systemctl", "reset-failed", self.service]:
            return OK
        if list(argv[:3]) == ["journalctl", "--unit", self.service]:
            return Result(0, "starting\n\n  level=fatal msg=bad\n", "")
        return self.answer(argv)

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        raise AssertionError(f"nothing here filters a file through {argv[0]}")


class ContainerdNode(Node):
    """containerd with its own reading of files and imports, ctr, and nvidia-ctk."""

    service = "containerd.service"
    config = "/etc/containerd/config.toml"
    drop_in = "/etc/containerd/conf.d/99-nvidia.toml"

    @property
    def _old(self) -> bool:
        return self.version.startswith("1.")

    def _read(self, path: Path) -> dict[str, Any]:
        document = parse_toml(path.read_text())
        for name in document.get("disabled_plugins", []):
            if document.get("version", 1) > 1 and not name.startswith("io.containerd."):
                raise ValueError(f'{path}: invalid disabled plugin URI "{name}" expect io.containerd.x.vx')
        return document

    def effective(self, path: Path) -> dict[str, Any]:
        """As containerd reads a file and its imports: before 2.0 a section of an import replaces the whole section."""
        main = self._read(path)
        schema = main.get("version", 1)
        if schema > 2 and self._old:
            raise ValueError(f"expected containerd config version equal to or less than `2`, got `{schema}`")
        name = "io.containerd.cri.v1.runtime" if schema > 2 else "io.containerd.grpc.v1.cri"
        section, disabled = main.get("plugins", {}).get(name, {}), list(main.get("disabled_plugins", []))
        for pattern in main.get("imports", []):
            files = sorted(Path("/").glob(pattern.lstrip("/")))
            if not files and "*" not in pattern:
                raise ValueError(f"open {pattern}: no such file or directory")
            for more in (self._read(file) for file in files if file != path):
                disabled += more.get("disabled_plugins", [])
                if schema > 1 and not all(item.startswith("io.") for item in disabled):
                    raise ValueError(f"invalid disabled plugin URI in {disabled} expect io.containerd.x.vx")
                theirs = more.get("plugins", {}).get(name)
                if theirs is not None:
                    section = theirs if self._old else merged(section, theirs)
        section = copy.deepcopy(section)
        containerd = section.setdefault("containerd", {})
        containerd.setdefault("default_runtime_name", "runc")
        if not self._old or not containerd.get("runtimes"):
            containerd["runtimes"] = {"runc": RUNC, **containerd.get("runtimes", {})}
        rest = {key: value for key, value in main.items() if not isinstance(value, dict)}
        # A dump is of the newest schema that the file's one can be translated to, and lists the file itself.
        known = {"version": max(schema, 2), "disabled_plugins": disabled, "imports": [str(path)]}
        return {**rest, **known, "plugins": {name: section}}

    def load(self) -> dict[str, Any]:
        place = self.top / self.config.lstrip("/")
        if place.exists():
            return self.effective(place)
        nothing = self.top / "nothing.toml"
        nothing.write_text("version = 2\n")
        try:
            return self.effective(nothing)
        finally:
            nothing.unlink()

    def cri(self) -> dict[str, Any]:
        """The CRI section that the running daemon works with."""
        assert self.running is not None, "containerd does not run"
        (section,) = self.running["plugins"].values()
        return dict(section)

    def handlers(self) -> dict[str, Any]:
        runtimes = self.cri()["containerd"]["runtimes"]
        return {name: runtime.get("options", {}).get("BinaryName") for name, runtime in runtimes.items()}

    def cri_starts(self) -> bool:
        containerd = self.cri()["containerd"]
        return containerd["default_runtime_name"] in containerd["runtimes"]

    def answer(self, argv: Sequence[str]) -> Result:
        if list(argv) == ["containerd", "--version"]:
            return Result(
                0, f"containerd github.com/containerd/containerd {self.version}~ds1 {self.version}~ds1-1\n", ""
            )
        if argv[0] == "containerd" and list(argv[-2:]) == ["config", "dump"]:
            try:
                return Result(0, toml(self.effective(Path(argv[2])) if argv[1] == "--config" else self.load()), "")
            except (ParseError, ValueError, OSError) as error:
                return Result(1, "", f"containerd: failed to load TOML: {error}\n")
        if list(argv) == ["ctr", "plugins", "ls"]:
            return self._plugins()
        if argv[0] == "nvidia-ctk":
            return self._ctk(list(argv))
        return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")

    def _plugins(self) -> Result:
        if self.running is None:
            return Result(1, "", 'ctr: failed to dial "/run/containerd/containerd.sock": connection refused\n')
        rows = "TYPE ID PLATFORMS STATUS\nio.containerd.snapshotter.v1 devmapper linux/amd64 error\n"
        (name,) = self.running["plugins"]
        if not {"cri", name} & set(self.running["disabled_plugins"]):
            kind, _dot, id_ = name.rpartition(".")
            rows += f"{kind} {id_} linux/amd64 {'ok' if self.cri_starts() else 'error'}\n"
        return Result(0, rows, "")

    @staticmethod
    def _ctk(argv: list[str]) -> Result:
        """A drop-in of the source's schema; before schema 3 it has the source's whole section in it."""
        assert argv[1:6] == ["--quiet", "runtime", "configure", "--runtime=containerd", "--config-source=file"]
        options = dict(word.partition("=")[::2] for word in argv[6:])
        source = parse_toml(Path(options["--config"]).read_text())
        schema = source["version"]
        name = "io.containerd.cri.v1.runtime" if schema > 2 else "io.containerd.grpc.v1.cri"
        section = copy.deepcopy(source.get("plugins", {}).get(name, {})) if schema < 3 else {}
        binary = {"options": {"BinaryName": options["--nvidia-runtime-path"]}}
        section.setdefault("containerd", {}).setdefault("runtimes", {})["nvidia"] = {**RUNC, **binary}
        if "--nvidia-set-as-default" in options:
            section["containerd"]["default_runtime_name"] = "nvidia"
        if "--cdi.enabled" in options:
            section["enable_cdi"] = True
        Path(options["--drop-in-config"]).write_text(toml({"version": schema, "plugins": {name: section}}))
        return OK


class DockerNode(Node):
    """dockerd, which reads daemon.json when it starts."""

    service = "docker.service"
    config = "/etc/docker/daemon.json"

    def load(self) -> dict[str, Any]:
        place = self.top / self.config.lstrip("/")
        text = place.read_text() if place.exists() else ""
        return dict(json.loads(text)) if text.strip() else {}

    def answer(self, argv: Sequence[str]) -> Result:
        if list(argv) == ["dockerd", "--version"]:
            return Result(0, f"Docker version {self.version}, build 297e128\n", "")
        if list(argv[:2]) == ["docker", "info"]:
            if self.running is None:
                return Result(1, "", "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n")
            return Result(0, json.dumps({"runc": {"path": "runc"}, **self.running.get("runtimes", {})}) + "\n", "")
        return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")
