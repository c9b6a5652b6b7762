# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine as `make` meets it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile

from lab import REPO
from lab.nodes import run
from tests.nodes import MakeNode


def test_a_stock_debian_gets_a_venv_from_its_own_python(make_node: MakeNode) -> None:
    """Its python3 comes without what makes a venv. Nothing is asked of PyPI: here there are no requirements."""
    node = make_node("machine-stock", "debian12", "")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("lab/__init__.py", "lab/host", "tools/venv.py"):
            archive.add(REPO / name, f"checkout/{name}")
        archive.addfile(tarfile.TarInfo("checkout/test-requirements.txt"))
    assert run(node, ["tar", "--extract", "--directory", "/root"], stdin=buffer.getvalue()).rc == 0
    assert run(node, ["python3", "-c", "import ensurepip"]).rc == 1
    made = run(node, ["python3", "/root/checkout/tools/venv.py"])
    assert made.rc == 0, made.err
    assert "installing with apt on this machine: python3.11-venv" in made.err
    assert run(node, ["/root/checkout/.venv/bin/python", "-m", "pip", "--version"]).rc == 0
    again = run(node, ["python3", "/root/checkout/tools/venv.py"])
    assert (again.rc, again.err) == (0, "")


def test_labs_beside_each_other_make_one_key(lab: None) -> None:
    """Each starts with an empty cache; the path is short, since gpg's agent has a socket in it."""
    with tempfile.TemporaryDirectory(prefix="key-", ignore_cleanup_errors=True) as cache:
        argv = [sys.executable, "-c", "from lab.silicon.repository import fingerprint; print(fingerprint())"]
        env = os.environ | {"BAREMETAL_GPU_CACHE": cache}
        labs = [
            subprocess.Popen(argv, cwd=REPO, env=env | {"BAREMETAL_GPU_LAB": str(number)}, stdout=subprocess.PIPE)
            for number in (11, 12, 13, 14)
        ]
        found = [one.communicate()[0] for one in labs]
        gnupg = f"{cache}/gnupg"
        listing = ["gpg", "--homedir", gnupg, "--batch", "--quiet", "--list-keys", "--with-colons"]
        keys = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
        subprocess.run(["gpgconf", "--homedir", gnupg, "--kill", "all"], check=True)
    assert [one.returncode for one in labs] == [0, 0, 0, 0]
    assert len(set(found)) == 1
    assert [line for line in keys.splitlines() if line.startswith("pub:")][1:] == []
