# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of containerd that are not good, and candidates that it refuses: nothing is written."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result

from ..runtime.nodes import ContainerdNode, tree
from .conftest import Run
from .containerd_files import NAME, SITE, start, use

pytest.importorskip("ansible", reason="the modules need ansible-core")


@pytest.fixture(autouse=True)
def _use(containerd_node: ContainerdNode, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, containerd_node)


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("main", "says"),
    [
        (b"version = 2\n[plugins\n", "does not parse: TOML, line 2: expected ']'"),
        (b'version = 2\nroot = "/x\n', "does not parse: TOML, line 2: a text that does not end"),
        (b"version = 2\n\nversion = 2\n", "does not parse: TOML, line 3: key 'version' is set twice"),
        (b"version = 2\n# caf\xe9\n", ", byte 17: not UTF-8"),
        (b'version = 2\ndisabled_plugins = "cri"\n', "key 'disabled_plugins': expected a list, found 'cri'"),
        (b'version = 2\nimports = "x"\n', "key 'imports': expected a list, found 'x'"),
        (b"version = 2\nplugins = 1\n", "key 'plugins': expected a table, found 1"),
    ],
)
def test_a_file_that_is_not_good_is_refused_and_left(
    run: Run, containerd_node: ContainerdNode, state: str, main: bytes, says: str
) -> None:
    start(containerd_node, "1.7.27", SITE)
    place = containerd_node.put(containerd_node.config, "")
    place.write_bytes(main)
    names = sorted(path for path in containerd_node.top.rglob("*"))
    result = run(NAME, runtime="containerd", state=state)
    assert result["failed"]
    assert str(place) in result["msg"]
    assert says in result["msg"]
    assert "Nothing was changed. Mend the file, or set nvidia_container_toolkit_runtimes" in result["msg"]
    assert place.read_bytes() == main
    assert sorted(path for path in containerd_node.top.rglob("*")) == names
    assert containerd_node.restarts == 0


UNRENDERED = {
    "not installed": (Result(127, "", "nvidia-ctk: No such file or directory"), "rc 127: nvidia-ctk: No such file"),
    "it fails": (Result(1, "", "level=error msg=boom\n"), "rc 1: level=error msg=boom"),
    "it writes nothing": (Result(0, "", ""), "rc 0: it wrote nothing"),
}


@pytest.mark.parametrize(("answer", "says"), UNRENDERED.values(), ids=UNRENDERED)
def test_without_a_rendered_drop_in_nothing_changes(
    run: Run, containerd_node: ContainerdNode, answer: Result, says: str
) -> None:
    start(containerd_node, "1.7.27", SITE)
    before = tree(containerd_node.top)
    containerd_node.overrides["nvidia-ctk"] = answer
    result = run(NAME, runtime="containerd")
    assert says in result["msg"]
    assert "Nothing was changed" in result["msg"]
    assert (tree(containerd_node.top), containerd_node.restarts) == (before, 0)


def test_check_mode_before_the_toolkit_is_installed(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "1.7.27", SITE)
    containerd_node.overrides["nvidia-ctk"] = Result(127, "", "")
    told = run(NAME, check=True, runtime="containerd")
    assert told["changed"] is True
    assert told["diff"][-1]["after"] == "# rendered by nvidia-ctk, which is not installed yet\n"
    assert "etc/containerd/conf.d/99-nvidia.toml" not in tree(containerd_node.top)


REFUSED = {
    "words": (Result(1, "", "containerd: failed to load TOML\n"), "is not good: containerd: failed to load TOML"),
    "no words": (Result(1, "", ""), "is not good: containerd config dump ended with rc 1"),
    "hangs": (Result(-9, "", "", timed_out=True), "is not good: containerd config dump did not end in time"),
    "CRI off": (Result(0, 'disabled_plugins = ["cri"]\n', ""), "is not good: the CRI plugin is off"),
    "no handler": (
        Result(0, '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\n', ""),
        "is not good: runtime handlers are runc",
    ),
    "unreadable": (Result(0, "=\n", ""), "is not good: containerd config dump: TOML, line 1: expected a key"),
}


@pytest.mark.parametrize(("answer", "says"), REFUSED.values(), ids=REFUSED)
def test_a_candidate_that_containerd_refuses_is_never_written(
    run: Run, containerd_node: ContainerdNode, answer: Result, says: str
) -> None:
    start(containerd_node, "1.7.27", SITE)
    before = tree(containerd_node.top)
    containerd_node.overrides["containerd --config"] = answer
    result = run(NAME, runtime="containerd")
    assert says in result["msg"]
    assert "Nothing was changed" in result["msg"]
    assert (tree(containerd_node.top), containerd_node.restarts) == (before, 0)
