# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's chart, from the same Go module as the operator itself."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from lab import CHART, CHART_VERSION
from lab.cluster.build import SOURCES, binaries, go
from lab.host.process import run, try_run

MODULE = "github.com/NVIDIA/gpu-operator"
NFD_VERSION = "v0.17.3"


@functools.cache
def source() -> Path:
    """The module's folder in Go's cache."""
    folder, step = SOURCES / "gpu-operator", "fetching the operator's Go module"
    argv = [go(), "list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE]
    found = try_run(argv, cwd=folder).out.strip()
    if not found:
        run([go(), "mod", "download", MODULE], step, cwd=folder)
        found = run(argv, step, cwd=folder).strip()
    return Path(found)


def chart() -> Path:
    """A package as helm takes it; in git the chart has no version of its own."""
    if not CHART.exists():
        CHART.parent.mkdir(parents=True, exist_ok=True)
        helm = str(binaries("helm") / "helm")
        argv = [
            helm,
            "package",
            str(source() / "deployments/gpu-operator"),
            "--version",
            CHART_VERSION,
            "--app-version",
            CHART_VERSION,
            "--destination",
            str(CHART.parent),
        ]
        run(argv, "packaging the operator's chart")
    return CHART


def image_names() -> dict[str, list[str]]:
    """Build target → the names under which the chart asks for it."""
    text = (source() / "deployments/gpu-operator/values.yaml").read_text()

    def name(section: str, default_version: str = "") -> str:
        block = re.search(rf"^{section}:\n((?:[ #].*\n|\n)*)", text, re.MULTILINE)
        assert block, section
        fields = dict(re.findall(r'^  (repository|image|version): "?([^"\n]+)"?$', block[1], re.MULTILINE))
        return f"{fields['repository']}/{fields['image']}:{fields.get('version') or default_version}"

    return {
        "operator": [name("operator", CHART_VERSION)],
        "validator": [name("validator", CHART_VERSION)],
        "device-plugin": [name("devicePlugin"), name("gfd")],
        "nfd": [f"registry.k8s.io/nfd/node-feature-discovery:{NFD_VERSION}"],
        "stand-in": [name("dcgmExporter"), name("migManager")],
        "pod": ["gpulab/pod:1"],
        "pause": ["registry.k8s.io/pause:3.6", "registry.k8s.io/pause:3.8", "registry.k8s.io/pause:3.10"],
    }
