"""Addresses: whether a client's URL and a server's route can be the same path.

Both come as patterns: ``{}`` (and ``{name}`` in a route) stands for one segment that is
not known, a leading ``{}`` of a URL for a base that is not, ``**`` at the start of a
route for a prefix that is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsaudit.model import ANY_PREFIX

_AUTHORITY = re.compile(
    r"^(?:[a-z]+:|\{\}:?)?//(?P<host>[^/]*)(?P<path>/.*)?$", re.IGNORECASE
)
_LOCAL = re.compile(
    r"^(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|.*\{\}.*)?(:.*)?$", re.IGNORECASE
)

# A host and the start of the path in one unknown part: `${host}${location.pathname}ws`.
_GLUED = re.compile(r"^\{\}(?P<start>[\w-]+)$")


# The last part of a route that stands for all that may follow.
_TAKES_ALL = re.compile(r":path\}$|\*")


@dataclass(frozen=True, slots=True)
class Address:
    """A path by its segments.

    ``anchored`` when it is known where it starts; ``foreign`` when its host is written
    out and is not this machine.
    """

    segments: tuple[str, ...]
    anchored: bool
    foreign: bool = False

    @property
    def known(self) -> bool:
        """True when some segment is written out."""
        return any(not _is_hole(segment) for segment in self.segments)

    def ends(self, other: Address) -> bool:
        """True when the path of another address is this one with more before it."""
        length = len(self.segments)
        last = other.segments[-length:]
        return self.known and len(last) == length and _agree(self.segments, last)


def of_url(pattern: str) -> Address:
    """The path of a client's URL pattern; query and fragment do not count."""
    text = re.split(r"[?#]", pattern, maxsplit=1)[0]
    found = _AUTHORITY.match(text)
    glued = _GLUED.match(found["host"]) if found else None
    if found and glued:
        path = _segments(glued["start"] + (found["path"] or ""))
        return Address(path, anchored=False)
    if found:
        foreign = not _LOCAL.match(found["host"])
        path = _segments(found["path"] or "")
        return Address(path, anchored=True, foreign=foreign)
    if text.startswith("/"):
        return Address(_segments(text), anchored=True)
    # What comes before the first slash is a base, or a part of one.
    _, _, rest = text.partition("/")
    return Address(_segments(rest), anchored=False)


def of_route(pattern: str) -> Address:
    """The path of a server's route."""
    unknown = pattern.startswith(ANY_PREFIX)
    return Address(_segments(pattern.removeprefix(ANY_PREFIX)), not unknown)


def _segments(text: str) -> tuple[str, ...]:
    return tuple(segment for segment in text.split("/") if segment)


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the segments of two paths, as far as both go, can be the same."""
    return all(
        _is_hole(mine) or _is_hole(theirs) or mine == theirs
        for mine, theirs in zip(one, other, strict=False)
    )


def _is_hole(segment: str) -> bool:
    return "{" in segment


def likeness(client: Address, server: Address) -> int:
    """How many written-out segments agree; 0 when the paths cannot be the same.

    With another host only the whole path counts.
    A base that is not known may bring a prefix, so that is matched from the right.
    """
    mine, theirs = client.segments, server.segments
    if client.foreign and mine != theirs:
        return 0
    if theirs and _TAKES_ALL.search(theirs[-1]):
        return _below(client, theirs[:-1])
    whole = client.anchored and server.anchored
    if whole and len(mine) != len(theirs):
        return 0
    if not client.anchored and len(mine) > len(theirs) and server.anchored:
        return 0
    length = min(len(mine), len(theirs))
    if length == 0:
        return int(whole and not mine and not theirs)
    agreed = 0
    for one, other in zip(mine[-length:], theirs[-length:], strict=True):
        if _is_hole(one) or _is_hole(other):
            continue
        if one != other:
            return 0
        agreed += 1
    return agreed


def _below(client: Address, above: tuple[str, ...]) -> int:
    """How many segments of a route agree below which a client's path is, 0 if not.

    The route takes that path and all below it.
    """
    mine = client.segments
    starts = range(1 if client.anchored else len(mine))
    if any(len(mine) - at > len(above) and _agree(above, mine[at:]) for at in starts):
        return 1 + sum(not _is_hole(segment) for segment in above)
    return 0
