# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolved request: inventory over the defaults of the roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ansible", reason="what runs on the controller needs ansible-core")

import yaml
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError
from ansible_collections.baremetal.gpu.plugins.plugin_utils._request import COMPONENTS, resolve_request

ROLES = Path(__file__).resolve().parents[3] / "roles"


def resolve(**variables: Any) -> dict[str, dict[str, Any]]:
    return resolve_request(lambda name: (name in variables, variables.get(name)))


def test_every_role_that_changes_a_node_has_its_part() -> None:
    """The roles that only look or refuse have nothing to ask for."""
    changing = {path.parents[1].name for path in ROLES.glob("*/meta/argument_specs.yml")} - {
        path.parents[1].name for path in ROLES.glob("gpu_*/meta/argument_specs.yml")
    }
    assert set(resolve()) == set(COMPONENTS) == changing


@pytest.mark.parametrize("role", COMPONENTS)
def test_without_an_inventory_the_request_is_the_defaults_of_the_role(role: str) -> None:
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())
    assert {f"{role}_{name}": value for name, value in resolve()[role].items()} == defaults


@pytest.mark.parametrize(
    ("variable", "given", "role", "option", "wanted"),
    [
        ("nvidia_driver_version", "580.159.04", "nvidia_driver", "version", "580.159.04"),
        ("nvidia_driver_branch", 580, "nvidia_driver", "branch", "580"),
        ("nvidia_driver_hold", "no", "nvidia_driver", "hold", False),
        ("nvidia_driver_lock_timeout", "60", "nvidia_driver", "lock_timeout", 60),
        ("nouveau_state", "absent", "nouveau", "state", "absent"),
        ("nvidia_container_toolkit_runtimes", "containerd,docker", "nvidia_container_toolkit", "runtimes", None),
        ("nvidia_container_toolkit_runtimes", ["docker"], "nvidia_container_toolkit", "runtimes", ["docker"]),
        ("node_reboot_allowed", True, "node_reboot", "allowed", True),
    ],
)
def test_the_inventory_wins_and_has_the_type_of_the_spec(
    variable: str, given: Any, role: str, option: str, wanted: Any
) -> None:
    seen = resolve(**{variable: given})
    assert seen[role][option] == (["containerd", "docker"] if wanted is None else wanted)
    seen[role].pop(option)
    rest = resolve()
    rest[role].pop(option)
    assert seen == rest


def test_variables_of_nobody_are_nobodys() -> None:
    assert resolve(nvidia_driver_versoin="1", state="absent", gpu_hosts="all") == resolve()


@pytest.mark.parametrize(
    ("variable", "given", "role", "says"),
    [
        ("nvidia_driver_hold", "maybe", "nvidia_driver", "unable to convert to bool"),
        ("nvidia_driver_hold", None, "nvidia_driver", "unable to convert to bool"),
        ("nvidia_driver_lock_timeout", "soon", "nvidia_driver", "unable to convert to int"),
        ("node_reboot_timeout", [1], "node_reboot", "unable to convert to int"),
        ("nouveau_state", "off", "nouveau", "must be one of: present, absent, got: off"),
        ("nouveau_state", None, "nouveau", "must be one of: present, absent, got: "),
        ("nvidia_container_toolkit_runtimes", {"a": 1}, "nvidia_container_toolkit", "unable to convert to list"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_sentence_with_the_variable(
    variable: str, given: Any, role: str, says: str
) -> None:
    with pytest.raises(GpuError) as caught:
        resolve(**{variable: given})
    assert str(caught.value).startswith(f"{role}: ")
    assert variable in str(caught.value)
    assert says in str(caught.value)


def test_all_that_is_wrong_with_a_role_is_said_at_once() -> None:
    with pytest.raises(GpuError, match=r"nvidia_driver: .*nvidia_driver_hold.*; .*nvidia_driver_state"):
        resolve(nvidia_driver_hold="maybe", nvidia_driver_state="gone")
