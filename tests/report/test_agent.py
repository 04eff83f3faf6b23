"""Findings for agents: short lines, in order, and each rule's help once."""

from __future__ import annotations

import json

from tests.commands import MISSPELT, SERVER, Shell


def test_agent_is_told_lines_and_each_help_once(shell: Shell) -> None:
    """With the command that mends, and the one that verifies."""
    shell.write({"a.ts": MISSPELT, "b.ts": MISSPELT, "server.py": SERVER})
    lines = shell("check", "--output-format", "agent").out.splitlines()

    assert "a.ts:1:1 P2 WS902 " in "\n".join(lines)
    assert sum(line.startswith("WS902 invalid-ignore: ") for line in lines) == 1
    assert any(line.startswith("Verify: wsaudit check --select ") for line in lines)
    assert "finding" in lines[-1]


def test_agent_is_shown_good_code(shell: Shell) -> None:
    """Once a rule, in the language of what was found, and whole or not at all."""
    shell.write({"server.py": SERVER})
    out = shell("check", "--format=agent", "--select=WS160").out
    code = out.partition("  good code, server.py:\n")[2].partition("\nVerify: ")[0]

    assert out.count("good code") == 1
    assert "    from fastapi import " in code
    assert "WS160" not in code
    assert "(an ignore comment, or a file left out, " in out


def test_agent_is_told_of_so_many(shell: Shell) -> None:
    """The worst come first, the rest is counted."""
    shell.write({"a.ts": MISSPELT, "server.py": SERVER})
    out = shell("check", "--format=agent", "--max-findings=1").out

    assert out.startswith("server.py:")
    assert "… and " in out
    assert "WS902" not in out


def test_agent_is_told_that_nothing_was_found(shell: Shell) -> None:
    """In one line."""
    shell.write({"a.ts": "export {}\n"})

    assert shell("check", "--format=agent").out.startswith("no findings; checked ")


def test_sonar_knows_rules_and_places(shell: Shell) -> None:
    """Columns count from 0, in UTF-16 units."""
    text = "const s = '😀' // wsaudit: publik nobody\n"
    shell.write({".git/HEAD": "", "web/a.ts": text})
    document = json.loads(shell("check", "--format=sonar").out)
    (issue,) = document["issues"]

    assert {"WS105", "WS902"} <= {rule["id"] for rule in document["rules"]}
    assert all(rule["impacts"] and rule["engineId"] for rule in document["rules"])
    assert issue["ruleId"] == "WS902"
    assert issue["primaryLocation"]["filePath"] == "web/a.ts"
    assert issue["primaryLocation"]["textRange"] == {
        "startLine": 1,
        "endLine": 1,
        "startColumn": 15,
        "endColumn": 40,
    }


def test_protocol_is_told(shell: Shell) -> None:
    """Endpoints with their clients, and clients that have none here."""
    client = (
        "const ws = new WebSocket('ws://localhost/ws/prices')\n"
        "const other = new WebSocket('wss://else.example.org/feed')\n"
    )
    shell.write({"server.py": SERVER, "client.ts": client})
    text = shell("protocol").out
    document = json.loads(shell("protocol", "--format=json").out)
    (endpoint,) = document["endpoints"]

    assert "/ws/prices" in text
    assert "  client ws at client.ts:1\n  sends price\n" in text
    assert "wss://else.example.org/feed  client.ts:2  no endpoint here\n" in text
    assert [one["name"] for one in endpoint["clients"]] == ["ws"]
    assert [one["name"] for one in document["clients_without_endpoint"]] == ["other"]
