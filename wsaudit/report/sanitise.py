"""Hostile text made harmless: one function for each kind of sink it is written to."""

from __future__ import annotations

import re
from functools import lru_cache

# Everything that moves a cursor, hides, reorders or is not text at all: C0 and C1
# controls, bidi controls, invisible format characters, line and paragraph separators,
# interlinear and tag characters, lone surrogates. The zero-width joiners stay: emoji
# and several scripts are written with them.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

# GitHub's runner looks for `::command` at the start of a line, however indented, and
# for the older `##[command]` anywhere in one; Azure's for `##vso[command]`.
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[|vso\[)", re.MULTILINE)

# Each alternative starts at a place from which no other one starts to read the same
# text again, or is bounded: a line may be a megabyte long.
_SECRETS = re.compile(
    r"""
      (?<![\w-])eyJ[\w-]{6,}+\.[\w-]+(?:\.[\w-]*)?            # a JSON Web Token
    | \b(?:sk|pk|rk)[-_][\w-]{16,400}                         # OpenAI, Stripe
    | \bgh[opsru]_\w{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{20,400}
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b | \bAIza[\w-]{30,400}
    | \bxox[abeprs]-[\w-]{10,400} | \bxapp-[\w-]{10,400}
    | \b(?:npm|hf|shp(?:at|ca|pa|ss)|dop_v1|dp\.pt)_?\w{20,}
    | \bSG\.[\w-]{16,100}\.[\w-]{16,100} | \bya29\.[\w-]{20,400}
    | (?<=://)[^\s/:@'"`]+:[^\s/@'"`$]{3,}(?=@)                # user:password@host
    | -----BEGIN[ ][A-Z ]{0,40}PRIVATE[ ]KEY-----\S*
    | \b(?:bearer|basic|token)[ ]+(?P<bearer>(?=[^\s"'`]{0,99}\d)[\w.~+/=-]{12,999})
    | [?&](?:[\w-]*(?:token|secret|key|password|jwt)|auth|sig)=  # a query parameter
      (?P<query>[^\s&'"`${}<>]{6,})
    | (?:token|secret|passw(?:or)?d|api_?key|access_?key|private_?key)
      (?: = (?P<bare>(?=[^\s&'"`]{0,99}\d)[\w.~+/-]{8,999}+(?![(\[]))  # bare
      | (?:["']\s*\])?["']?\s*(?::\s*\w+\s*=|[:=])\s*         # a name given a literal
        (?P<quote>["'`])(?P<literal>[^\s"'`${}]{8,})(?P=quote))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PARTS = ("literal", "query", "bare", "bearer")

_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~&$]")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
# Without a visible change, keeps GitHub from reading a mention, a reference or a link.
_JOINER = "\u2060"


def visible(text: str, *, keep: str = "") -> str:
    r"""Text on one line whose control characters can be seen: ``\x1b``, ``\u202e``.

    A byte that is no UTF-8 in a file name shows as ``\xff``, any other lone surrogate
    as U+FFFD. Characters in ``keep`` stay as they are.
    """
    return _HARMFUL.sub(
        lambda match: match[0] if match[0] in keep else _escape(match[0]), text
    )


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    if 0xD800 <= point <= 0xDFFF:
        return "\ufffd"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def well_formed(text: str) -> str:
    r"""Text for JSON and SARIF: what `visible` does, but line feeds and tabs stay."""
    return visible(text, keep="\n\t")


@lru_cache(maxsize=1 << 12)
def harmless(text: str) -> str:
    """Text or a path of the audited code, on one line and without credentials."""
    return mask_secrets(visible(text))


def mask_secrets(text: str) -> str:
    """Text whose tokens, keys and passwords are stars; its length stays the same."""
    return _SECRETS.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    group: str | int = next((name for name in _PARTS if match[name]), 0)
    start, end = (at - match.start() for at in match.span(group))
    return match[0][:start] + "*" * (end - start) + match[0][end:]


def without_commands(text: str) -> str:
    """Text of which no line is a command to the runner of GitHub or Azure."""
    return _COMMAND.sub(
        lambda match: "#\\x23" if match[0] == "##" else f"{match[1]}\\x3a", text
    )


def command_data(text: str) -> str:
    """The message of a GitHub workflow command."""
    shown = visible(text, keep="\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """The value of a property of a GitHub workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def markdown_prose(text: str) -> str:
    """A message in Markdown: its `code` stays code, everything else is plain words."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its partner starts no code
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    return "".join(
        markdown_code(part) if index % 2 and part.strip() else _plain_markdown(part)
        for index, part in enumerate(parts)
    )


def _plain_markdown(text: str) -> str:
    escaped = _MARKDOWN.sub(
        lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text
    )
    escaped = re.sub(r"([@#])(?=\w)", rf"\1{_JOINER}", escaped)
    return re.sub(r"(?i)(https?:|ftp:|mailto:|www\.)", rf"\1{_JOINER}", escaped)


def markdown_code(text: str) -> str:
    """Source text as a code span, in which Markdown and HTML mean nothing.

    Good for a paragraph or a list item; in a table a `|` would still end the cell.
    """
    shown = visible(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    if not longest and shown.strip():
        return f"`{shown}`"
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}"
