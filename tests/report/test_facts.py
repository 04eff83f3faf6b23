"""Facts: a line a noun, to see what a verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

from tests.report.sample import Sources
from wsaudit.model import Connection, Evidence, Fact, Project, Role, Seen, Side
from wsaudit.report import facts
from wsaudit.source import Place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Noun(Fact):
    """A noun with a field of every kind."""

    word: str = ""
    seen: Evidence | None = None
    role: Role | None = None
    other: Fact | None = None
    places: tuple[Place, ...] = ()


SOURCES = Sources({"a.ts": "one\n  'é' two\n", "b.py": "three\n"})
ONE, TWO = SOURCES.place("a.ts", "one"), SOURCES.place("a.ts", "two")
THREE = SOURCES.place("b.py", "three")
SOCKET = Connection(at=ONE, side=Side.CLIENT, library="browser", name="ws")
UNNAMED = Connection(at=THREE, side=Side.SERVER, library="starlette", name="")


def shown(
    *found: Fact, path: str = "a.ts", partly: frozenset[str] = frozenset()
) -> str:
    """What is written of some facts."""
    out = StringIO()
    project = Project.of_facts(found, partly_read=partly)
    facts.render(project, SOURCES.__getitem__, path, out)
    return out.getvalue()


def test_noun_is_a_line_with_its_span_and_what_is_known() -> None:
    """Empty fields are left out; places have lines and columns."""
    noun = Noun(
        at=TWO,
        connections=(SOCKET, UNNAMED),
        word="hello",
        seen=Evidence(Seen.UNKNOWN, "it leaves the file"),
        role=Role.ONE_SHOT,
        other=Noun(at=THREE),
        places=(ONE,),
    )

    assert shown(noun) == (
        "2:7-2:10 Noun word='hello' seen=unknown (it leaves the file) role=one-shot "
        "other=Noun@b.py:1:1-1:6 places=[a.ts:1:1-1:4] "
        "of=[ws@a.ts:1:1-1:4, starlette@b.py:1:1-1:6]\n"
    )


def test_evidence_without_reason() -> None:
    """What was seen needs no words."""
    assert shown(Noun(at=ONE, seen=Evidence(Seen.PRESENT))) == (
        "1:1-1:4 Noun seen=present\n"
    )


def test_only_the_facts_of_the_file() -> None:
    """In order of place; a connection is not its own owner's connection."""
    text = shown(Noun(at=TWO), SOCKET, UNNAMED)

    assert [line.split()[1] for line in text.splitlines()] == ["Connection", "Noun"]
    assert "of=" not in text


def test_nothing_and_partly_read_are_said() -> None:
    """Why there is so little."""
    assert shown() == "nothing was recognised\n"
    assert shown(SOCKET, partly=frozenset({"a.ts"})).endswith(
        "the file was read in part only: it proves nothing absent\n"
    )


def test_hostile_names_and_secrets_are_harmless() -> None:
    """What is printed comes from the code under audit."""
    text = shown(Noun(at=ONE, word='\x1b[2J token="abcdefgh12345"'))

    assert "\x1b" not in text
    assert "abcdefgh12345" not in text
