"""Small reports made by hand: what the reporters are tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wsaudit.examples import Section
from wsaudit.outcome import Fault, Finding, Ignore, Report, RuleOutcome, Skip
from wsaudit.pages import Page
from wsaudit.rule import (
    Confidence,
    Pass,
    Priority,
    Problem,
    Related,
    Rule,
    Undecided,
)
from wsaudit.source import Place, Source

SERVER = """\
from fastapi import WebSocket


class Manager:
    async def broadcast(self, message: str) -> None:
        for socket in self.sockets:
            await socket.send_text(message)
"""
CLIENT = """\
export function useFeed(url: string) {
  useEffect(() => {
    const ws = new WebSocket(url);
    ws.onmessage = show;
  }, [url]);
}
"""
WHY = "A socket that nobody closes stays open.\n\nThe server keeps it, too."


def make_page(
    code: str = "WS105",
    name: str = "effect-socket-not-closed",
    *,
    title: str = "A socket opened in an effect is not closed by it",
    priority: Priority = Priority.P1,
    confidence: Confidence = Confidence.HIGH,
    items: tuple[str, ...] = ("1.1.2",),
    cwe: tuple[str, ...] = (),
    why: str = WHY,
) -> Page:
    """A page of a rule, as short as a page can be."""
    return Page(
        code=code,
        name=name,
        chapter="lifecycle",
        title=title,
        priority=priority,
        side="both",
        items=items,
        confidence=confidence,
        variants={},
        yields_to=(),
        strict=False,
        cwe=cwe,
        path=Path(f"rules/lifecycle/{name}.md"),
        markdown=f"# {title}\n\n## Why it matters\n\n{why}\n",
        sections=(
            Section(f"# {title}", 1, ()),
            Section("## Why it matters", 3, tuple(why.splitlines())),
            Section("## Good", 5, ("```python", "await socket.close()", "```")),
            Section("## How wsaudit decides", 7, ("It looks.",)),
            Section("## What to do", 9, ("", "Close it in the [cleanup](x.md).", "")),
        ),
    )


class Sources(dict[str, Source]):
    """The files of a report by path; built from texts, or bytes as on disk."""

    def __init__(self, texts: Mapping[str, str | bytes]) -> None:
        for path, content in texts.items():
            raw = content if isinstance(content, bytes) else _encoded(content)
            text = raw.decode("utf-8-sig", "surrogatepass")
            self[path] = Source(path, text, raw)

    def place(self, path: str, token: str, nth: int = 0) -> Place:
        """Where the nth occurrence of a token stands."""
        data, wanted = self[path].data, _encoded(token)
        start = data.index(wanted)
        for _ in range(nth):
            start = data.index(wanted, start + 1)
        return Place(path, start, start + len(wanted))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def make_finding(page: Page, at: Place, message: str, **changes: Any) -> Finding:
    """A finding of a page's rule with the page's priority and confidence."""
    fields: dict[str, Any] = {
        "code": page.code,
        "name": page.name,
        "title": page.title,
        "message": message,
        "at": at,
        "priority": page.priority,
        "confidence": page.confidence,
    }
    return Finding(**(fields | changes))


def make_report(
    sources: Mapping[str, Source],
    outcomes: Sequence[RuleOutcome] = (),
    *,
    skipped: Sequence[Skip] = (),
    faults: Sequence[Fault] = (),
    facts: Mapping[str, int] | None = None,
    root: str = "",
    strict: bool = False,
) -> Report:
    """A report of some outcomes, as the engine would settle them."""
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    return Report(
        findings=tuple(
            finding
            for finding in findings
            if not finding.ignored
            and (strict or finding.confidence is not Confidence.LOW)
        ),
        ignored=tuple(finding for finding in findings if finding.ignored),
        outcomes=tuple(outcomes),
        skipped=tuple(skipped),
        faults=tuple(faults),
        source=sources.__getitem__,
        seen=len(sources) + 1,
        read=len(sources),
        facts={"ClientConnection": 1, "Endpoint": 2, "Send": 4}
        if facts is None
        else facts,
        strict=strict,
        root=root,
    )


def make_outcome(
    page: Page,
    *said: Problem | Pass | Undecided | Finding,
) -> RuleOutcome:
    """What a rule said, sorted into findings, passes and doubts."""
    findings = [
        make_finding(page, each.at, each.message, related=each.related)
        if isinstance(each, Problem)
        else each
        for each in said
        if isinstance(each, Problem | Finding)
    ]
    return RuleOutcome(
        rule=Rule(page, ()),
        findings=tuple(findings),
        passes=tuple(each for each in said if isinstance(each, Pass)),
        undecided=tuple(each for each in said if isinstance(each, Undecided)),
    )


def both_ends(root: str = "") -> Report:
    """A report on one client and one server: fail, pass, doubt, ignore, skips."""
    sources = Sources({"backend/manager.py": SERVER, "frontend/feed.ts": CLIENT})
    opened = sources.place("frontend/feed.ts", "new WebSocket(url)")
    loop = sources.place("backend/manager.py", "self.sockets")
    effect = make_page()
    broadcast = make_page(
        "WS181",
        "broadcast-over-live-collection",
        title="Sockets can come and go while a broadcast walks over them",
        priority=Priority.P0,
        items=("2.5.2",),
    )
    guard = make_page(
        "WS160",
        "missing-authentication",
        title="Nobody asks who connects",
        priority=Priority.P0,
        items=("1.6.1", "1.1.3"),
        cwe=("306",),
    )
    heartbeat = make_page(
        "WS140", "missing-heartbeat", title="Nothing pings", items=("1.4.1", "2.2.1")
    )
    ignored = make_finding(
        heartbeat,
        opened,
        "nothing pings this socket",
        ignored=Ignore(opened, ("WS140",), "the proxy pings"),
    )
    return make_report(
        sources,
        [
            make_outcome(
                effect,
                Problem(opened, "`ws` stays open when the effect is cleaned up"),
            ),
            make_outcome(
                broadcast,
                Problem(
                    loop,
                    "`self.sockets` can change while this loop awaits, which ends it",
                    related=(Related(opened, "the client connects here"),),
                ),
            ),
            make_outcome(guard, Undecided(loop, "no endpoint was found")),
            make_outcome(heartbeat, ignored, Pass(loop, "uvicorn pings by itself")),
        ],
        skipped=[
            Skip("frontend/vendor.min.js", "minified"),
            Skip(
                "backend/old.py", "syntax error", "unexpected `(`", partial=True, line=3
            ),
        ],
        faults=[Fault("backend/manager.py", "WS107", "KeyError: 'socket'")],
        root=root,
    )
