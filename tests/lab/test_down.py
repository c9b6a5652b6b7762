# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make lab-down`: of a second lab, from a checkout of its own, nothing is left; what is somebody else's stays."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import NETWORK, NUMBER, REPO
from lab.host.process import try_run
from lab.nodes.docker import ask, docker

SECOND = 100 + NUMBER
NAME = f"gpulab{SECOND}"
MINE = f"label=baremetal.gpu.lab={SECOND}"
FOREIGN = f"not-{NAME}"
KINDS = {
    "container": ("ps", "--all", "--format", "{{.Names}}"),
    "volume": ("volume", "ls", "--format", "{{.Name}}"),
    "network": ("network", "ls", "--format", "{{.Name}}"),
    "image": ("image", "ls", "--format", "{{.Repository}}"),
}
PREPARE = """
from lab import REPO
from lab.cluster.build import BACKGROUND
from lab.host.process import start_detached
from lab.nodes.docker import ensure_network
from lab.silicon.repository import serve
ensure_network()
serve()
print(start_detached(BACKGROUND, ["sleep", "600"], REPO), start_detached("etcd", ["sleep", "600"], REPO))
"""


class Checkout:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lab", "inventory/lab", "tests/fixtures/captures"):
            shutil.copytree(REPO / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "generated.yml"))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env={**os.environ, "BAREMETAL_GPU_LAB": str(SECOND), "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )


def mine() -> dict[str, list[str]]:
    return {kind: sorted(ask(*listing, "--filter", MINE).out.split()) for kind, listing in KINDS.items()}


def is_alive(pid: str) -> bool:
    """One that ended counts no more, though nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def checkout(lab: None, tmp_path: Path) -> Iterator[Checkout]:
    """Images of one program that waits: the lab's and a foreign one."""
    program = tmp_path / "pause"
    source = str(REPO / "lab/cluster/image/pause.c")
    assert try_run(["gcc", "-static", "-Os", "-o", str(program), source]).rc == 0
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(program, "pause")
    label = MINE.partition("=")[2].replace("=", " ")
    docker("importing", "import", "--change", f"LABEL {label}", "-", f"{NAME}-tiny", stdin=buffer.getvalue())
    docker("importing", "import", "-", FOREIGN, stdin=buffer.getvalue())
    second = Checkout(tmp_path / "checkout")
    yield second
    second.python("-m", "lab", "down", "--images")
    ask("rm", "--force", "--volumes", FOREIGN)
    ask("volume", "rm", FOREIGN)
    ask("image", "rm", FOREIGN)


def test_nothing_of_the_lab_is_left_and_all_of_the_others(checkout: Checkout) -> None:
    prepared = checkout.python("-c", PREPARE)
    assert prepared.returncode == 0, prepared.stderr
    processes = [*prepared.stdout.split(), (checkout.folder / ".lab/repo.pid").read_text().split()[0]]
    labels = ["--label", MINE.removeprefix("label=")]
    docker("a volume", "volume", "create", *labels, f"{NAME}-node-kubelet")
    docker("a volume", "volume", "create", FOREIGN)
    run = ["run", "--detach", "--restart", "always"]
    mounted = ["--network", NAME, "--volume", f"{NAME}-node-kubelet:/kubelet"]
    docker("a node", *run, *labels, *mounted, "--name", f"{NAME}-node", f"{NAME}-tiny", "/pause")
    docker("another's", *run, "--volume", f"{FOREIGN}:/data", "--name", FOREIGN, FOREIGN, "/pause")
    assert mine() == {
        "container": [f"{NAME}-node"],
        "volume": [f"{NAME}-node-kubelet"],
        "network": [NAME],
        "image": [f"{NAME}-tiny"],
    }
    assert all(Path(f"/proc/{pid}").exists() for pid in processes)

    down = checkout.python("-m", "lab", "down", "--images")

    assert down.returncode == 0, down.stderr
    assert f"removed container {NAME}-node\n" in down.stderr
    assert not any(mine().values())
    deadline = time.monotonic() + 30
    while (left := [pid for pid in processes if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []
    assert not (checkout.folder / ".lab").exists()
    for kind in ("container", "volume", "image"):
        assert ask(kind, "inspect", FOREIGN).rc == 0, kind
    assert ask("container", "inspect", "--format", "{{.State.Running}}", FOREIGN).out == "true\n"
    # The lab that these tests run in.
    assert ask("network", "inspect", NETWORK).rc == 0
    assert "another lab is up" in down.stderr
    again = checkout.python("-m", "lab", "down", "--images")
    assert again.returncode == 0, again.stderr
