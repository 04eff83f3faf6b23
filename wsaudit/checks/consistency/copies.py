"""Copies: what messages bring is kept in one place, or in two that differ some day."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.states import StateCopy, StateWrite
from wsaudit.rule import Pass, Problem, Related, Verdicts, check


@check("WS235", on=StateWrite)
def message_state_in_two_places(write: StateWrite, project: Project) -> Verdicts:
    """A part of a store that the state of a component holds as well."""
    for copy in write.copies:
        follows = copy.how in {"effect", "both"}
        related = (
            (Related(copy.alone, f"here only the store's `{copy.of}` is updated"),)
            if copy.alone is not None
            else ()
        )
        yield Problem(
            copy.at,
            _what(copy),
            variant="always-both" if follows else "",
            related=related,
        )
    if write.stored and not write.copies:
        yield Pass(write.at, "what it writes is kept in the store alone")


def _what(copy: StateCopy) -> str:
    name = f"`{copy.name}`" if copy.name else "a state"
    both = f"`{copy.of}` from the socket is kept in the store and in {name}"
    match copy.how:
        case "initial":
            return f"{both}, which never follows what messages write later"
        case "partly":
            return f"{both}, and another message updates only the store: they diverge"
        case "effect":
            return f"{both}, a render later: one of them can be forgotten"
        case _:
            return f"{both}: whoever writes one has to know of the other"
