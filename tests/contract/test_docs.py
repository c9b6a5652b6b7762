# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides say what there is."""

from __future__ import annotations

import re

import pytest

from tools import docs

from .test_roles import options
from .tree import REPO, ROLES

LINK = re.compile(r"\]\(([^)#]+)")
MARKUP = re.compile(r"\b(?:[BCEILMOPUV]|RV)\(")


def test_the_variables_are_those_of_the_roles() -> None:
    again = "run .venv/bin/python tools/docs.py"
    assert docs.PAGE.read_text(encoding="utf-8") == docs.render(), again


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_has_a_row(role: str) -> None:
    found = re.findall(rf"^\| `{role}` \| `(\w+)` \|", docs.PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found == list(options(role))


def test_no_markup_of_ansible_is_left() -> None:
    assert MARKUP.search("V(auto) decides")
    assert MARKUP.findall(docs.PAGE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('Exact, such as V("580.159.04").', 'Exact, such as `"580.159.04"`.'),
        ("Not used when O(nvidia_driver_version) is set.", "Not used when `nvidia_driver_version` is set."),
        ("See role P(baremetal.gpu.node_reboot#role).", "See role `baremetal.gpu.node_reboot`."),
        ("M(kubernetes.core.helm), C(oci://), E(KUBECONFIG)", "`kubernetes.core.helm`, `oci://`, `KUBECONFIG`"),
    ],
)
def test_markup_becomes_plain(text: str, wanted: str) -> None:
    assert docs.plain(text) == wanted


def test_a_pipe_stays_in_its_cell() -> None:
    option = {"type": "str", "choices": ["a|b"], "default": None, "description": ["One | two."]}
    assert docs.row("r", "r_x", option) == "| `r` | `r_x` | str: `a\\|b` | `null` | One \\| two. |"


@pytest.mark.parametrize("page", ["docs/README.md", "README.md"])
def test_links_lead_somewhere(page: str) -> None:
    path = REPO / page
    targets = [target for target in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in target]
    assert targets
    assert [target for target in targets if not (path.parent / target).exists()] == []
