# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rpm's database."""

from __future__ import annotations

import pytest
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import ParseError
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.rpm import QUERY, parse_rpm

ROW = "nvidia-open\t3\t580.159.04\t1.el9\tnoarch\tNVIDIA Corporation\tnvidia-open-x-580-1.src.rpm\t1794000000\n"


def test_the_query_is_one_call_with_the_fields_that_are_read() -> None:
    assert QUERY[:3] == ("rpm", "-qa", "--queryformat")
    assert QUERY[3].startswith("%{NAME}\\t%{EPOCHNUM}") and QUERY[3].endswith("%{INSTALLTIME}\\n")


def test_packages() -> None:
    other = "kmp\t0\t580.1_k6.4.0\t2\tx86_64\t(none)\t(none)\t5\n"
    first, second = parse_rpm(ROW + "gpg-pubkey\t0\tx\ty\t(none)\t(none)\t(none)\t1\n" + other)
    assert (first.name, first.evr, first.upstream, first.source) == (
        "nvidia-open",
        "3:580.159.04-1.el9",
        "580.159.04",
        "nvidia-open-x",
    )
    assert (first.vendor, first.architecture, first.installed_at) == ("NVIDIA Corporation", "noarch", 1794000000)
    assert (second.evr, second.upstream, second.source, second.vendor) == ("580.1_k6.4.0-2", "580.1", None, None)


@pytest.mark.parametrize(
    "row",
    [
        "name\n",
        ROW.replace("\t3\t", "\tx\t"),
        ROW.replace("1794000000", "(none)"),
        ROW.replace("\t3\t", "\t²\t"),
        ROW.replace("\t3\t", "\t" + "9" * 5000 + "\t"),
    ],
)
def test_what_is_no_row(row: str) -> None:
    with pytest.raises(ParseError, match="line 2"):
        parse_rpm(ROW + row)
