"""The catalogue: every page joined with the checks that answer for it."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

import wsaudit.checks
from wsaudit.pages import Page, load_pages
from wsaudit.rule import Check, Rule

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
    checks = tuple(
        check for module in check_modules() for check in checks_of(module).values()
    )
    return join(load_pages(), checks)


def join(pages: tuple[Page, ...], checks: tuple[Check, ...]) -> tuple[Rule, ...]:
    """Join pages and checks by code; see load_rules for what is raised."""
    codes = {page.code for page in pages}
    for check in checks:
        if check.code not in codes:
            raise CatalogueError(f"{check.code} has a check but no page")
    return tuple(_rule(page, checks) for page in pages)


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


def _rule(page: Page, checks: tuple[Check, ...]) -> Rule:
    own = tuple(check for check in checks if check.code == page.code)
    if not own and page.chapter != HOUSEKEEPING:
        raise CatalogueError(f"{page.code} has a page but no check")
    return Rule(page, own)
