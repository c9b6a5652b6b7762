# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's way onto the lab's nodes; ansible.cfg names this folder."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase

from lab.nodes.docker import inside

DOCUMENTATION = """
name: gpulab
author: baremetal.gpu contributors
short_description: Run tasks on a node of the lab
description:
  - As C(community.docker.docker) does, at an eighth of its cost.
options:
  remote_addr:
    description: The node's container.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
"""


class Connection(ConnectionBase):  # type: ignore[misc]  # Ansible has no types
    """Into the container's namespaces, as root."""

    transport = "gpulab"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def close(self) -> None:
        self._connected = False

    def reset(self) -> None:
        """Each command enters anew."""

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        container = self.get_option("remote_addr")
        enter = inside(container)
        if not enter:
            raise AnsibleConnectionFailure(f"{container} does not run")
        done = subprocess.run([*enter, "/bin/sh", "-c", cmd], input=in_data or b"", capture_output=True, check=False)
        rc = done.returncode
        return rc if rc >= 0 else 128 - rc, done.stdout, done.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        super().put_file(in_path, out_path)
        try:
            content = Path(in_path).read_bytes()
        except FileNotFoundError as error:
            raise AnsibleFileNotFound(str(error)) from error
        self._moved(out_path, *self.exec_command(f"cat >{shlex.quote(out_path)}", content))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        super().fetch_file(in_path, out_path)
        Path(out_path).write_bytes(self._moved(in_path, *self.exec_command(f"cat {shlex.quote(in_path)}")))

    @staticmethod
    def _moved(path: str, rc: int, out: bytes, err: bytes) -> bytes:
        if rc:
            raise AnsibleError(f"{path}: {err.decode(errors='replace')}")
        return out
