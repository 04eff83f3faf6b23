"""Lines of styled text, written with colours or without, safe for every encoding."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TextIO

from wsaudit.report.sanitise import without_commands

# A line is a list of stretches of text, each with the name of a rich style.
Line = list[tuple[str, str]]

# Colours of the basic sixteen, which every theme makes readable on its own background;
# no yellow and no grey, which light themes lose.
PRIORITY = {"P0": "bold red", "P1": "bold magenta", "P2": "bold blue"}


def wants_color(out: TextIO) -> bool:
    """Whether to use colours: NO_COLOR, then FORCE_COLOR, then what ``out`` is."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = (os.environ.get(name, "") for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    if any(value not in ("", "0") for value in forced):
        return True
    return out.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def write(lines: Iterable[Line], out: TextIO, *, color: bool) -> None:
    """Write lines; none is wrapped, and none is a command to a CI runner."""
    if not color:
        out.writelines(f"{_plain(line, out)}\n" for line in lines)
        return
    # Rich is slow to import and of no use where there are no colours.
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, force_terminal=True, color_system="standard")
    for line in lines:
        text = Text(end="")
        for part, style in _guarded(line):
            text.append(_encodable(part, out), style or None)
        console.print(text, soft_wrap=True)


def _plain(line: Line, out: TextIO) -> str:
    return _encodable("".join(part for part, _ in _guarded(line)), out)


def _guarded(line: Line) -> Line:
    whole = "".join(part for part, _ in line)
    safe = without_commands(whole)
    return line if safe == whole else [(safe, "")]


def _encodable(text: str, out: TextIO) -> str:
    encoding = getattr(out, "encoding", None) or "utf-8"
    for fancy, plain in (("│", "|"), ("…", "~")):
        if fancy in text and not _can_write(fancy, encoding):
            text = text.replace(fancy, plain)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
