# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
PYTHON ?= python3
VENV = .venv/bin/python

.PHONY: demo test lab-down venv

demo: venv ## from bare nodes to pods with a GPU, in the lab on this machine
	$(VENV) -m lab demo

test: venv ## every test, from the quickest
	$(VENV) -m pytest

lab-down: ## remove the lab from this machine
	$(PYTHON) -m lab down --images

venv: ## the controller's Python with everything that demo and test use
	$(PYTHON) tools/venv.py
