# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory asks for, over the defaults of the roles' argument specs. Private to the collection."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.baremetal.gpu.plugins.module_utils._errors import GpuError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COMPONENTS = (
    "nouveau",
    "nvidia_repository",
    "nvidia_driver",
    "nvidia_fabric",
    "nvidia_gsp",
    "nvidia_persistence",
    "nvidia_container_toolkit",
    "node_reboot",
)
_ROLES = Path(__file__).resolve().parents[2] / "roles"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache
def _options(component: str) -> dict[str, Any]:
    text = (_ROLES / component / "meta" / "argument_specs.yml").read_text()
    options: dict[str, Any] = yaml.load(text, Loader=_LOADER)["argument_specs"]["main"]["options"]
    return options


@lru_cache
def _validator(component: str) -> ArgumentSpecValidator:
    return ArgumentSpecValidator(
        {
            name: {key: option[key] for key in ("type", "elements", "choices", "default") if key in option}
            for name, option in _options(component).items()
        }
    )


def specs(components: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The options of each component's role, by variable."""
    return {component: _options(component) for component in components}


def resolve_request(
    value_of: Callable[[str], tuple[bool, Any]], components: Sequence[str] = COMPONENTS
) -> dict[str, dict[str, Any]]:
    """Each component's options; `value_of` says whether a variable is set, and to what."""
    request: dict[str, dict[str, Any]] = {}
    for component, options in specs(components).items():
        given = {}
        for variable in options:
            is_set, value = value_of(variable)
            if is_set:
                given[variable] = value
        result = _validator(component).validate(given)
        if result.error_messages:
            raise GpuError(f"{component}: " + "; ".join(result.error_messages))
        request[component] = {name[len(component) + 1 :]: value for name, value in result.validated_parameters.items()}
    return request


def overriding(
    override: Mapping[str, Any], value_of: Callable[[str], tuple[bool, Any]], components: Sequence[str] = COMPONENTS
) -> Callable[[str], tuple[bool, Any]]:
    """The same, but for variables that are asked for otherwise; a name that no role has is an error."""
    if not hasattr(override, "keys"):
        raise GpuError(f"override: expected variables and their values, found {override!r}")
    known = {name for options in specs(components).values() for name in options}
    strange = sorted(set(override) - known)
    if strange:
        raise GpuError(f"override: expected variables of {', '.join(components)}; found {', '.join(strange)}")
    return lambda name: (True, override[name]) if name in override else value_of(name)


@lru_cache
def defaults() -> dict[str, dict[str, Any]]:
    """The request of an inventory that sets nothing."""
    return resolve_request(lambda name: (False, None))
