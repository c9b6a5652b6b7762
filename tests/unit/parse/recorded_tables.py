# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recorded tables of nvidia-smi say, read off them by eye."""

from __future__ import annotations

_TABLES = """
file: driver, CUDA, GPUs; of the last: name, address, persistence, W, limit, MiB, total, C, ECC, MIG, processes, last
nge-linux-rtx-2080-super-595.71.05-table:
  595.71.05, 13.2, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, off, 37, 250, 214, 8192, 40, -, -, 2, 4584
nge-linux-rtx-2080-super-595.71.05-table-load:
  595.71.05, 13.2, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, off, 98, 250, 819, 8192, 45, -, -, 4, 5268
nge-linux-rtx-2080-super-610.57.04-table:
  610.57.04, 13.3, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, off, 38, 250, 211, 8192, 33, -, -, 2, 4556
nge-linux-rtx-2080-super-610.57.04-table-load:
  610.57.04, 13.3, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, off, 97, 250, 815, 8192, 38, -, -, 4, 28512
nge-linux-h100-80gb-hbm3-590.48.01-table:
  590.48.01, 13.1, 1, NVIDIA H100 80GB HBM3, 0000:00:09.0, on, 69, 700, 0, 81559, 41, on, off, 0, -
nge-linux-h100-80gb-hbm3-590.48.01-table-load:
  590.48.01, 13.1, 1, NVIDIA H100 80GB HBM3, 0000:00:09.0, on, 629, 700, 19818, 81559, 59, on, off, 3, 11345
nge-linux-h100-mig-590.48.01-table:
  590.48.01, 13.1, 1, NVIDIA H100 80GB HBM3, 0000:00:09.0, on, 98, 700, 59, 81559, 42, on, on, 0, -
nge-linux-h100-mig-590.48.01-table-load:
  590.48.01, 13.1, 1, NVIDIA H100 80GB HBM3, 0000:00:09.0, on, 432, 700, 11125, 81559, 52, on, on, 3, 21198
nge-linux-h200-590.48.01-table:
  590.48.01, 13.1, 1, NVIDIA H200, 0000:83:00.0, on, 77, 700, 0, 143771, 28, on, off, 0, -
nge-linux-h200-590.48.01-table-load:
  590.48.01, 13.1, 1, NVIDIA H200, 0000:83:00.0, on, 628, 700, 32362, 143771, 52, on, off, 3, 10309
nge-linux-l40s-595.80-table:
  595.80, 13.2, 1, NVIDIA L40S, 0000:01:00.0, off, 242, 350, 0, 46068, 64, on, -, 0, -
nge-linux-l40s-595.80-table-load:
  595.80, 13.2, 1, NVIDIA L40S, 0000:01:00.0, off, 110, 350, 1235, 46068, 54, on, -, 2, 20038
nge-windows-rtx-2080-super-591.86-table:
  591.86, 13.1, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, -, 38, 250, 702, 8192, 40, -, -, 10, 24804
nge-windows-rtx-2080-super-591.86-table-load:
  591.86, 13.1, 1, NVIDIA GeForce RTX 2080 ..., 0000:0c:00.0, -, 97, 250, 1296, 8192, 45, -, -, 12, 26660
cllm-table-h200:
  570.133.20, 12.8, 8, NVIDIA H200, 0000:b7:00.0, on, 74, 700, 0, 143771, 28, on, off, 0, -
asus-table-rtx4090:
  580.126.09, 13.0, 2, NVIDIA GeForce RTX 4090, 0000:03:00.0, off, 22, 400, 1583, 24564, 33, off, -, 5, 11553
"""
_LINES = _TABLES.strip().splitlines()[1:]
TABLES = {f"text/{file[:-1]}.txt": row.strip().split(", ") for file, row in zip(_LINES[::2], _LINES[1::2])}
