"""The noun families: each module's ``find`` makes the facts of one family.

A module here is found by walking the folder; there is no list to keep.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsaudit.model import Fact
    from wsaudit.recognise.scene import Scene

Family = Callable[["Scene"], Iterator["Fact"]]


def families() -> tuple[Family, ...]:
    """The ``find`` of every module, in order of their names."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").find for name in found)
