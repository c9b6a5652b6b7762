# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
PYTHON ?= python3
VENV = .venv/bin/python

.PHONY: coverage demo fuzz test test-long lab-down venv smi-sample

demo: venv ## from bare nodes to pods with a GPU, in the lab on this machine
	$(VENV) -m lab demo

LANES ?= 3
test: venv ## every test, from the quickest to the whole path on the lab's fleet, in LANES beside each other
	$(VENV) -m pytest -p tests.lanes -n $(LANES) --durations 10 -o console_output_style=classic

test-long: venv ## six nodes of a cluster upgraded in turn, and a real driver built from source; not part of `test`
	$(VENV) -m pytest tests/long

lab-down: ## remove the lab from this machine
	$(PYTHON) -m lab down --images

venv: ## the controller's Python with everything that demo and test use
	$(PYTHON) tools/venv.py

smi-sample: venv ## write the sample in the documentation of nvidia_smi_info anew
	PYTHONPATH=.:.build $(VENV) tools/smi_sample.py

coverage: venv ## fail where the unit tests leave lines or branches of the pure parts untouched
	$(VENV) tools/coverage.py

DOCUMENTS = 200000
fuzz: venv ## spoiled texts of nvidia-smi for its parsers, DOCUMENTS of them
	nice -n 15 $(VENV) -m tests.fuzz $(DOCUMENTS)
