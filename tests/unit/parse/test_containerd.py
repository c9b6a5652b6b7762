# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TOML, and what containerd's settings are in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.containerd import parse_config_file, parse_settings
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.toml import parse_toml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a = "x"', {"a": "x"}),
        ("a = 'c:\\x'", {"a": "c:\\x"}),
        ('a = "\\t\\u00e9\\U0001F600\\"\\\\"', {"a": '\té😀"\\'}),
        ('a = """\none\ntwo \\\n   three"""', {"a": "one\ntwo three"}),
        ("a = '''\none\n'two\\'''", {"a": "one\n'two\\"}),
        ("a = true\nb = false # no\n", {"a": True, "b": False}),
        (
            "a = 1_000\nb = -5\nc = 0x1F\nd = 1.5e3\ne = 0o17\nf = +7",
            {"a": 1000, "b": -5, "c": 31, "d": 1500.0, "e": 15, "f": 7},
        ),
        ("a = 1979-05-27T07:32:00Z", {"a": "1979-05-27T07:32:00Z"}),
        ("a = [1, 'x', [true], ]\n", {"a": [1, "x", [True]]}),
        ("a = [ # first\n  1,\n\n  2 # last\n]", {"a": [1, 2]}),
        ("a = {b = 1, 'c d' = {e = 2}}", {"a": {"b": 1, "c d": {"e": 2}}}),
        ("a = {}", {"a": {}}),
        ("a.b.'c.d' = 1\na.e = 2", {"a": {"b": {"c.d": 1}, "e": 2}}),
        ("[a]\nb = 1\n[a.c]\nd = 2\n[e.'f.g']\n", {"a": {"b": 1, "c": {"d": 2}}, "e": {"f.g": {}}}),
        ("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 2", {"a": [{"b": 1}, {"c": {"d": 2}}]}),
        ("\r\na = 1\r\nb = 2\r\n", {"a": 1, "b": 2}),
        ("", {}),
    ],
)
def test_toml(text: str, value: dict[str, Any]) -> None:
    assert parse_toml(text) == value


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("a = 1\nb 2", "line 2", "expected '=', found '2'"),
        ("a = ", "line 1", "expected a value"),
        ("a = nothing", "line 1", "'nothing' is no value"),
        ('a = "x', "line 1", "a text that does not end"),
        ("a = 1 2", "line 1", "expected the end of the line, found '2'"),
        ("a = 1\na = 2", "line 2", "key 'a' is set twice"),
        ("a = 1\n[a.b]", "line 2", "key 'a' is a value and a table"),
        ("[a]\n[[a]]", "line 2", "key 'a' is a table and a list of tables"),
        ("a = [1 2]", "line 1", "expected ']', found '2]'"),
        ("a = {b = 1", "line 1", "expected '}', found ''"),
        ("[a", "line 1", "expected ']', found ''"),
        ("= 1", "line 1", "expected a key, found '= 1'"),
        ("a = " + "[" * 100, "line 1", "nested too deeply"),
    ],
)
def test_toml_that_is_none(text: str, where: str, why: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_toml(text)
    assert (caught.value.where, caught.value.why) == (where, why)


def test_file() -> None:
    seen = parse_config_file('version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n[plugins]\n')
    assert (seen.version, seen.imports) == (2, ("/etc/containerd/conf.d/*.toml",))
    assert (parse_config_file("").version, parse_config_file("").imports) == (1, ())
    assert parse_config_file('version = "x"\nimports = 1').version == 1


V2 = """\
disabled_plugins = []
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    enable_cdi = true
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "nvidia"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
          BinaryName = "/usr/bin/nvidia-container-runtime"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          BinaryName = ""
"""


def test_settings_of_schema_2_and_3() -> None:
    for text in (V2, V2.replace('"io.containerd.grpc.v1.cri"', "'io.containerd.cri.v1.runtime'")):
        seen = parse_settings(text)
        assert seen.cri_enabled is True
        assert seen.handlers == {"nvidia": "/usr/bin/nvidia-container-runtime", "runc": None}
        assert (seen.default_handler, seen.cdi_enabled) == ("nvidia", True)


@pytest.mark.parametrize(
    "name", ["cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"]
)
def test_cri_that_is_switched_off(name: str) -> None:
    seen = parse_settings(f'disabled_plugins = ["{name}", "io.containerd.internal.v1.opt"]\n')
    assert seen.cri_enabled is False
    assert (seen.handlers, seen.default_handler, seen.cdi_enabled) == ({}, None, None)


def test_a_default_without_a_handler_keeps_cri_from_loading() -> None:
    """containerd up to 1.7 takes whole plugin sections from an import, so a drop-in with one handler drops runc."""
    seen = parse_settings(V2.replace('default_runtime_name = "nvidia"', 'default_runtime_name = "crun"'))
    assert (seen.cri_enabled, seen.default_handler) == (False, "crun")


def test_settings_of_other_types_are_no_settings() -> None:
    seen = parse_settings(
        "disabled_plugins = 1\n[plugins.cri]\nenable_cdi = 'x'\n[plugins.cri.containerd]\n"
        "default_runtime_name = 3\n[plugins.cri.containerd.runtimes]\nrunc = 1\n"
    )
    assert (seen.cri_enabled, seen.handlers, seen.default_handler, seen.cdi_enabled) == (
        True,
        {"runc": None},
        None,
        None,
    )
