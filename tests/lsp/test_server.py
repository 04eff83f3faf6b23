"""The language server, asked by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

SECONDS = 20.0
# The emoji is 4 bytes, 2 units of UTF-16 and 1 code point.
PARSE = "ws.onmessage = (e) => { /* é😀 */ show(JSON.parse(e.data)) }"
CLIENT = (
    "const ws = new WebSocket('wss://example.org/prices')\r\n"
    "ws.onclose = () => retry()\r\n"
    "ws.onerror = () => warn()\r\n"
    f"{PARSE}\r\n"
)
UNUSED = "// wsaudit: ignore[WS130] it was open\r\nlet count = 1\r\n"
WHOLE = types.Range(types.Position(0, 0), types.Position(9, 0))
MENDED = CLIENT.replace("show(JSON.parse(e.data))", "show()")


class Editor:
    """A client and what it was told of each document last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("editor", "1")
        self.told: dict[str, types.PublishDiagnosticsParams] = {}
        self.titles: list[str] = []
        self.count = 0
        self.said: list[str] = []
        self._news = asyncio.Event()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def shown(params: types.ShowMessageParams) -> None:
            self.said.append(params.message)
            self._news.set()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.told[params.uri] = params
            self.count += 1
            self._news.set()

    def uri(self, name: str) -> str:
        """The address of a file."""
        return (self.folder / name).as_uri()

    def codes(self, name: str) -> list[object]:
        """The codes that are marked in a file."""
        params = self.told.get(self.uri(name))
        return [one.code for one in params.diagnostics] if params else []

    def version(self, name: str) -> int | None:
        """The version that was told of."""
        params = self.told.get(self.uri(name))
        return params.version if params else None

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what was told to be so."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def open(self, name: str, text: str, version: int = 1) -> None:
        """Open a document."""
        item = types.TextDocumentItem(self.uri(name), "typescript", version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, text: str, version: int) -> None:
        """Replace the text of a document."""
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version, self.uri(name)),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def identifier(self, name: str) -> types.TextDocumentIdentifier:
        """A document by its address."""
        return types.TextDocumentIdentifier(self.uri(name))

    async def actions(
        self, name: str, range_: types.Range, only: list[Any] | None = None
    ) -> list[types.CodeAction]:
        """What can be done in a range."""
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                self.identifier(name), range_, types.CodeActionContext([], only)
            )
        )
        self.titles = [one.title for one in found or ()]
        return [one for one in found or () if isinstance(one, types.CodeAction)]


@asynccontextmanager
async def editing(folder: Path, *encodings: str) -> AsyncIterator[Editor]:
    """A client with a folder open, and the server that it has started."""
    editor = Editor(folder)
    await editor.client.start_io(sys.executable, "-m", "wsaudit", "lsp")
    general = types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind(one) for one in encodings]
        or None
    )
    started = await editor.client.initialize_async(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(general=general),
            workspace_folders=[types.WorkspaceFolder(folder.as_uri(), "project")],
        )
    )
    assert started.capabilities.position_encoding == (encodings or ("utf-16",))[0]
    editor.client.initialized(types.InitializedParams())
    try:
        yield editor
    finally:
        await editor.client.shutdown_async(None)
        editor.client.exit(None)
        await editor.client.stop()  # type: ignore[no-untyped-call]


def run(story: Callable[[], Awaitable[None]]) -> None:
    """Run what happens between an editor and the server."""

    async def whole() -> None:
        await story()

    asyncio.run(whole())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a client of its own, and one that is fine on the disk."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "client.ts").write_text(CLIENT, newline="")
    return tmp_path.resolve()


@pytest.mark.parametrize(
    ("encoding", "start"), [("utf-8", 42), ("utf-16", 39), ("utf-32", 38)]
)
def test_place_is_in_the_units_of_the_client(
    encoding: str, start: int, folder: Path
) -> None:
    """Behind an emoji, in a file with CRLF."""

    async def story() -> None:
        async with editing(folder, encoding) as editor:
            await editor.until(lambda: "WS167" in editor.codes("client.ts"))
            (found,) = [
                one
                for one in editor.told[editor.uri("client.ts")].diagnostics
                if one.code == "WS167"
            ]
            length = len("JSON.parse")
            assert found.range == types.Range(
                types.Position(3, start), types.Position(3, start + length)
            )
            assert found.source == "wsaudit"
            assert found.severity == types.DiagnosticSeverity.Warning
            assert found.code_description
            assert found.code_description.href.endswith("unguarded-message-parse.md")
            assert isinstance(found.data, object)

    run(story)


def test_text_counts_before_it_is_saved(folder: Path) -> None:
    """What is written is audited with its version, and what is closed is not."""

    async def story() -> None:
        async with editing(folder) as editor:
            editor.open("client.ts", CLIENT)
            await editor.until(
                lambda: (
                    "WS167" in editor.codes("client.ts")
                    and editor.version("client.ts") == 1
                )
            )
            editor.change("client.ts", MENDED, 2)
            await editor.until(lambda: editor.version("client.ts") == 2)
            assert "WS167" not in editor.codes("client.ts")
            editor.client.text_document_did_close(
                types.DidCloseTextDocumentParams(editor.identifier("client.ts"))
            )
            await editor.until(lambda: "WS167" in editor.codes("client.ts"))
            assert editor.version("client.ts") is None

    run(story)


def test_new_file_is_audited_and_a_deleted_one_is_cleared(folder: Path) -> None:
    """A file need not be on the disk, and what is gone has no findings."""

    async def story() -> None:
        async with editing(folder) as editor:
            editor.open("new.ts", CLIENT)
            await editor.until(lambda: "WS167" in editor.codes("new.ts"))
            await editor.until(lambda: "WS167" in editor.codes("client.ts"))
            (folder / "client.ts").unlink()
            editor.client.workspace_did_delete_files(
                types.DeleteFilesParams([types.FileDelete(editor.uri("client.ts"))])
            )
            await editor.until(lambda: not editor.codes("client.ts"))
            assert "WS167" in editor.codes("new.ts")

    run(story)


def test_changes_in_a_row_are_one_audit(folder: Path) -> None:
    """Only the last of them is told of."""

    async def story() -> None:
        async with editing(folder) as editor:
            editor.open("client.ts", CLIENT)
            for version in range(2, 12):
                editor.change("client.ts", MENDED if version % 2 else CLIENT, version)
                await asyncio.sleep(0.02)
            await editor.until(lambda: editor.version("client.ts") == 11)
            assert "WS167" not in editor.codes("client.ts")
            assert editor.count <= 3

    run(story)


def test_finding_can_be_ignored_explained_and_mended(folder: Path) -> None:
    """Each edit is for the version that was audited."""

    async def story() -> None:
        async with editing(folder) as editor:
            editor.open("client.ts", CLIENT + UNUSED, 7)
            await editor.until(
                lambda: (
                    "WS167" in editor.codes("client.ts")
                    and editor.version("client.ts") == 7
                )
            )
            here = types.Range(types.Position(3, 45), types.Position(3, 45))
            found = {one.title: one for one in await editor.actions("client.ts", here)}
            ignore = found["WS167: ignore it here, with a reason"].edit
            assert ignore
            (change,) = ignore.document_changes or ()
            assert isinstance(change, types.TextDocumentEdit)
            assert change.text_document.version == 7
            (edit,) = change.edits
            assert isinstance(edit, types.TextEdit)
            assert edit.new_text.startswith("// wsaudit: ignore[WS167] ")
            assert edit.new_text.endswith("\r\n")
            assert edit.range.start == types.Position(3, 0)
            assert "WS167: explain" in editor.titles
            only = await editor.actions("client.ts", WHOLE, ["source.fixAll"])
            assert [one.kind for one in only] == ["source.fixAll.wsaudit"]
            fixes = [
                one
                for one in await editor.actions("client.ts", WHOLE)
                if one.is_preferred
            ]
            assert [one.edit for one in fixes] == [one.edit for one in only]

    run(story)


def test_rule_is_told_where_it_spoke(folder: Path) -> None:
    """Hovering gives the reason and the remedy as Markdown, elsewhere nothing."""

    async def story() -> None:
        async with editing(folder) as editor:
            await editor.until(lambda: "WS167" in editor.codes("client.ts"))
            shown = await editor.client.text_document_hover_async(
                types.HoverParams(editor.identifier("client.ts"), types.Position(3, 45))
            )
            assert shown
            assert isinstance(shown.contents, types.MarkupContent)
            assert shown.contents.kind == types.MarkupKind.Markdown
            assert "**WS167** unguarded-message-parse (P1)" in shown.contents.value
            assert not await editor.client.text_document_hover_async(
                types.HoverParams(editor.identifier("client.ts"), types.Position(1, 0))
            )

    run(story)


def test_wrong_configuration_is_said(folder: Path) -> None:
    """The editor shows the sentence, and the server goes on."""
    (folder / "wsaudit.toml").write_text("selct = []\n")

    async def story() -> None:
        async with editing(folder) as editor:
            await editor.until(lambda: bool(editor.said))
            assert "wsaudit.toml:1:1: unknown key `selct`" in editor.said[0]
            (folder / "wsaudit.toml").unlink()
            editor.open("client.ts", CLIENT)
            await editor.until(lambda: "WS167" in editor.codes("client.ts"))

    run(story)


def test_extra_is_named_where_it_is_missing(tmp_path: Path) -> None:
    """One sentence, and no traceback."""
    hidden = (
        "import sys; sys.modules['pygls'] = None; from wsaudit.cli import main; "
        "sys.exit(main(['lsp']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", hidden], cwd=tmp_path, capture_output=True, check=False
    )

    assert ran.returncode == 2
    assert ran.stdout == b""
    assert ran.stderr.decode() == (
        "wsaudit: `wsaudit lsp` needs more: pip install 'wsaudit[lsp]'\n"
    )
