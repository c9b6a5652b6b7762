# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our keys in daemon.json, merged and taken back."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._runtime import docker

BINARY = "/usr/bin/nvidia-container-runtime"
OURS = {"runtimes": {"nvidia": {"path": BINARY, "args": []}}}


@pytest.mark.parametrize(
    ("config", "set_default", "cdi", "wanted"),
    [
        ({}, False, False, OURS),
        ({}, True, False, {**OURS, "default-runtime": "nvidia"}),
        ({}, False, True, {**OURS, "features": {"cdi": True}}),
        ({"features": {"buildkit": True}}, False, True, {**OURS, "features": {"buildkit": True, "cdi": True}}),
        ({"features": {"buildkit": True}}, False, False, {**OURS, "features": {"buildkit": True}}),
        ({"default-runtime": "nvidia"}, False, False, OURS),
        ({"default-runtime": "kata"}, False, False, {**OURS, "default-runtime": "kata"}),
        ({"runtimes": {"nvidia": {"path": "/old"}}}, False, False, OURS),
    ],
)
def test_merged_and_taken_back(config: Any, set_default: bool, cdi: bool, wanted: Any) -> None:
    given = copy.deepcopy(config)
    assert docker.merged(config, binary=BINARY, set_default=set_default, cdi=cdi) == wanted
    assert config == given
    rest = docker.without(wanted)
    assert "nvidia" not in json.dumps(rest)
    assert rest.get("features", {}) == {name: on for name, on in given.get("features", {}).items() if name != "cdi"}


@pytest.mark.parametrize("config", [{}, {"runtimes": {}}, {"features": {"cdi": True}}, {"runtimes": {"kata": {}}}])
def test_without_our_handler_nothing_is_ours(config: Any) -> None:
    assert docker.without(config) == config


@pytest.mark.parametrize("config", [{"runtimes": []}, {"runtimes": {}, "features": 1}])
def test_keys_of_another_type_are_refused(config: Any) -> None:
    with pytest.raises(ParseError, match=r"daemon\.json, key '.*': expected an object"):
        docker.merged(config, binary=BINARY, set_default=False, cdi=True)


@pytest.mark.parametrize(
    ("config", "wanted"), [({}, None), ({"a": "b"}, '{\n    "a": "b"\n}\n')], ids=["nothing left", "one key"]
)
def test_render(config: Any, wanted: str | None) -> None:
    assert docker.render(config) == wanted


@pytest.mark.parametrize(
    ("version", "wanted"), [("20.10.24", False), ("24.0.9", False), ("25.0.0", True), ("28.1.1", True), ("dev", False)]
)
def test_cdi_is_a_feature_from_25_on(version: str, wanted: bool) -> None:
    assert docker.has_cdi_feature(version) is wanted
