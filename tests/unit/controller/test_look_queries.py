# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to saved looks."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.modules import gpu_look
from ansible_collections.baremetal.gpu.plugins.plugin_utils import _query
from ansible_collections.baremetal.gpu.plugins.plugin_utils._looks import PARTS

from ..compare import world
from .test_looks import FLEET

SICK = "[?gpus[?health.verdict!='ok']].host"


def test_the_documentation_names_what_a_query_sees() -> None:
    options = yaml.safe_load(gpu_look.DOCUMENTATION)["options"]
    said = " ".join(options["query"]["description"])
    assert [name for name in ("host", "seen", *PARTS) if f"C({name})" not in said] == []


ASKED: list[tuple[str, Any, list[str] | None]] = [
    (SICK, ["sick"], ["sick"]),
    ("[?!seen].host", ["gone"], ["gone"]),
    ("[?needs_reboot].[host, driver.version]", [["drifted", world.VERSION]], None),
    ("[?drifts[?component=='nvidia_driver']]|[0].host", "drifted", None),
    ("[?os.id=='debian' && driver.held].host", ["fine", "sick", "drifted"], ["fine", "sick", "drifted"]),
    ("length(@)", 4, None),
    ("[?host=='nobody'].host", [], []),
    ("[].smi", ["ok", "ok", "ok"], None),
]


@pytest.mark.parametrize(("expression", "answer", "hosts"), ASKED, ids=[one[0] for one in ASKED])
def test_a_query(expression: str, answer: Any, hosts: list[str] | None) -> None:
    assert _query.query(expression, FLEET) == answer
    assert _query.hosts_in(answer, FLEET) == hosts


def test_documents_in_an_answer_name_their_hosts() -> None:
    assert _query.hosts_in(_query.query("[?seen]", FLEET), FLEET) == ["fine", "sick", "drifted"]


BROKEN = {
    "[?gpus[?health": "the expression ends too early at position 15",
    "host driver": "Unexpected token: driver at position 6",
    "[?host=='a].host": "Unclosed ' delimiter at position 9",
    "hosts(@)": "Unknown function: hosts\\(\\)",
    "sort_by(@, &gpus)": "In function sort_by\\(\\)",
}


@pytest.mark.parametrize("expression", BROKEN)
def test_a_broken_query_is_shown_where(expression: str) -> None:
    with pytest.raises(GpuError, match=f"gpu_query: .*{BROKEN[expression]}"):
        _query.query(expression, FLEET)


def test_without_the_library_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_query, "jmespath", None)
    with pytest.raises(GpuError, match=r"needs the Python package jmespath.*pip install jmespath"):
        _query.query("[]", FLEET)
