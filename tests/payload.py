# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as Ansible sends it, left on a node to be run there without Ansible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lab import REPO


def send(container: str, module: str) -> str:
    """Have Ansible run a module without arguments on the node; a pattern for where its file stays there."""
    argv = [str(Path(sys.executable).parent / "ansible"), "all", "-i", f"{container},", "-m", module]
    argv += ["-e", "ansible_connection=gpulab ansible_python_interpreter=/usr/bin/python3"]
    env = os.environ | {"ANSIBLE_CONFIG": str(REPO / "ansible.cfg"), "ANSIBLE_KEEP_REMOTE_FILES": "1"}
    done = subprocess.run(argv, cwd=REPO, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return f"/root/.ansible/tmp/*/AnsiballZ_{module.rpartition('.')[2]}.py"
