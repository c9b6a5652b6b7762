# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario's node needs before Molecule makes it: `python -m tests.molecule.prerequisites MOLECULE_FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from lab import LABEL, PREFIX, LabError
from lab.host import setup
from lab.nodes import hardware, images, inventory
from lab.nodes.docker import ensure_network
from lab.silicon import repository

HARDWARE = f"{LABEL.partition('=')[0]}.hardware"


def main(path: Path) -> None:
    setup.prepare()
    ensure_network()
    repository.ensure()
    inventory.write()
    for platform in yaml.safe_load(path.read_text())["platforms"]:
        images.ensure([platform["image"].removeprefix(PREFIX).removesuffix(":latest")])
        description = hardware.describe(platform["name"].removeprefix(PREFIX), platform["labels"][HARDWARE])
        (path.parent / "hardware.json").write_text(description)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except LabError as error:
        sys.exit(str(error))
