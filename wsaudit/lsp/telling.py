"""What a client is shown of a finding: its diagnostic, hover text and actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from lsprotocol import types
from pygls.uris import from_fs_path

from wsaudit.edits import Applicability, Edit, overlapping
from wsaudit.ignoring import likely_form
from wsaudit.lsp.positions import range_of, touches
from wsaudit.outcome import Finding
from wsaudit.pages import Page
from wsaudit.report.remedy import page_url, remedy
from wsaudit.report.sanitise import visible
from wsaudit.rule import Priority
from wsaudit.source import Source
from wsaudit.syntax.nodes import Module
from wsaudit.workers import Task, read_task

SOURCE = "wsaudit"
EXPLAIN = "wsaudit.explain"
FIX_ALL = "source.fixAll.wsaudit"
REASON = "TODO: say why this is right here"
SEVERITIES = {
    Priority.P0: types.DiagnosticSeverity.Error,
    Priority.P1: types.DiagnosticSeverity.Warning,
    Priority.P2: types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Told:
    """The findings of one file as its text was when they were found.

    ``sources`` are the texts of all files by path, ``version`` that of the open
    document, if it is open.
    """

    uri: str
    path: str
    root: str
    findings: tuple[Finding, ...]
    sources: dict[str, Source]
    pages: dict[str, Page]
    encoding: str
    version: int | None = None

    def range(self, finding: Finding) -> types.Range:
        """Where a finding is."""
        return range_of(self.sources[self.path], finding.at, self.encoding)

    def at(self, range_: types.Range) -> list[Finding]:
        """The findings that a range touches."""
        return [one for one in self.findings if touches(self.range(one), range_)]


def diagnostics(told: Told) -> list[types.Diagnostic]:
    """What a client marks in the text."""
    return [_diagnostic(told, one) for one in told.findings]


def _diagnostic(told: Told, finding: Finding) -> types.Diagnostic:
    return types.Diagnostic(
        range=told.range(finding),
        message=visible(finding.message),
        severity=SEVERITIES[finding.priority],
        source=SOURCE,
        code=finding.code,
        code_description=types.CodeDescription(page_url(told.pages[finding.code])),
        related_information=[
            types.DiagnosticRelatedInformation(
                types.Location(
                    _uri(told, one.at.path),
                    range_of(told.sources[one.at.path], one.at, told.encoding),
                ),
                visible(one.message),
            )
            for one in finding.related
        ],
        data={"name": finding.name, "symbol": finding.symbol, "shape": finding.shape},
    )


def _uri(told: Told, path: str) -> str:
    return told.uri if path == told.path else from_fs_path(f"{told.root}/{path}") or ""


def hover(told: Told, position: types.Position) -> types.Hover | None:
    """The rules of the findings at a position, as Markdown."""
    found = told.at(types.Range(position, position))
    if not found:
        return None
    text = "\n\n---\n\n".join(_hover(told, one) for one in found)
    content = types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.Hover(content, told.range(found[0]))


def _hover(told: Told, finding: Finding) -> str:
    page = told.pages[finding.code]
    return (
        f"**{finding.code}** {page.name} ({finding.priority}): {page.title}\n\n"
        f"{page.why.strip()}\n\n**What to do** {remedy(page)}\n\n"
        f"[All of it]({page_url(page)})"
    )


def actions(told: Told, range_: types.Range) -> Iterator[types.CodeAction]:
    """Fix it, ignore it, explain it; and fix all that is safe to."""
    for finding in told.at(range_):
        marked = [_diagnostic(told, finding)]
        if finding.fix and _here(told, finding.fix.edits):
            safe = finding.fix.applicability is Applicability.SAFE
            yield types.CodeAction(
                title=f"{finding.code}: {finding.fix.title}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=marked,
                is_preferred=safe or None,
                edit=_edit(told, finding.fix.edits),
            )
        ignore = _ignore(told, finding)
        if ignore:
            yield types.CodeAction(
                title=f"{finding.code}: ignore it here, with a reason",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=marked,
                edit=ignore,
            )
        yield types.CodeAction(
            title=f"{finding.code}: explain",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=marked,
            command=types.Command(
                f"Explain {finding.code}", EXPLAIN, arguments=[finding.code]
            ),
        )
    edits = _safe(told)
    if edits:
        yield types.CodeAction(
            title="Mend all that wsaudit can mend safely",
            kind=FIX_ALL,
            edit=_edit(told, edits),
        )


def _here(told: Told, edits: Iterable[Edit]) -> bool:
    """Whether all edits are in this file, whose version is known."""
    return all(edit.at.path == told.path for edit in edits)


def _safe(told: Told) -> list[Edit]:
    """The edits of safe fixes that do not get into each other's way."""
    chosen: list[Edit] = []
    for one in told.findings:
        fix = one.fix
        if fix is None or fix.applicability is not Applicability.SAFE:
            continue
        if _here(told, fix.edits) and not overlapping((*chosen, *fix.edits)):
            chosen += fix.edits
    return chosen


def _edit(told: Told, edits: Iterable[Edit]) -> types.WorkspaceEdit:
    source = told.sources[told.path]
    changes = [
        types.TextEdit(range_of(source, edit.at, told.encoding), edit.text)
        for edit in edits
    ]
    return _changes(told, changes)


def _changes(told: Told, changes: list[types.TextEdit]) -> types.WorkspaceEdit:
    document = types.OptionalVersionedTextDocumentIdentifier(told.uri, told.version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(document, list(changes))]
    )


def _ignore(told: Told, finding: Finding) -> types.WorkspaceEdit | None:
    """A comment with room for the reason; None where none could stand."""
    source = told.sources[told.path]
    module = _module(told.path, source.data)
    edit = likely_form(module, source, finding, REASON) if module else None
    return _edit(told, [edit]) if edit else None


@lru_cache(maxsize=8)
def _module(path: str, data: bytes) -> Module | None:
    """A file in the common syntax, if it can be read."""
    answer = read_task(Task(path, data))
    if not isinstance(answer, bytes):
        return None
    return msgspec.msgpack.decode(answer, type=Module)
