"""The server itself: documents come in, audits are run and called off, findings go out.

Standard output belongs to the protocol; audits run in processes of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

import wsaudit
from wsaudit.apart import Answer, Auditor, Wanted
from wsaudit.lsp.telling import (
    EXPLAIN,
    FIX_ALL,
    SOURCE,
    Told,
    actions,
    diagnostics,
    hover,
)
from wsaudit.outcome import Finding
from wsaudit.pages import load_pages
from wsaudit.report.remedy import page_url, remedy
from wsaudit.source import Source

PAUSE = 0.3
"""Seconds without a change before an audit begins."""
KINDS = [types.CodeActionKind.QuickFix, FIX_ALL]


@dataclass(slots=True)
class _State:
    """What was told last, by document, and the audit that is under way."""

    told: dict[str, Told] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    auditor: Auditor = field(default_factory=Auditor)
    complaint: str = ""


def make_server() -> LanguageServer:
    """The server, ready to be started on standard input and output."""
    server = LanguageServer(SOURCE, wsaudit.__version__)
    state = _State()
    _listen(server, state)
    _answer(server, state)
    return server


def _listen(server: LanguageServer, state: _State) -> None:
    """Audit anew after whatever changes the project."""

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    @server.feature(types.INITIALIZED)
    async def changed(*_: object) -> None:
        _schedule(server, state)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        _clear(server, state, [params.text_document.uri])
        _schedule(server, state)

    @server.feature(types.WORKSPACE_DID_DELETE_FILES)
    async def deleted(params: types.DeleteFilesParams) -> None:
        _clear(server, state, [file.uri for file in params.files])
        _schedule(server, state)

    @server.feature(types.WORKSPACE_DID_RENAME_FILES)
    async def renamed(params: types.RenameFilesParams) -> None:
        _clear(server, state, [file.old_uri for file in params.files])
        _schedule(server, state)

    @server.feature(types.SHUTDOWN)
    async def ended(*_: object) -> None:
        if state.task is not None:
            state.task.cancel()
        await state.auditor.close()


def _answer(server: LanguageServer, state: _State) -> None:
    """Answer questions about what was told."""

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=KINDS),
    )
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        told = _current(server, state, params.text_document.uri)
        only = params.context.only
        return [
            action
            for action in (actions(told, params.range) if told else ())
            if not only or any(_is_of(action.kind, kind) for kind in only)
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        told = _current(server, state, params.text_document.uri)
        return hover(told, params.position) if told else None

    @server.command(EXPLAIN)
    async def explain(code: str) -> None:
        for page in load_pages():
            if page.code == code:
                shown = await server.window_show_document_async(
                    types.ShowDocumentParams(page_url(page), external=True)
                )
                if not shown.success:
                    text = f"{page.code} {page.title}: {remedy(page)}"
                    server.window_show_message(
                        types.ShowMessageParams(types.MessageType.Info, text)
                    )


def _is_of(kind: str | None, asked: str) -> bool:
    return kind is not None and (kind == asked or kind.startswith(f"{asked}."))


def _current(server: LanguageServer, state: _State, uri: str) -> Told | None:
    """What was told of a document, unless it is not what the document is any more."""
    told = state.told.get(uri)
    document = server.workspace.text_documents.get(uri)
    if told is None or (document is not None and document.version != told.version):
        return None
    return told


def _schedule(server: LanguageServer, state: _State) -> None:
    """Begin an audit after a pause, and call off the one before."""
    if state.task is not None:
        state.task.cancel()
    state.task = asyncio.get_running_loop().create_task(_audit(server, state))


async def _audit(server: LanguageServer, state: _State) -> None:
    await asyncio.sleep(PAUSE)
    documents = dict(server.workspace.text_documents)
    versions = {uri: document.version for uri, document in documents.items()}
    held = {
        path: document.source.encode("utf-8", "surrogatepass")
        for uri, document in documents.items()
        if (path := to_fs_path(uri))
    }
    told: dict[str, Told] = {}
    for folder in _folders(server, held):
        inside = {path: text for path, text in held.items() if _within(path, folder)}
        answer = await state.auditor.ask(Wanted(folder, inside))
        if answer.error:
            _complain(server, state, answer.error)
        told |= _of_answer(server, answer, versions)
    for uri in state.told.keys() - told.keys():
        _publish(server, uri, [], versions.get(uri))
    for uri, one in told.items():
        _publish(server, uri, diagnostics(one), one.version)
    for uri in versions.keys() - told.keys() - state.told.keys():
        _publish(server, uri, [], versions[uri])
    state.told = told


def _folders(server: LanguageServer, held: Iterable[str]) -> list[str]:
    """The folders of the client, or those of its documents where it has none."""
    named = [to_fs_path(uri) for uri in server.workspace.folders]
    if not named and server.workspace.root_path:
        named = [server.workspace.root_path]
    found = [folder for folder in named if folder]
    return sorted(set(found or map(os.path.dirname, held)))


def _within(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _of_answer(
    server: LanguageServer, answer: Answer, versions: dict[str, int | None]
) -> dict[str, Told]:
    """What to tell of each document in which something was found."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in answer.findings:
        by_path[finding.at.path].append(finding)
    sources = {
        path: Source(path, text.decode("utf-8", "surrogatepass"))
        for path, text in answer.texts.items()
    }
    pages = {page.code: page for page in load_pages()}
    open_ = {to_fs_path(uri): uri for uri in versions}
    told = {}
    for path, findings in by_path.items():
        absolute = os.path.join(answer.root, path)
        uri = open_.get(absolute) or from_fs_path(absolute) or ""
        told[uri] = Told(
            uri=uri,
            path=path,
            root=answer.root,
            findings=tuple(findings),
            sources=sources,
            pages=pages,
            encoding=server.workspace.position_encoding or "utf-16",
            version=versions.get(uri),
        )
    return told


def _clear(server: LanguageServer, state: _State, uris: Iterable[str]) -> None:
    for uri in uris:
        for known in [one for one in state.told if one == uri or _within(one, uri)]:
            del state.told[known]
            _publish(server, known, [], None)


def _publish(
    server: LanguageServer,
    uri: str,
    found: list[types.Diagnostic],
    version: int | None,
) -> None:
    server.text_document_publish_diagnostics(
        types.PublishDiagnosticsParams(uri, found, version)
    )


def _complain(server: LanguageServer, state: _State, error: str) -> None:
    """Say once what keeps us from auditing, until something else does."""
    if state.complaint != error:
        state.complaint = error
        server.window_show_message(
            types.ShowMessageParams(types.MessageType.Warning, f"wsaudit: {error}")
        )
