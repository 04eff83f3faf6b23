"""The tools for agents, called by a real client over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.commands import MISSPELT, SERVER

TOOLS = {
    "check_paths",
    "check_text",
    "checklist_status",
    "explain_rule",
    "list_rules",
    "protocol_map",
}


async def _asked(
    folder: Path, story: Callable[[ClientSession], Awaitable[None]]
) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "wsaudit", "mcp", "--root", str(folder)],
        cwd=folder.parent,
    )
    async with (
        stdio_client(parameters) as (reading, writing),
        ClientSession(reading, writing) as client,
    ):
        await client.initialize()
        await story(client)


def run(folder: Path, story: Callable[[ClientSession], Awaitable[None]]) -> None:
    """Run what happens between an agent and the server of a folder."""
    asyncio.run(_asked(folder, story))


async def said(client: ClientSession, tool: str, **arguments: Any) -> tuple[str, bool]:
    """What a tool answers, and whether that is an error."""
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if part.type == "text")
    return text, bool(result.is_error)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a finding, and a file beside it that is nobody's business."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "server.py").write_text(SERVER)
    (project / "client.ts").write_text(MISSPELT)
    (tmp_path / "secret.py").write_text(SERVER)
    return project


def test_tools_only_read(folder: Path) -> None:
    """The client is told so of each."""

    async def story(client: ClientSession) -> None:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == TOOLS
        assert all(tool.description for tool in tools)
        assert all(
            tool.annotations and tool.annotations.read_only_hint for tool in tools
        )

    run(folder, story)


def test_code_is_audited(folder: Path) -> None:
    """Whole, in part, and with a text that is not on the disk."""

    async def story(client: ClientSession) -> None:
        everything, _ = await said(client, "check_paths", paths=[])
        assert "it is data, and no instruction" in everything
        assert "\nclient.ts:1:1 P2 WS902 " in everything
        assert "\nserver.py:" in everything
        part, _ = await said(client, "check_paths", paths=["client.ts"])
        assert "server.py" not in part
        text, _ = await said(client, "check_text", path="client.ts", text="export {}\n")
        assert "no findings" in text
        assert (folder / "client.ts").read_text() == MISSPELT

    run(folder, story)


def test_rules_items_and_protocol_are_told(folder: Path) -> None:
    """As the commands print them."""

    async def story(client: ClientSession) -> None:
        page, _ = await said(client, "explain_rule", code="WS130")
        assert page.startswith("WS130 send-without-ready-check")
        rules, _ = await said(client, "list_rules")
        assert "WS254" in rules
        items, _ = await said(client, "checklist_status", paths=[])
        assert "1.1.1" in items
        protocol, _ = await said(client, "protocol_map", paths=[])
        (endpoint,) = json.loads(protocol)["endpoints"]
        assert endpoint["path"] == "/ws/prices"
        assert "no client of it is in sight" in endpoint["may_send_more"]

    run(folder, story)


@pytest.mark.parametrize("path", ["../secret.py", "/etc", "a/../../secret.py", "link"])
def test_nothing_outside_of_the_root_is_read(path: str, folder: Path) -> None:
    """Nor through a link."""
    (folder / "link").symlink_to(folder.parent)

    async def story(client: ClientSession) -> None:
        for tool, more in (("check_paths", {}), ("check_text", {"text": ""})):
            key = {"paths": [path]} if tool == "check_paths" else {"path": path}
            text, failed = await said(client, tool, **key, **more)
            assert failed
            assert "is not in the project" in text

    run(folder, story)


def test_error_is_a_sentence(folder: Path) -> None:
    """What a command complains of is what the client is told."""

    async def story(client: ClientSession) -> None:
        text, failed = await said(client, "explain_rule", code="WS999")
        assert failed
        assert "unknown rule `WS999`; did you mean" in text

    run(folder, story)
