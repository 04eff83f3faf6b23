"""Hostile projects: whatever is done to a file, the audit ends and says what it saw.

Some examples run with every test run; `make fuzz` runs many.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.report.github_ingestion import objections
from wsaudit.config import Config
from wsaudit.engine import audit, exit_code
from wsaudit.outcome import Report
from wsaudit.report import github, sarif, text
from wsaudit.report import json as data
from wsaudit.report.checklist import markdown, page
from wsaudit.report.checklist.document import Asked

FIXTURES = Path(__file__).parent.parent / "fixtures"
FILES = sorted(
    path
    for path in FIXTURES.rglob("*")
    if path.suffix in {".py", ".ts", ".tsx"} and b"ocket" in path.read_bytes()
)
TOKENS = (
    *("(", ")", "[", "]", "{", "}", "\n", "\r", "\t", "    ", ",", ";", ":", ".", "@"),
    *("async ", "await ", "def f(", "class A", "lambda ", "=> ", "new WebSocket(", "`"),
    *("ws.send(", "return ", "yield ", "try:\n", "except:\n", "finally", "*", "**"),
    *('"', "'", '"""', "${", "</", "<a>", "#", "//", "/*", "*/", "\\", "\u2028", "é😀"),
    *("# wsaudit: ignore[WS130]", "// wsaudit: role=", "{/* wsaudit: public x */}"),
    *(
        "\x00",
        "\ufeff",
        "\x0c",
        "global x",
        "import *",
        "export * from './a'",
        "?.",
        "!",
    ),
)
Change = Callable[[str], str]


def _cut(start: int, length: int) -> Change:
    return lambda given: (
        given[: start % (len(given) + 1)] + given[start % (len(given) + 1) + length :]
    )


def _again(start: int, length: int, at: int) -> Change:
    def change(given: str) -> str:
        first, where = start % (len(given) + 1), at % (len(given) + 1)
        return given[:where] + given[first : first + length] + given[where:]

    return change


def _put(at: int, token: str, times: int) -> Change:
    def change(given: str) -> str:
        where = at % (len(given) + 1)
        return given[:where] + token * times + given[where:]

    return change


PLACES = st.integers(0, 20_000)
CHANGES = st.lists(
    st.one_of(
        st.builds(_cut, PLACES, st.integers(1, 400)),
        st.builds(_again, PLACES, st.integers(1, 400), PLACES),
        st.builds(
            _put,
            PLACES,
            st.sampled_from(TOKENS),
            st.sampled_from((1, 1, 1, 2, 40, 900)),
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(FILES), CHANGES), min_size=1, max_size=3),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "latin-1")),
)
def test_broken_project_is_audited(
    broken: list[tuple[Path, list[Change]]], encoding: str
) -> None:
    """No internal error, an exit code, and every format can be written."""
    with tempfile.TemporaryDirectory() as name:
        for path, changes in broken:
            content = path.read_text("utf-8")
            for change in changes:
                content = change(content)
            target = Path(name, path.relative_to(FIXTURES))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode(encoding, "replace"))
        config = Config(name, paths=(name,), strict=True, jobs=1, cache=False)
        report = audit(config)

        assert report.faults == ()
        assert exit_code(report, config) in (0, 1, 2, 3)
        _assert_written(report, name)


def _assert_written(report: Report, root: str) -> None:
    for render in (data.render, text.render, github.render):
        render(report, StringIO())
    for write in (markdown.render, page.render):
        write(report, StringIO(), Asked())
    out = StringIO()
    sarif.render(report, out, root=root)

    assert objections(json.loads(out.getvalue())) == []
