"""Where the ways from a point lead: what they meet, and how they leave."""

from __future__ import annotations

import time

import pytest

from tests.flow.snippets import Snippet, python, typescript
from wsaudit.flow.graph import Catching
from wsaudit.flow.ways import (
    Start,
    always_before,
    always_run,
    between,
    leads,
    may_reach,
    ways,
)
from wsaudit.program.tree import last_name
from wsaudit.syntax import nodes


class ByName:
    """Exceptions by the names that a snippet uses; `Maybe` may be anything."""

    def caught(self, by: Catching, thrown: str) -> bool | None:
        """A handler stops what it names; a ``with suppressed(X)`` stops X."""
        if isinstance(by, nodes.With):
            call = by.items[0].value
            assert isinstance(call, nodes.Call)
            return last_name(call.function) == "suppressed"
        names = {last_name(kind) for kind in by.types}
        if "Maybe" in names:
            return None
        return not names or thrown in names or "Exception" in names

    def raised(self, by: nodes.Raise) -> str:
        """The class of ``raise X()``."""
        assert by.value is not None
        return last_name(by.value)


def _ends(snippet: Snippet, thrown: str | None) -> str:
    """What the ways from ``start()`` come to, each kind once."""
    found = ways(
        snippet.program,
        snippet.graph,
        [Start(snippet.call("start"), thrown)],
        frozenset(snippet.calls("undo")),
        ByName(),
    )
    kinds = {
        "undone"
        if e.met
        else ("raises" if e.raises else "returns") + ("" if e.sure else "?")
        for e in found
    }
    return " ".join(sorted(kinds)) or "round"


FAILED = {
    "nothing catches it": ("start()\nundo()", "raises"),
    "a handler undoes": (
        """
        try:
            start()
        except Lost:
            undo()
        """,
        "undone",
    ),
    "another class is caught": (
        """
        try:
            start()
        except Other:
            undo()
        """,
        "raises",
    ),
    "a class that is not known": (
        """
        try:
            start()
        except Maybe:
            undo()
        """,
        "raises? undone",
    ),
    "the handler goes on": (
        """
        try:
            start()
        except Lost:
            pass
        undo()
        """,
        "undone",
    ),
    "the handler returns": (
        """
        try:
            start()
        except Lost:
            return
        undo()
        """,
        "returns",
    ),
    "a finally on every way": (
        """
        try:
            try:
                start()
            except Lost:
                return
        finally:
            undo()
        """,
        "undone",
    ),
    "raised again, caught further out": (
        """
        try:
            try:
                start()
            except Lost:
                raise
        except Other:
            undo()
        except Lost as lost:
            stop()
        """,
        "returns",
    ),
    "raised again by name": (
        """
        try:
            try:
                start()
            except Lost as lost:
                raise lost
        except Lost:
            undo()
        """,
        "undone",
    ),
    "turned into another class": (
        """
        try:
            try:
                start()
            except Lost:
                raise Other() from None
        except Lost:
            undo()
        """,
        "raises",
    ),
    "raised in a handler, its own finally undoes": (
        """
        try:
            start()
        except Lost:
            raise Other()
        finally:
            undo()
        """,
        "undone",
    ),
    "a finally that returns swallows it": (
        """
        try:
            start()
        finally:
            return
        """,
        "returns",
    ),
    "a handler does not guard itself": (
        """
        try:
            prepare()
        except Lost:
            start()
        except Lost:
            undo()
        """,
        "raises",
    ),
    "an else is not guarded": (
        """
        try:
            prepare()
        except Lost:
            undo()
        else:
            start()
        """,
        "raises",
    ),
    "suppressed, then undone": (
        """
        with suppressed(Lost):
            start()
        undo()
        """,
        "undone",
    ),
    "a with that stops nothing": (
        """
        async with lock():
            start()
        undo()
        """,
        "raises",
    ),
    "the loop goes round for ever": (
        """
        while True:
            try:
                start()
            except Lost:
                continue
        """,
        "round",
    ),
    "the handler breaks": (
        """
        while True:
            try:
                start()
            except Lost:
                break
        undo()
        """,
        "undone",
    ),
    "a break through a finally": (
        """
        for each in many:
            try:
                start()
            except Lost:
                break
            finally:
                undo()
        """,
        "undone",
    ),
}

DONE = {
    "straight on": ("start()\nundo()", "undone"),
    "only one branch": (
        """
        start()
        if known:
            undo()
        """,
        "returns undone",
    ),
    "both branches": (
        """
        start()
        if known:
            undo()
        else:
            undo()
        """,
        "undone",
    ),
    "an early return": (
        """
        start()
        if known:
            return
        undo()
        """,
        "returns undone",
    ),
    "the test is a constant": (
        """
        start()
        while True:
            wait()
        """,
        "round",
    ),
    "a short circuit": ("start()\nknown and undo()", "returns undone"),
    "both sides of a conditional": (
        "start()\nundo() if known else undo()",
        "undone",
    ),
    "the test is always evaluated": ("start()\nif undo():\n    pass", "undone"),
    "an await that raises is not taken to fail": (
        "start()\nawait x()\nundo()",
        "undone",
    ),
    "an else of a loop": (
        """
        start()
        for each in many:
            wait()
        else:
            undo()
        """,
        "undone",
    ),
    "a break misses the else of a loop": (
        """
        start()
        for each in many:
            break
        else:
            undo()
        """,
        "returns undone",
    ),
    "a case for everything": (
        """
        start()
        match kind:
            case 1:
                undo()
            case _:
                undo()
        """,
        "undone",
    ),
    "a case is missing": (
        """
        start()
        match kind:
            case 1:
                undo()
            case 2:
                undo()
        """,
        "returns undone",
    ),
    "a break in a case leaves the loop": (
        """
        start()
        while True:
            match kind:
                case 1:
                    break
        undo()
        """,
        "undone",
    ),
    "a nested function does not run": (
        """
        start()
        def later():
            undo()
        """,
        "returns",
    ),
    "an inner finally inside a finally": (
        """
        try:
            start()
            return
        finally:
            try:
                wait()
            finally:
                try:
                    wait()
                finally:
                    undo()
        """,
        "undone",
    ),
    "a comprehension may be empty": (
        "start()\n[undo() for each in many if each]",
        "returns undone",
    ),
    "what ends the process": ("start()\nsys.exit(1)\nundo()", "round"),
}

TYPESCRIPT = {
    "a case falls through": (
        "start(); switch (k) { case 1: case 2: wait(); case 3: undo(); }",
        "returns undone",
    ),
    "a default in the middle": (
        "start(); switch (k) { case 1: undo(); break; default: undo(); break;"
        " case 3: undo(); }",
        "undone",
    ),
    "a break leaves the switch only": (
        "start(); while (x) { switch (k) { case 1: break; } undo(); return; }",
        "returns undone",
    ),
    "a label": (
        "start(); outer: while (true) { while (true) { break outer; } } undo();",
        "undone",
    ),
    "a labelled continue": (
        "outer: for (;;) { start(); for (;;) { continue outer; } } undo();",
        "round",
    ),
    "a do loop runs once": ("start(); do { undo(); } while (x);", "undone"),
    "a for loop may not": (
        "start(); for (let i = 0; i < n; i++) undo();",
        "returns undone",
    ),
    "an optional call": ("start(); ws?.undo();", "returns undone"),
    "an optional chain ends as a whole": (
        "start(); log(a?.b.wait().c); undo();",
        "undone",
    ),
    "nullish": ("start(); known ?? undo();", "returns undone"),
    "a throw": ("start(); throw new Lost(); undo();", "raises"),
    "catch without a binding": (
        "try { start(); throw new Lost(); } catch { undo(); }",
        "undone",
    ),
    "finally on return": ("try { start(); return; } finally { undo(); }", "undone"),
}


@pytest.mark.parametrize(("text", "ends"), FAILED.values(), ids=FAILED)
def test_way_of_an_exception(text: str, ends: str) -> None:
    """What is thrown goes outward, through handlers and finals."""
    assert _ends(python(text), "Lost") == ends


@pytest.mark.parametrize(("text", "ends"), DONE.values(), ids=DONE)
def test_way_on(text: str, ends: str) -> None:
    """What has run goes on to what runs next."""
    assert _ends(python(text), None) == ends


@pytest.mark.parametrize(("text", "ends"), TYPESCRIPT.values(), ids=TYPESCRIPT)
def test_way_on_in_typescript(text: str, ends: str) -> None:
    """Labels, cases that fall through, optional chains."""
    assert _ends(typescript(text), None) == ends


def test_way_under_an_assumption() -> None:
    """A test that is assumed to come out one way closes the other."""
    snippet = python("start()\nif known and not late:\n    undo()")

    def assuming(test: nodes.Node) -> bool | None:
        return {"known": True, "late": False}.get(getattr(test, "id", ""))

    start: Start[str] = Start(snippet.call("start"))
    (end,) = ways(
        snippet.program,
        snippet.graph,
        [start],
        snippet.calls("undo"),
        assuming=assuming,
    )

    assert end.met


OPEN = {
    "a test before it": ("if known:\n    return\nundo()", False),
    "a test around it": ("if late:\n    undo()", False),
    "one of two tests": ("if late or other:\n    undo()", True),
    "a failure": ("try:\n    start()\nexcept OSError:\n    undo()", True),
}


@pytest.mark.parametrize(("text", "leads_there"), OPEN.values(), ids=OPEN)
def test_may_reach(text: str, leads_there: bool) -> None:  # noqa: FBT001
    """Whether some way leads to a node where known is so and late is not."""
    snippet = python(text)

    def assuming(test: nodes.Node) -> bool | None:
        return {"known": True, "late": False}.get(getattr(test, "id", ""))

    found = may_reach(snippet.program, snippet.call("undo"), assuming)
    assert found is leads_there


def test_way_of_a_loop_that_has_ended() -> None:
    """A start may say how a loop came out."""
    snippet = python("for each in many:\n    undo()\nstop()")
    (loop,) = [n for n in snippet.home.body if isinstance(n, nodes.Loop)]

    ended: Start[str] = Start(loop, comes_out=False)
    (end,) = ways(snippet.program, snippet.graph, [ended], snippet.calls("undo"))

    assert not end.met


BEFORE = {
    "straight on": ("first()\nsecond()", True),
    "the other way round": ("second()\nfirst()", False),
    "in a branch": ("if x:\n    first()\nsecond()", False),
    "in one branch with it": ("if x:\n    first()\n    second()", True),
    "the other branch leaves": (
        "if x:\n    first()\nelse:\n    return\nsecond()",
        True,
    ),
    "in a handler what failed may not have run": (
        "try:\n    first()\nexcept E:\n    second()",
        False,
    ),
    "before what failed": (
        "first()\ntry:\n    wait()\nexcept E:\n    second()",
        True,
    ),
    "in a finally": ("try:\n    first()\nfinally:\n    second()", False),
    "after a try that lets nothing on": (
        "try:\n    first()\nexcept E:\n    return\nsecond()",
        True,
    ),
    "in a loop body": ("for x in y:\n    first()\nsecond()", False),
    "in an endless loop": ("while True:\n    first()\n    break\nsecond()", True),
    "as an argument": ("second(first())", True),
}


@pytest.mark.parametrize(("text", "always"), BEFORE.values(), ids=BEFORE)
def test_always_before(text: str, always: bool) -> None:  # noqa: FBT001
    """Whether one call has always run where another one runs."""
    snippet = python(text)
    first, second = snippet.call("first"), snippet.call("second")

    assert always_before(snippet.program, [first], second) is always


RUNS = {
    "straight on": ("first()", True),
    "in one branch": ("if x:\n    first()", False),
    "in both branches": ("if x:\n    first()\nelse:\n    first()", True),
    "the other branch raises": ("if x:\n    first()\nelse:\n    raise X", True),
    "after a return": ("if x:\n    return\nfirst()", False),
    "what fails is let go": ("try:\n    first()\nexcept E:\n    pass", False),
}


@pytest.mark.parametrize(("text", "always"), RUNS.values(), ids=RUNS)
def test_always_run(text: str, always: bool) -> None:  # noqa: FBT001
    """Whether a call has run whenever the function has returned."""
    snippet = python(text)

    assert always_run(snippet.program, snippet.home, snippet.calls("first")) is always


BETWEEN = {
    "nothing": ("first()\nsecond()", ""),
    "in order": ("first()\na()\nb()\nsecond()", "a b"),
    "one branch": ("first()\nif x:\n    a()\nsecond()", "a"),
    "a branch that leaves": ("first()\nif x:\n    a()\n    return\nsecond()", ""),
    "not round a loop past the first": (
        "while True:\n    first()\n    second()\n    a()",
        "",
    ),
    "round a loop": ("first()\nwhile x:\n    a()\n    second()\n    b()", "a"),
    "what fails on the way": (
        "first()\ntry:\n    a()\nexcept E:\n    b()\nsecond()",
        "a b",
    ),
    "past what is avoided": ("first()\nif x:\n    a()\n    never()\nsecond()", ""),
}


@pytest.mark.parametrize(("text", "names"), BETWEEN.values(), ids=BETWEEN)
def test_between(text: str, names: str) -> None:
    """What may run between two calls."""
    snippet = python(text)
    found = between(
        snippet.program,
        snippet.call("first"),
        snippet.call("second"),
        snippet.calls("never"),
    )

    called = [last_name(n.function) for n in found if isinstance(n, nodes.Call)]
    assert " ".join(called) == names


def test_no_way_between_two_branches() -> None:
    """Branches exclude each other."""
    snippet = typescript("if (x) { first(); } else { second(); }")

    assert not leads(snippet.program, snippet.call("first"), snippet.call("second"))


@pytest.mark.parametrize(
    "text",
    [
        "start()\n" + "step()\n" * 8_000 + "undo()",
        "start()\n" + "if x:\n    step()\nelse:\n    rest()\n" * 2_000 + "undo()",
        "start()\nif x:\n    a()\n" + "elif x:\n    a()\n" * 900 + "undo()",
        "start()\n" + "try:\n    a()\nexcept E:\n    b()\nfinally:\n    c()\n" * 900,
    ],
    ids=["statements", "branches", "elifs", "tries"],
)
def test_long_functions(text: str) -> None:
    """A graph and its ways grow with the function, not with the number of ways."""
    snippet = python(text)
    call = snippet.call("start")
    start: Start[str] = Start(call)
    begun = time.process_time()

    ways(snippet.program, snippet.graph, [start], snippet.calls("undo"))
    always_before(snippet.program, [call], snippet.home.body[-1])

    assert len(snippet.graph.at) < 40_000
    assert time.process_time() - begun < 5


def test_nested_finals_stay_small() -> None:
    """Each level of ``finally`` inside ``finally`` would multiply the copies."""
    depth, text = 30, ""
    for level in range(depth):
        pad = "    " * level
        text += f"{pad}while x:\n{pad}  try:\n{pad}    if a:\n{pad}      return\n"
        text += f"{pad}    if b:\n{pad}      break\n{pad}  finally:\n"
    snippet = python(text + "    " * depth + "undo()")

    assert len(snippet.graph.at) < 10_000
