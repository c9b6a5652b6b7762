# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What inventory/lab cannot know in advance: where this lab's repositories are, and the fingerprint of their key."""

from __future__ import annotations

import os

from lab import CHART, GATEWAY, KUBECONFIG, PREFIX, REPO, TOOLS
from lab.silicon import repository

GENERATED = REPO / "inventory/lab/group_vars/all/generated.yml"


def write() -> None:
    uri = f"http://{GATEWAY}:{repository.PORT}"
    lines = [
        "---",
        "# Written by `python -m lab inventory`; not in git.",
        f"lab_prefix: {PREFIX}",
        f"lab_repository: {uri}",
        f"lab_repository_key: {uri}/key.asc",
        f"lab_repository_key_fingerprint: {repository.fingerprint()}",
        f"gpu_operator_kubeconfig: {KUBECONFIG}",
        f"gpu_operator_helm_binary: {TOOLS / 'helm'}",
        f"gpu_operator_chart_ref: {CHART}",
    ]
    text = "\n".join(lines) + "\n"
    if not GENERATED.exists() or GENERATED.read_text() != text:
        GENERATED.parent.mkdir(parents=True, exist_ok=True)
        # At once: a playbook beside this may read it.
        new = GENERATED.with_name(f".generated.{os.getpid()}")
        new.write_text(text)
        new.rename(GENERATED)
