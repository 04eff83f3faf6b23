"""Traces: whether code leaves a line for the people who run or use the program.

What a name says for certain is a word of the dialects, "logs". Here is what names say
that are put together, or that are called on something named after a log: enough to
acquit, never to convict.
"""

from __future__ import annotations

import re

from wsaudit.program.tree import dotted
from wsaudit.syntax import nodes

_TELLS = re.compile(
    r"^(debug|info|error|exception|critical|fatal|trace|print|println|notify|toast|"
    r"alert|abort|fail|inc|increment)$|^log(?!in|out)|(?<![Aa])[Ll]og$|Log[A-Z_]|"
    r"[Ww]arn|[Rr]eport|[Cc]apture|[Mm]etric|"
    r"([Uu]n(known|handled|expected|supported)|[Ii]nvalid)"
)
_LOG = re.compile(r"(console|logging|_?log(ger)?|\w*Log(ger)?)\.\w+|print|\w*[lL]og\w*")


def leaves_trace(name: str) -> bool:
    """Whether a function's name says that it logs, shows, counts or reports."""
    return _TELLS.search(name) is not None


def writes_log(call: nodes.Call) -> bool:
    """Whether a call writes to a log, which nobody sees who uses the program."""
    return _LOG.fullmatch(dotted(call.function)) is not None
