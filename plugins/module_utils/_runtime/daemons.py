# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd and Docker: what to write, how to validate it, how to see that it is in force.

Private to the collection.
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Type

from .._errors import GpuError, ParseError
from .._parse.containerd import failed_cri_plugins, parse_settings
from .._parse.docker import parse_daemon_json
from . import containerd, docker
from .files import FileChange, read, write

if TYPE_CHECKING:
    from .._runner import Runner

BINARY = "/usr/bin/nvidia-container-runtime"
HANDLER = "nvidia"


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    present: bool
    set_default: bool
    check: bool


class Daemon:
    """One runtime; subclasses know its files."""

    service = ""

    def __init__(self, runner: Runner, wish: Wish) -> None:
        self.runner = runner
        self.wish = wish

    def plan(self) -> List[FileChange]:
        raise NotImplementedError

    def validate(self, todo: Sequence[FileChange]) -> None:
        """Refuse files that the daemon would not start with."""

    def proof(self) -> Optional[str]:
        """What is wrong with the running daemon, or None."""
        raise NotImplementedError

    def version(self, program: str) -> str:
        result = self.runner.run([program, "--version"])
        found = re.search(r"\d+\.\d+\.\d+", result.out)
        if result.rc != 0 or not found:
            said = (result.err or result.out).strip()
            raise GpuError(f"{program} --version: expected a version, found {said!r}")
        return found.group(0)


class Containerd(Daemon):
    service = "containerd.service"
    config = "/etc/containerd/config.toml"
    backup = config + ".before-baremetal-gpu"

    def plan(self) -> List[FileChange]:
        main, drop_in, leftover = read(self.config), read(containerd.DROP_IN), read(containerd.LEFTOVER)
        try:
            new_main = self._main(main)
        except ParseError as error:
            raise GpuError(
                f"{self.config} does not parse: {error}. Nothing was changed. Mend the file, or set "
                "nvidia_container_toolkit_runtimes"
            ) from error
        planned = [
            FileChange(self.config, main, new_main),
            FileChange(containerd.DROP_IN, drop_in, self._drop_in(new_main or "") if self.wish.present else None),
            FileChange(containerd.LEFTOVER, leftover, None),
        ]
        if self.wish.present and main and containerd.is_old_schema(main):
            planned.append(FileChange(self.backup, read(self.backup), main))
        return planned

    def _main(self, text: Optional[str]) -> Optional[str]:
        if not self.wish.present:
            kept = read(self.backup)
            if kept is not None and text == containerd.NEW_FILE:
                return kept
            return None if text is None else containerd.without_drop_in(text)
        if text and containerd.is_old_schema(text):
            text = "" if containerd.has_only_disabled_plugins(text) else self._migrated()
        return containerd.with_drop_in(text or "")

    def _migrated(self) -> str:
        """containerd's own translation of a first-schema file, which has every default in it."""
        result = self.runner.run(["containerd", "--config", self.config, "config", "dump"])
        if result.rc != 0:
            raise GpuError(f"{self.config} is not read by containerd: {result.err.strip()}. Nothing was changed")
        return result.out

    def _drop_in(self, main: str) -> Optional[str]:
        """Rendered by nvidia-ctk from the main file, since containerd before 2.0 replaces whole sections on import."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "config.toml"), os.path.join(folder, "conf.d", "99-nvidia.toml")
            write(source, containerd.with_runtime(main))
            os.makedirs(os.path.dirname(target))
            argv = ["nvidia-ctk", "--quiet", "runtime", "configure", "--runtime=containerd", "--config-source=file"]
            argv += ["--config=" + source, "--drop-in-config=" + target, "--nvidia-runtime-path=" + BINARY]
            if self.wish.set_default:
                argv.append("--nvidia-set-as-default")
            if containerd.needs_cdi_switch(self.version("containerd")):
                argv.append("--cdi.enabled")
            result = self.runner.run(argv)
            text = read(target)
        if result.rc == 127 and self.wish.check:
            return "# rendered by nvidia-ctk, which is not installed yet\n"
        if result.rc != 0 or not text:
            said = (result.err or result.out).strip() or "it wrote nothing"
            raise GpuError(f"nvidia-ctk runtime configure failed with rc {result.rc}: {said}. Nothing was changed")
        return text

    def validate(self, todo: Sequence[FileChange]) -> None:
        """Have containerd read the candidates, with the import pointing at the candidate drop-in."""
        after = {change.path: change.after for change in todo}
        main = after.get(self.config, read(self.config)) or ""
        drop_in = after.get(containerd.DROP_IN, read(containerd.DROP_IN))
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "config.toml")
            write(config, main.replace(containerd.GLOB, os.path.join(folder, "conf.d", "*.toml")))
            if drop_in is not None:
                write(os.path.join(folder, "conf.d", "99-nvidia.toml"), drop_in)
            problem = self._problem(config)
        if problem:
            raise GpuError(f"the new configuration of containerd is not good: {problem}. Nothing was changed")

    def _problem(self, config: str) -> Optional[str]:
        result = self.runner.run(["containerd", "--config", config, "config", "dump"])
        if result.rc != 0:
            return (result.err or result.out).strip()
        settings = parse_settings(result.out)
        if self.wish.present and not settings.cri_enabled:
            return "the CRI plugin is off"
        if self.wish.present != (HANDLER in settings.handlers):
            return "runtime handlers are {}".format(", ".join(sorted(settings.handlers)) or "none")
        return None

    def proof(self) -> Optional[str]:
        """`config dump` is only what it read; whether the CRI plugin started with it is another matter."""
        result = self.runner.run(["ctr", "plugins", "ls"], timeout=10.0)
        if result.rc != 0:
            return result.err.strip()
        failed = failed_cri_plugins(result.out)
        return "the CRI plugin did not start" if failed else self._problem(self.config)


class Docker(Daemon):
    service = "docker.service"

    def plan(self) -> List[FileChange]:
        text = read(docker.PATH)
        try:
            config = parse_daemon_json(text) if text and text.strip() else {}
        except ParseError as error:
            raise GpuError(
                f"{docker.PATH} is not JSON: {error}. Nothing was changed. Mend the file, or set "
                "nvidia_container_toolkit_runtimes"
            ) from error
        if self.wish.present:
            cdi = docker.has_cdi_feature(self.version("dockerd"))
            wanted = docker.merged(config, binary=BINARY, set_default=self.wish.set_default, cdi=cdi)
        else:
            wanted = docker.without(config)
        return [FileChange(docker.PATH, text, text if wanted == config else docker.render(wanted))]

    def proof(self) -> Optional[str]:
        result = self.runner.run(["docker", "info", "--format", "{{json .Runtimes}}"], timeout=10.0)
        if result.rc != 0:
            return (result.err or result.out).strip()
        there = f'"{HANDLER}"' in result.out
        return None if there == self.wish.present else f"docker info lists the runtimes {result.out.strip()}"


DAEMONS: Dict[str, Type[Daemon]] = {"containerd": Containerd, "docker": Docker}
