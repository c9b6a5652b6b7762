# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of containerd's main file that a drop-in needs, and what the look makes of a node without that file."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.context import Context
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.packages import Database
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.runtimes import runtimes
from ansible_collections.baremetal.gpu.plugins.module_utils._observe.types import Unit
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.toml import parse_toml
from ansible_collections.baremetal.gpu.plugins.module_utils._runner import Result
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime import containerd

from ..observe.fakes import FakeRunner, make_root

GLOB = '"/etc/containerd/conf.d/*.toml"'
MANY = """\
# disabled_plugins = ["cri"]
imports = [
  "/a.toml",   # one
  "/b.toml",
]
disabled_plugins = ['io.containerd.grpc.v1.cri', 'x']
version = 2
[a]
imports = ["not ours"]
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", containerd.NEW_FILE),
        ("version = 2", f"version = 2\nimports = [{GLOB}]\n"),
        ("version = 2\n[a]\n", f"version = 2\nimports = [{GLOB}]\n[a]\n"),
        ("[a]\nb = 1\n", f"imports = [{GLOB}]\n[a]\nb = 1\n"),
        ("version = 2\nimports = []\n", f"version = 2\nimports = [{GLOB}]\n"),
        (f"version = 3\nimports = [{GLOB}]\n", f"version = 3\nimports = [{GLOB}]\n"),
        (
            'imports = ["/etc/containerd/conf.d/99-nvidia.toml"]\n',
            'imports = ["/etc/containerd/conf.d/99-nvidia.toml"]\n',
        ),
        ('disabled_plugins = ["cri"]\n', f"imports = [{GLOB}]\ndisabled_plugins = []\n"),
        (
            MANY,
            MANY.replace('[\n  "/a.toml",   # one\n  "/b.toml",\n]', f'["/a.toml", "/b.toml", {GLOB}]').replace(
                "['io.containerd.grpc.v1.cri', 'x']", '["x"]'
            ),
        ),
    ],
)
def test_with_drop_in(text: str, wanted: str) -> None:
    assert containerd.with_drop_in(text) == wanted
    assert containerd.with_drop_in(wanted) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("version = 2\n", "version = 2\n"),
        (f"version = 2\nimports = [{GLOB}]\n[a]\n", "version = 2\n[a]\n"),
        (f'version = 2\nimports = [\n  "/a",\n  {GLOB},\n]\n', 'version = 2\nimports = ["/a"]\n'),
        (f"version = 2\r\nimports = [{GLOB}]\r\nroot = '/x'\r\n", "version = 2\r\nroot = '/x'\r\n"),
    ],
)
def test_without_import(text: str, wanted: str) -> None:
    assert containerd.without_import(text, containerd.GLOB) == wanted


@pytest.mark.parametrize(
    ("text", "old", "only_disabled"),
    [
        ("", False, True),
        ("# nothing\n", True, True),
        ('disabled_plugins = ["cri"]\n', True, True),
        ('disabled_plugins = ["cri"]\noom_score = 1\n', True, False),
        ("version = 1\n", True, False),
        ("version = 2\n", False, False),
        ("version = 3\n", False, False),
    ],
)
def test_schemas(text: str, old: bool, only_disabled: bool) -> None:
    assert (containerd.is_old_schema(text), containerd.has_only_disabled_plugins(text)) == (old, only_disabled)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("version = 2\n", True),
        ('version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "x"\n', True),
        ('version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]\n', False),
        ("version = 3\n", False),
    ],
)
def test_the_default_runtime_is_spelled_out_where_an_import_replaces_it(text: str, added: bool) -> None:
    new = containerd.with_runtime(text)
    assert new.startswith(text)
    assert (new != text) is added
    if added:
        cri = parse_toml(new)["plugins"]["io.containerd.grpc.v1.cri"]
        assert cri["containerd"]["runtimes"] == {"runc": {"runtime_type": "io.containerd.runc.v2"}}


@pytest.mark.parametrize(
    ("version", "wanted"), [("1.6.20", False), ("1.7.0", True), ("1.7.27", True), ("1.70.0", False), ("2.1.4", False)]
)
def test_cdi_has_a_switch_in_1_7_only(version: str, wanted: bool) -> None:
    assert containerd.needs_cdi_switch(version) is wanted


@pytest.mark.parametrize("text", ['imports = "x"', "disabled_plugins = 1", "plugins = []"])
def test_keys_of_another_type_are_refused(text: str) -> None:
    for change in (containerd.with_drop_in, lambda text: containerd.without_import(text, containerd.GLOB)):
        with pytest.raises(ParseError, match=r"TOML, key '.*': expected a (list|table), found"):
            change(text)


@pytest.mark.parametrize(
    ("exec_start", "error"),
    [
        ("/usr/bin/containerd", None),
        ("/usr/bin/containerd --config /etc/containerd/config.toml", None),
        ("/usr/bin/containerd --config /srv/containerd.toml", "containerd: open /srv/containerd.toml"),
    ],
)
def test_no_file_is_seen_as_containerd_sees_it(tmp_path: Path, exec_start: str, error: str | None) -> None:
    """The default file may be missing, one that the unit names elsewhere may not."""
    dump = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\n'
    answers = {
        "containerd config dump": Result(0, dump, ""),
        f"containerd --config {tmp_path}/srv": Result(1, "", "containerd: open /srv/containerd.toml\n"),
        "containerd --version": Result(0, "containerd x 2.1.4\n", ""),
    }
    look = Context(make_root(tmp_path, {"/usr/bin/containerd": ""}), FakeRunner(answers))
    unit = Unit("containerd.service", "loaded", "inactive", "enabled", exec_start, (), "")
    seen = runtimes(look, Database(None), {unit.name: unit}).containerd
    assert seen is not None
    assert (seen.error, seen.version, seen.config_sha256) == (error, "2.1.4", None)
    assert list(seen.handlers) == ([] if error else ["runc"])
