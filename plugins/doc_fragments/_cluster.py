# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection options of the modules that talk to a cluster. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    """Options."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig where the task runs. Null is E(KUBECONFIG), else C(~/.kube/config).
    type: path
  context:
    description:
      - Context of the kubeconfig. Null is its current one.
    type: str
  namespace:
    description:
      - Namespace of the operator.
    type: str
    default: gpu-operator
requirements:
  - kubernetes >= 24.2.0
"""
