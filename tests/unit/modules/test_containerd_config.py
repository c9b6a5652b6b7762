# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nvidia handler in containerd, on nodes that read their files as containerd does."""

from __future__ import annotations

import pytest

from ..runtime.nodes import ContainerdNode, tree
from .conftest import Run
from .containerd_files import BINARY, CRLF, DOCKERS, IMPORTS, NAME, OFF, OFF_3, SITE, SITE_3, start, use

pytest.importorskip("ansible", reason="the modules need ansible-core")


@pytest.fixture(autouse=True)
def _use(containerd_node: ContainerdNode, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, containerd_node)


CASES = [
    pytest.param("1.6.20", SITE, id="schema 2, 1.6"),
    pytest.param("1.7.27", SITE, id="schema 2, 1.7"),
    pytest.param("2.1.4", SITE, id="schema 2, 2.x"),
    pytest.param("2.1.4", SITE_3, id="schema 3"),
    pytest.param("1.6.20", None, id="no file, 1.6"),
    pytest.param("2.1.4", None, id="no file, 2.x"),
    pytest.param("1.7.27", "", id="empty file"),
    pytest.param("1.6.33", DOCKERS, id="Docker's file, 1.6"),
    pytest.param("1.7.27", DOCKERS, id="Docker's file, 1.7"),
    pytest.param("2.1.4", DOCKERS, id="Docker's file, 2.x"),
    pytest.param("1.6.20", OFF, id="CRI off among others"),
    pytest.param("2.1.4", OFF_3, id="CRI off in schema 3"),
    pytest.param("1.6.20", IMPORTS, id="imports of the user"),
    pytest.param("1.6.20", 'oom_score = -999\ndisabled_plugins = ["cri"]\n', id="schema 1 with settings"),
]


@pytest.mark.parametrize(("version", "main"), CASES)
def test_the_daemon_runs_with_the_handler(run: Run, containerd_node: ContainerdNode, version: str, main: str) -> None:
    start(containerd_node, version, main)
    result = run(NAME, runtime="containerd")
    assert (result["changed"], result["restarted"], containerd_node.restarts) == (True, True, 1), result
    assert containerd_node.handlers() == {"runc": None, "nvidia": BINARY}
    assert containerd_node.cri()["containerd"]["default_runtime_name"] == "runc"
    assert containerd_node.cri_starts()
    assert not {name for name in (containerd_node.running or {})["disabled_plugins"] if "cri" in name}
    assert containerd_node.cri().get("enable_cdi", False) is version.startswith("1.7.")
    before = tree(containerd_node.top)
    again = run(NAME, runtime="containerd")
    assert (again["changed"], again["restarted"], again["files"]) == (False, False, [])
    assert (tree(containerd_node.top), containerd_node.restarts) == (before, 1)


@pytest.mark.parametrize(("version", "main"), CASES)
def test_check_mode_tells_and_writes_nothing(
    run: Run, containerd_node: ContainerdNode, version: str, main: str | None
) -> None:
    start(containerd_node, version, main)
    before = tree(containerd_node.top)
    told = run(NAME, check=True, runtime="containerd")
    assert (told["changed"], told["restarted"], containerd_node.restarts) == (True, False, 0)
    assert tree(containerd_node.top) == before
    done = run(NAME, runtime="containerd")
    assert (told["files"], told["diff"]) == (done["files"], done["diff"])
    for part in done["diff"]:
        place = part["after_header"][len(str(containerd_node.top)) :]
        assert (part["before"], part["after"]) == (
            before.get(place.lstrip("/"), ("", 0))[0],
            tree(containerd_node.top).get(place.lstrip("/"), ("", 0))[0],
        )


@pytest.mark.parametrize(
    ("main", "new"),
    [
        (SITE, SITE.replace("version = 2\n", "version = 2\nimports = [GLOB]\n")),
        (SITE_3, SITE_3.replace("version = 3\n", "version = 3\nimports = [GLOB]\n")),
        (IMPORTS, 'version = 2\nimports = ["/nowhere/*.toml", GLOB]\n'),
        (CRLF, CRLF.replace("2\r\n", "2\r\nimports = [GLOB]\n", 1)),
        (OFF, 'version = 2\nimports = [GLOB]\ndisabled_plugins = ["io.containerd.internal.v1.opt"]\n[debug]\n'),
    ],
    ids=["schema 2", "schema 3", "imports", "CRLF", "CRI off"],
)
def test_the_rest_of_the_file_stays_byte_for_byte(
    run: Run, containerd_node: ContainerdNode, main: str, new: str
) -> None:
    start(containerd_node, "2.1.4", main)
    run(NAME, runtime="containerd")
    expected = new.replace("GLOB", f'"{containerd_node.top}/etc/containerd/conf.d/*.toml"')
    assert containerd_node.text(containerd_node.config) == expected


def test_dockers_file_is_kept_beside_the_new_one(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "1.7.27", DOCKERS)
    result = run(NAME, runtime="containerd")
    assert containerd_node.text(containerd_node.config + ".before-baremetal-gpu") == DOCKERS
    actions = {entry["path"].rpartition("/")[2]: entry["action"] for entry in result["files"]}
    assert actions == {
        "config.toml": "change",
        "99-nvidia.toml": "create",
        "config.toml.before-baremetal-gpu": "create",
    }


def test_settings_of_a_file_of_the_first_schema_are_kept(run: Run, containerd_node: ContainerdNode) -> None:
    main = 'oom_score = -999\ndisabled_plugins = ["cri"]\n'
    start(containerd_node, "1.6.20", main)
    run(NAME, runtime="containerd")
    assert "oom_score = -999\n" in containerd_node.text(containerd_node.config)
    assert "disabled_plugins = []\n" in containerd_node.text(containerd_node.config)
    assert containerd_node.text(containerd_node.config + ".before-baremetal-gpu") == main


def test_a_drop_in_where_1_18_0_put_it_goes(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "1.7.27", SITE)
    containerd_node.put("/etc/containerd/config.d/99-nvidia.toml", "version = 2\n")
    run(NAME, runtime="containerd")
    assert "etc/containerd/config.d/99-nvidia.toml" not in tree(containerd_node.top)


@pytest.mark.parametrize(("version", "main"), [("1.6.20", SITE), ("2.1.4", SITE_3)])
def test_the_default_runtime_follows_set_default(
    run: Run, containerd_node: ContainerdNode, version: str, main: str
) -> None:
    start(containerd_node, version, main)
    for wanted, name in ((True, "nvidia"), (False, "runc")):
        assert run(NAME, runtime="containerd", set_default=wanted)["changed"] is True
        assert containerd_node.cri()["containerd"]["default_runtime_name"] == name
        assert run(NAME, runtime="containerd", set_default=wanted)["changed"] is False


def test_an_import_of_one_other_drop_in_stays_good(run: Run, containerd_node: ContainerdNode) -> None:
    site = containerd_node.put("/etc/containerd/conf.d/50-site.toml", "version = 2\n")
    start(containerd_node, "1.7.27", f'version = 2\nimports = ["{site}"]\n')
    run(NAME, runtime="containerd")
    assert containerd_node.handlers() == {"runc": None, "nvidia": BINARY}


def test_an_import_of_exactly_our_drop_in_will_do(run: Run, containerd_node: ContainerdNode) -> None:
    main = f'version = 2\nimports = ["{containerd_node.top}{containerd_node.drop_in}"]\n'
    containerd_node.put(containerd_node.config, main)
    run(NAME, runtime="containerd")
    assert containerd_node.text(containerd_node.config) == main
    assert containerd_node.handlers()["nvidia"] == BINARY


def test_modes_are_kept(run: Run, containerd_node: ContainerdNode) -> None:
    start(containerd_node, "1.7.27", SITE)
    containerd_node.put(containerd_node.config, SITE, mode=0o600)
    run(NAME, runtime="containerd")
    modes = {path.rpartition("/")[2]: mode for path, (_text, mode) in tree(containerd_node.top).items()}
    assert modes == {"config.toml": 0o600, "99-nvidia.toml": 0o644}
