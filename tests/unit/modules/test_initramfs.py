# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The initramfs is rebuilt when what it holds differs, and read back."""

from __future__ import annotations

import gzip
import importlib
import subprocess
from pathlib import Path
from typing import IO, ContextManager, Mapping, Sequence

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._compare.initramfs import DRACUT_PATH
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import CommandError
from ansible_collections.baremetal.gpu.plugins.module_utils._root import Root
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import NOT_FOUND, Result

from ..parse import images
from ..runtime.nodes import OK
from .conftest import MODULES, Run

pytest.importorskip("ansible", reason="the modules need ansible-core")

NAME = "initramfs"
KERNEL, OLDER = "6.1.0-41-amd64", "6.1.0-9-amd64"
OURS = "blacklist nouveau\noptions nouveau modeset=0\n"


class Node:
    """update-initramfs copies what modprobe.d holds, as the tools' hook does; dracut only into images for one host."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.calls: list[list[str]] = []
        self.timeouts: list[float] = []
        self.answer: Result = OK
        self.hook = True
        self.hostonly = True
        self.tool, self.name = "update-initramfs", "initrd.img-{}"
        for kernel in (OLDER, KERNEL):
            self.put(f"/boot/vmlinuz-{kernel}", "")
            (top / "lib/modules" / kernel).mkdir(parents=True)
        self.put("/proc/sys/kernel/osrelease", f"{OLDER}\n")
        self.write_image()

    def put(self, path: str, content: str | bytes) -> None:
        place = self.top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())

    @property
    def image(self) -> Path:
        return self.image_of(KERNEL)

    def image_of(self, kernel: str) -> Path:
        return self.top / "boot" / self.name.format(kernel)

    def write_image(self, kernel: str = KERNEL) -> None:
        files = sorted(self.top.glob("etc/modprobe.d/*")) if self.hostonly else self.told()
        members = [images.member(f"etc/modprobe.d/{file.name}", file.read_bytes()) for file in files]
        self.put(f"/boot/{self.name.format(kernel)}", images.MICROCODE + gzip.compress(images.archive(*members)))

    def told(self) -> list[Path]:
        """What the drop-in makes of install_optional_items, by bash as dracut does."""
        drop_in = self.top / DRACUT_PATH.lstrip("/")
        if not drop_in.exists():
            return []
        script = drop_in.read_text().replace("/etc/", f"{self.top}/etc/") + "printf '%s\\n' $install_optional_items"
        done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, text=True)
        return [Path(line) for line in done.stdout.split()]

    def run(self, argv: Sequence[str], *, timeout: float = 30.0) -> Result:
        if argv[0] != self.tool:
            return Result(NOT_FOUND, "", f"{argv[0]}: No such file or directory")
        self.calls.append(list(argv))
        self.timeouts.append(timeout)
        if self.answer.rc == 0 and self.hook:
            self.write_image(argv[-1])
        return self.answer

    def stream(self, argv: Sequence[str], stdin: IO[bytes]) -> ContextManager[IO[bytes]]:
        raise CommandError(f"{argv[0]}: No such file or directory")


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    made = Node(tmp_path)
    module = importlib.import_module(f"{MODULES}.{NAME}")
    monkeypatch.setattr(module, "Root", lambda: Root(str(tmp_path)))
    monkeypatch.setattr(module, "SubprocessRunner", lambda: made)
    return made


Files = Mapping[str, str]
"""Name in modprobe.d, without its ending → text."""
STALE: dict[str, tuple[Files, Files]] = {
    "a new block": ({}, {"ours": OURS}),
    "a block that has gone": ({"ours": OURS}, {}),
    "another value": ({"gsp": "options nvidia NVreg_X=0\n"}, {"gsp": "options nvidia NVreg_X=1\n"}),
    "an install line": ({"ours": OURS}, {"ours": OURS + "install nova_core /bin/false\n"}),
}
SAME: dict[str, tuple[Files, Files]] = {
    "the same": ({"ours": OURS}, {"ours": OURS}),
    "nothing at all": ({}, {}),
    "another comment and order": ({"ours": OURS}, {"ours": "# new\noptions nouveau modeset=0\nblacklist nouveau\n"}),
    "another file name": ({"ours": OURS}, {"theirs": OURS}),
    "other modules": ({"ours": OURS}, {"ours": OURS, "site": "blacklist floppy\noptions kvm nested=1\n"}),
}


def between(node: Node, image: Files, disk: Files) -> None:
    """An image made from one set of files, and another one on disk."""
    for files in (image, disk):
        for old in node.top.glob("etc/modprobe.d/*"):
            old.unlink()
        for name, text in files.items():
            node.put(f"/etc/modprobe.d/{name}.conf", text)
        if files is image:
            node.write_image()


@pytest.mark.parametrize(("image", "disk"), STALE.values(), ids=STALE)
def test_rebuilt_when_what_it_holds_differs(run: Run, node: Node, image: Files, disk: Files) -> None:
    between(node, image, disk)
    old = node.image.read_bytes()
    told = run(NAME, check=True)
    assert (told["changed"], node.calls, node.image.read_bytes() == old) == (True, [], True)
    done = run(NAME, timeout=77)
    assert (done["changed"], done["kernel"], done["path"]) == (True, KERNEL, f"/boot/initrd.img-{KERNEL}")
    assert done["diff"] == told["diff"]
    assert [part["before_header"] for part in done["diff"]] == [f"initramfs of {KERNEL}"]
    assert done["diff"][0]["before"] != done["diff"][0]["after"]
    assert node.calls == [["update-initramfs", "-u", "-k", KERNEL]]
    assert node.timeouts == [77.0]
    assert run(NAME)["changed"] is False
    assert len(node.calls) == 1


@pytest.mark.parametrize(("image", "disk"), SAME.values(), ids=SAME)
def test_left_alone_when_the_effect_is_the_same(run: Run, node: Node, image: Files, disk: Files) -> None:
    between(node, image, disk)
    result = run(NAME)
    assert (result["changed"], node.calls, result["diff"]) == (False, [], [])


def test_the_diff_is_what_changes(run: Run, node: Node) -> None:
    between(node, {"site": "blacklist floppy\n"}, {"ours": OURS})
    (diff,) = run(NAME, check=True)["diff"]
    assert (diff["before"], diff["after"]) == ("", OURS)


@pytest.mark.parametrize("content", [None, b"", b"\x28\xb5\x2f\xfd zstd"], ids=["none", "empty", "no zstd here"])
def test_an_image_that_is_not_there_or_not_readable_is_made(run: Run, node: Node, content: bytes | None) -> None:
    node.image.unlink()
    if content is not None:
        node.image.write_bytes(content)
    told = run(NAME, check=True)
    assert (told["changed"], told["path"]) == (True, None)
    done = run(NAME)
    assert (done["changed"], done["path"]) == (True, f"/boot/initrd.img-{KERNEL}")
    assert node.calls == [["update-initramfs", "-c", "-k", KERNEL]]


FAILURES = {
    "its words": (
        Result(1, "update-initramfs: Generating\n", "E: one\nE: /usr/share/initramfs-tools/hooks/x failed\n"),
        f"update-initramfs for {KERNEL} failed with rc 1: E: one E: /usr/share/initramfs-tools/hooks/x failed. Mend",
    ),
    "on stdout": (Result(2, "no space left\n", ""), "failed with rc 2: no space left. Mend that and run again"),
    "only the last words": (
        Result(1, "", "".join(f"line {number}\n" for number in range(9))),
        "rc 1: line 4 line 5 line 6 line 7 line 8. Mend",
    ),
    "silent": (Result(3, "", ""), "failed with rc 3: it said nothing. Mend"),
    "not installed": (
        Result(127, "", "update-initramfs: No such file"),
        "rc 127: update-initramfs: No such file. Mend",
    ),
    "hangs": (Result(-9, "", "", timed_out=True), "did not end within 600 s. Set timeout to more"),
}


@pytest.mark.parametrize(("answer", "says"), FAILURES.values(), ids=FAILURES)
def test_a_rebuild_that_fails(run: Run, node: Node, answer: Result, says: str) -> None:
    between(node, {}, {"ours": OURS})
    node.answer = answer
    assert says in run(NAME)["msg"]


def test_a_rebuild_that_changes_nothing_fails(run: Run, node: Node) -> None:
    between(node, {}, {"ours": OURS})
    node.hook = False
    msg = run(NAME)["msg"]
    assert msg.startswith(f"the initramfs of {KERNEL} was rebuilt and still differs from /etc/modprobe.d")


def test_an_image_that_cannot_be_read_afterwards_is_told_apart(run: Run, node: Node) -> None:
    node.image.write_bytes(b"\x28\xb5\x2f\xfd zstd")
    node.hook = False
    msg = run(NAME)["msg"]
    assert msg.startswith(
        f"the initramfs of {KERNEL} was rebuilt and cannot be read: /boot/initrd.img-{KERNEL}: zstd: No"
    )


@pytest.mark.parametrize("check", [True, False])
def test_no_kernel(run: Run, node: Node, check: bool) -> None:
    for file in node.top.glob("boot/vmlinuz-*"):
        file.unlink()
    assert "no kernel in /boot: expected vmlinuz-*" in run(NAME, check=check)["msg"]
    assert node.calls == []


def test_every_kernel_that_boots_gets_what_is_on_disk(run: Run, node: Node) -> None:
    """An older one may be chosen at boot; only what differs is built."""
    node.put("/boot/vmlinuz-6.1.0-7-amd64", "")  # without an image
    node.put("/boot/vmlinuz-6.1.0-8-amd64", "")  # without modules
    node.write_image("6.1.0-8-amd64")
    node.write_image(OLDER)
    node.put("/etc/modprobe.d/ours.conf", OURS)
    node.write_image()
    told = run(NAME, check=True)
    assert (told["changed"], told["kernel"], told["rebuilt"], node.calls) == (True, KERNEL, [OLDER], [])
    assert [(part["before_header"], part["after"]) for part in told["diff"]] == [(f"initramfs of {OLDER}", OURS)]
    run(NAME)
    assert node.calls == [["update-initramfs", "-u", "-k", OLDER]]
    assert run(NAME)["changed"] is False
    (node.top / "etc/modprobe.d/ours.conf").unlink()
    assert run(NAME)["rebuilt"] == [KERNEL, OLDER]
    assert [argv[-1] for argv in node.calls] == [OLDER, KERNEL, OLDER]
    assert run(NAME)["rebuilt"] == []


def test_an_older_image_that_stays_stale_is_named(run: Run, node: Node) -> None:
    node.write_image(OLDER)
    node.put("/etc/modprobe.d/ours.conf", OURS)
    node.write_image()
    node.hook = False
    assert run(NAME)["msg"].startswith(f"the initramfs of {OLDER} was rebuilt and still differs from /etc/modprobe.d")


@pytest.fixture
def dracut(node: Node) -> Node:
    node.image.unlink()
    node.tool, node.name = "dracut", "initramfs-{}.img"
    node.put("/usr/bin/dracut", "")
    return node


def test_dracut_is_told_the_image_of_the_kernel_that_boots_next(dracut: Node, run: Run) -> None:
    run(NAME)
    dracut.put("/etc/modprobe.d/block.conf", "blacklist nouveau\n")
    assert run(NAME)["path"] == f"/boot/initramfs-{KERNEL}.img"
    assert dracut.calls == [["dracut", "--force", f"/boot/initramfs-{KERNEL}.img", KERNEL]] * 2
    assert not run(NAME)["changed"]


def test_an_image_for_any_host_holds_what_concerns_gpus(dracut: Node, run: Run) -> None:
    """dracut leaves /etc/modprobe.d out of it, unless it is told."""
    dracut.hostonly = False
    dracut.put("/etc/modprobe.d/site.conf", "options kvm nested=1\n")
    dracut.write_image()
    drop_in = dracut.top / DRACUT_PATH.lstrip("/")
    assert (run(NAME)["changed"], drop_in.exists()) == (False, False)

    dracut.put("/etc/modprobe.d/theirs.conf", "options nvidia NVreg_X=1\n")
    dracut.put("/etc/modprobe.d/ours.conf", OURS)
    told = run(NAME, check=True)
    assert (told["changed"], drop_in.exists(), dracut.calls) == (True, False, [])
    assert run(NAME)["diff"] == told["diff"]
    assert [file.name for file in dracut.told()] == ["ours.conf", "theirs.conf"]
    assert (run(NAME)["changed"], len(dracut.calls)) == (False, 1)

    for name in ("theirs", "ours"):
        (dracut.top / f"etc/modprobe.d/{name}.conf").unlink()
    assert (run(NAME)["changed"], drop_in.exists(), len(dracut.calls)) == (True, False, 2)
    assert run(NAME)["changed"] is False


def test_a_drop_in_alone_needs_no_new_image(dracut: Node, run: Run) -> None:
    dracut.put("/etc/modprobe.d/ours.conf", OURS)
    dracut.write_image()
    done = run(NAME)
    assert (done["changed"], done["rebuilt"], dracut.calls) == (True, [], [])
    assert [part["before_header"] for part in done["diff"]] == [str(dracut.top / DRACUT_PATH.lstrip("/"))]
    assert run(NAME)["changed"] is False
