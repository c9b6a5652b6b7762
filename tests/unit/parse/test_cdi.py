# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CDI specifications."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.cdi import parse_cdi_json, parse_cdi_yaml

YAML = """\
---
cdiVersion: 0.5.0
kind: "nvidia.com/gpu"
containerEdits:
    deviceNodes:
        - path: /dev/nvidiactl
    mounts:
        - hostPath: /usr/lib64/libcuda.so.580.159.04
          containerPath: /usr/lib64/libcuda.so.580.159.04
        - hostPath: /usr/lib64/libnvidia-ml.so.580.159.04
        - hostPath: /usr/lib64/libnvidia-ml.so.580.159.04
    hooks:
        - path: /usr/bin/nvidia-cdi-hook
devices:
    - name: "0"
      containerEdits:
        deviceNodes:
            - path: /dev/nvidia0
    - name: GPU-1
      containerEdits: {}
    - name: all
"""


def test_yaml() -> None:
    seen = parse_cdi_yaml(YAML)
    assert (seen.version, seen.kind, seen.devices) == ("0.5.0", "nvidia.com/gpu", 3)
    assert seen.driver_versions == ("580.159.04",)
    assert seen.host_paths == ("/usr/lib64/libcuda.so.580.159.04", "/usr/lib64/libnvidia-ml.so.580.159.04")


@pytest.mark.parametrize(
    ("text", "version", "kind", "devices"),
    [
        ("", None, None, 0),
        ("kind: a/b\ndevices: []\n", None, "a/b", 0),
        ("devices:\n- name: a\n- name: b\nkind: a/b # why\ncdiVersion: '1'\n", "1", "a/b", 2),
        ("devices:\n- name: a\n  x:\n  - y\n  - z\n", None, None, 1),
        ("\x00{[", None, None, 0),
    ],
)
def test_other_yaml(text: str, version: str | None, kind: str | None, devices: int) -> None:
    seen = parse_cdi_yaml(text)
    assert (seen.version, seen.kind, seen.devices) == (version, kind, devices)


def test_json() -> None:
    seen = parse_cdi_json(
        '{"cdiVersion": "0.6.0", "kind": "nvidia.com/gpu", "devices": [{"name": "0"}], "containerEdits": {"mounts":'
        ' [{"hostPath": "/usr/lib/libcuda.so.575.57.08"}, {"hostPath":"/x"}]}}'
    )
    assert (seen.version, seen.kind, seen.devices) == ("0.6.0", "nvidia.com/gpu", 1)
    assert (seen.driver_versions, seen.host_paths) == (("575.57.08",), ("/usr/lib/libcuda.so.575.57.08", "/x"))


def test_other_json() -> None:
    seen = parse_cdi_json('{"kind": 5, "devices": {}}')
    assert (seen.version, seen.kind, seen.devices) == (None, None, 0)
    with pytest.raises(ParseError, match="CDI specification, line 1"):
        parse_cdi_json("[]")
