# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are well-formed, and say anything: every known element and label, unknown ones, and any value."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ansible_collections.baremetal.gpu.plugins.module_utils._parse import nvidia_smi_csv, nvidia_smi_labels
from ansible_collections.baremetal.gpu.plugins.module_utils._parse.nvidia_smi_gpu import GPU_LAYOUT
from hypothesis import strategies as st

from tests.unit.parse.documents import document, gpu

_WORDS = (
    *("N/A", "[N/A]", "Not Supported", "GPU is lost", "Unknown Error", "Requested functionality has been deprecated"),
    *("Enabled", "Disabled", "Yes", "No", "Active", "Not Active", "None", "Reset", "Drain and Reset", "Completed", ""),
    *("0", "1 MiB", "5 W", "30 %", "16x", "3 bank(s)", "0x1B", "00000000:1B:00.0", "GPU-1", "Success", "Unhealthy"),
)
_CHARACTERS = st.characters(exclude_categories=["Cs"])
"""Those of UTF-8; to name the codec takes more memory than a text may."""
VALUES = st.sampled_from(_WORDS) | st.integers().map(str) | st.floats().map(str) | st.text(_CHARACTERS, max_size=20)
_TAGS = sorted({tag for path in GPU_LAYOUT.routes for tag in path.split("/")} | {"news", "process_info", "mig_device"})
_NAMES = st.sampled_from(_TAGS)


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda tag, body: f"<{tag}>{body}</{tag}>", _NAMES, inner)


_BODIES = st.recursive(
    VALUES.map(escape), lambda inner: st.lists(_element(inner), max_size=6).map("".join), max_leaves=25
)
XML = st.lists(st.lists(_element(_BODIES), max_size=12).map("".join), max_size=3).map(
    lambda gpus: document(*[gpu(body) for body in gpus])
)

_LABELS = sorted({label for path in nvidia_smi_labels.GPU for label in path.split("/")})
_LABELS += ["processes", "process id", "gpu instance id", "name", "mig device", "index", "news", "hw slowdown"]
_LINES = st.builds(
    lambda depth, label, value: "    " * depth + label + ("" if value is None else f" : {value}"),
    st.integers(0, 5),
    st.sampled_from(_LABELS),
    st.none() | VALUES,
)
Q = st.lists(_LINES, max_size=30).map(
    lambda lines: "\n".join(["Driver Version : 580.1", "GPU 00000000:1B:00.0", *lines])
)

_FIELDS = [*nvidia_smi_csv._PLACES, "index", "count", "driver_version", "news", "clocks_event_reasons.gpu_idle"]


@st.composite
def csv(draw: st.DrawFn) -> str:
    """Rows as long as their header."""
    names = draw(st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=12))
    cells = VALUES.map(lambda text: " ".join(text.replace(",", ".").split()))
    rows = draw(st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), max_size=3))
    return "\n".join(", ".join(line) for line in [names, *rows])


TEXTS = XML | Q | csv() | st.text(_CHARACTERS, max_size=200)
