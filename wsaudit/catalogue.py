"""The catalogue: every page joined with the checks that answer for it."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection
from functools import cache
from importlib import import_module
from types import ModuleType

import wsaudit.checks
from wsaudit.pages import Page, load_pages
from wsaudit.rule import Check, Option, Rule

HOUSEKEEPING = "housekeeping"
"""The chapter about wsaudit's own comments; the engine answers it, not a check."""


class CatalogueError(Exception):
    """A page without a check, or a check without a page."""


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule, sorted by code.

    Raises CatalogueError where a page and its checks do not meet, PageError for a
    page that breaks the grammar.
    """
    modules = check_modules()
    checks = tuple(check for each in modules for check in checks_of(each).values())
    return join(load_pages(), checks, set().union(*map(options_of, modules)))


def join(
    pages: tuple[Page, ...],
    checks: tuple[Check, ...],
    options: Collection[Option] = (),
) -> tuple[Rule, ...]:
    """Join pages, checks and options by code; see load_rules for what is raised."""
    codes = {page.code for page in pages}
    for code in (*(one.code for one in checks), *(one.code for one in options)):
        if code not in codes:
            raise CatalogueError(f"{code} has a check but no page")
    return tuple(_rule(page, checks, options) for page in pages)


def check_modules() -> tuple[ModuleType, ...]:
    """The modules of ``wsaudit.checks``, one a chapter, found by walking it."""
    found = pkgutil.walk_packages(wsaudit.checks.__path__, "wsaudit.checks.")
    return tuple(import_module(module.name) for module in found)


def checks_of(module: ModuleType) -> dict[str, Check]:
    """The checks that a module defines, by the name they have there."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, Check) and value.look.__module__ == module.__name__
    }


def options_of(module: ModuleType) -> set[Option]:
    """The numbers to set that a module declares, each by its name."""
    values = vars(module).values()
    return {value for value in values if isinstance(value, Option)}


def _rule(page: Page, checks: tuple[Check, ...], options: Collection[Option]) -> Rule:
    own = tuple(check for check in checks if check.code == page.code)
    if not own and page.chapter != HOUSEKEEPING:
        raise CatalogueError(f"{page.code} has a page but no check")
    declared = (option for option in options if option.code == page.code)
    return Rule(page, own, tuple(sorted(declared, key=lambda one: one.name)))
