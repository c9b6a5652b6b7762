# Copyright (c) 2026 baremetal.gpu contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`@dataclass(frozen=True)` without generated code, which took half of what a look imports. Private to the collection.

The methods are the same for every class, so Python need not write and compile them for each at every start.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen):
        """As the standard library's, in its frozen form alone."""
        if not frozen:
            raise TypeError("only frozen=True")
        return _with_methods


def _init(self: Any, *values: Any, **named: Any) -> None:
    fields = self.__dataclass_fields__
    if len(values) == len(fields) and not named:  # thousands of small ones are made so
        vars(self).update(zip(fields, values))
        return
    given = {**dict(zip(fields, values)), **named}
    twice = len(values) + len(named) - len(given)
    for name in fields.keys() - given.keys():
        default, factory = fields[name].default, fields[name].default_factory
        if factory is not dataclasses.MISSING:
            given[name] = factory()
        elif default is not dataclasses.MISSING:
            given[name] = default
    if twice or given.keys() != fields.keys():
        wrong = ", ".join(sorted(given.keys() ^ fields.keys())) or "a value too many"
        raise TypeError(f"{type(self).__name__}: missing or unexpected: {wrong}")
    vars(self).update(given)


def _repr(self: Any) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__dataclass_fields__)
    return f"{type(self).__qualname__}({values})"


def _eq(self: Any, other: object) -> bool:
    return vars(self) == vars(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in self.__dataclass_fields__))


def _refuse(self: Any, name: str, *_value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__}.{name} does not change")


_METHODS = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}


def _with_methods(cls: type) -> type:
    # Without a text there, the standard library puts the signature into it, which takes longer than all else.
    cls.__doc__ = cls.__doc__ or cls.__name__
    for name, method in _METHODS.items():
        setattr(cls, name, method)
    return dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
