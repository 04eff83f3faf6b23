"""The catalogue is whole: pages, checks, names and tables belong together."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from tests.report.sample import make_page
from wsaudit.catalogue import (
    HOUSEKEEPING,
    CatalogueError,
    check_modules,
    checks_of,
    join,
    load_rules,
)
from wsaudit.pages import Page, load_pages, rules_dir
from wsaudit.report.items import load_items
from wsaudit.report.remedy import HOME
from wsaudit.report.rulebook import table_markdown
from wsaudit.rule import Check, Rule

ROOT = Path(__file__).parent.parent
PAGES = load_pages()
CHAPTERS = {
    "lifecycle": 100,
    "reconnection": 120,
    "delivery": 130,
    "heartbeat": 140,
    "errors": 150,
    "security": 160,
    "hazards": 180,
    "races": 200,
    "resilience": 215,
    "messages": 225,
    "consistency": 235,
    "server": 250,
    "recovery": 265,
    "observability": 280,
    "contract": 300,
    HOUSEKEEPING: 900,
}
FORBIDDEN_STARTS = ("no-", "avoid-", "check-", "disallow-", "use-")
TABLE = re.compile(r"(?<=<!-- rules -->\n).*(?=<!-- /rules -->)", re.DOTALL)


def _chapter_of(code: str) -> str:
    number = int(code.removeprefix("WS"))
    return max((start, name) for name, start in CHAPTERS.items() if start <= number)[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_code_belongs_to_its_chapter(page: Page) -> None:
    """The number of a rule tells its chapter."""
    assert page.chapter == _chapter_of(page.code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_name_names_the_defect(page: Page) -> None:
    """A rule's name says what is wrong, and never starts with a prohibition."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", page.name)
    assert not page.name.startswith(FORBIDDEN_STARTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_title_is_one_plain_line(page: Page) -> None:
    """Titles are short, differ from the name, and end without a full stop."""
    assert 5 < len(page.title) <= 80
    assert not page.title.endswith(".")
    assert page.title != page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_page_yields_to_known_rules(page: Page) -> None:
    """A rule yields to rules that exist, and never to itself."""
    assert set(page.yields_to) <= {other.code for other in PAGES} - {page.code}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_rule_answers_an_item(page: Page) -> None:
    """Every rule serves the checklist, except those about wsaudit's own comments."""
    assert bool(page.items) == (page.chapter != HOUSEKEEPING)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_page_and_checklist_name_each_other(page: Page) -> None:
    """The items on a page are those that list the rule, and no others."""
    listing = {item.id for item in load_items() if page.code in item.rules}

    assert set(page.items) == listing


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.page.code)
def test_check_shares_the_address_of_its_page(rule: Rule) -> None:
    """A page is answered in its chapter's module, by functions that bear its name."""
    home = f"wsaudit.checks.{rule.page.chapter}"
    name = rule.page.name.replace("-", "_")

    for check in rule.checks:
        module = check.look.__module__
        assert module == home or module.startswith(f"{home}.")
        assert check.look.__name__.startswith(name)


@pytest.mark.parametrize("module", check_modules(), ids=lambda module: module.__name__)
def test_check_keeps_its_name_in_its_module(module: ModuleType) -> None:
    """A check is known by the name of its function; no second name hides the first."""
    assert [
        name for name, check in checks_of(module).items() if name != check.look.__name__
    ] == []


def test_page_without_check_is_an_error() -> None:
    """A page that nothing answers for is refused, unless it is about ignores."""
    page = make_page()

    with pytest.raises(CatalogueError, match="WS105 has a page but no check"):
        join((page,), ())
    assert join((replace(page, chapter=HOUSEKEEPING),), ())[0].checks == ()


def test_check_without_page_is_an_error() -> None:
    """A check that no page describes is refused."""
    check = Check("WS999", object, lambda _, __: iter(()))

    with pytest.raises(CatalogueError, match="WS999 has a check but no page"):
        join((), (check,))


def test_checks_read_only_the_nouns() -> None:
    """No check names a library: that is what dialects are for."""
    libraries = re.compile(
        r"fastapi|starlette|socket\.io|partysocket|zustand", re.IGNORECASE
    )
    checks = ROOT / "wsaudit" / "checks"

    assert [
        f"{path.name}:{number}"
        for path in sorted(checks.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if libraries.search(line.partition("#")[0])
    ] == []


@pytest.mark.parametrize("name", ["README.md", "rules/README.md"])
def test_rule_table_equals_the_pages(name: str, *, update: bool) -> None:
    """The tables for readers say what the pages say; ``--update`` rewrites them."""
    path = ROOT / name
    stored = path.read_text("utf-8")
    start = "" if name.startswith("rules/") else "rules/"
    written = TABLE.sub(lambda _: _table(start), stored)
    if update:
        path.write_text(written, "utf-8")

    assert TABLE.search(stored)
    assert written == path.read_text("utf-8")


def _table(start: str) -> str:
    """What `wsaudit rules --format md` writes, with links relative to a file."""
    out = StringIO()
    table_markdown(PAGES, out)
    return out.getvalue().replace(f"({HOME}/blob/main/rules/", f"({start}")


def test_pages_lie_beside_the_package() -> None:
    """In a checkout the pages are those of the repository, not a stale copy."""
    assert rules_dir() == ROOT / "rules"


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.page.code)
def test_page_lists_the_options(rule: Rule) -> None:
    """Each number that may be set stands there, with what it is and what it counts."""
    listed = [part.text for part in rule.page.sections if part.heading == "## Options"]
    declared = "\n".join(
        f"- `{one.name} = {one.default:.15g}`: {one.about}" for one in rule.options
    )

    assert listed == [declared] * bool(rule.options)
    assert all(rule.page.code == option.code for option in rule.options)
