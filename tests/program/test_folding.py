"""Constants that the program computes are folded, as long as they stay small."""

from __future__ import annotations

import time

import pytest

from tests.commands import Shell
from wsaudit.config import Config
from wsaudit.engine import audit

CLIENT = """\
import websockets
{}
async def main():
    async with websockets.connect({}) as ws:
        await ws.send('x')
"""


@pytest.mark.parametrize(
    ("first", "following", "use"),
    [
        ('"ws://x"', "{0} + {0}", "{0}"),
        ("3", "{0} * {0}", "'ws://x', ping_interval={0}"),
        ('"x"', 'f"{{{0}}}{{{0}}}"', "{0}"),
        ("3.5", "{0} * {0}", "'ws://x', ping_interval={0}"),
        ("-3", "{0} ** 63", "'ws://x', ping_interval={0}"),
        ("1", "{0} << 63", "'ws://x', ping_interval={0}"),
        ("-8", "{0} ** 0.5", "'ws://x', ping_interval={0}"),
        ('"x"', 'f"{{{0}}}" + {0} + f"{{{0}}}"', "{0}"),
    ],
)
def test_doubling_ends_somewhere(
    shell: Shell, first: str, following: str, use: str
) -> None:
    """Sixty lines that double must not be more than sixty lines."""
    lines = [f"a0 = {first}"]
    lines += [f"a{at} = {following.format(f'a{at - 1}')}" for at in range(1, 60)]
    shell.write({"a.py": CLIENT.format("\n".join(lines), use.format("a59"))})
    began = time.process_time()
    report = audit(Config(str(shell.folder), paths=(str(shell.folder),), cache=False))

    assert report.facts["ClientConnection"] == 1
    assert report.faults == ()
    assert time.process_time() - began < 5
