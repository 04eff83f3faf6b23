"""What a page does for each message that takes longer with every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.states import Heavy, MessageWork
from wsaudit.rule import Pass, Problem, Undecided, check

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_MESSAGES = {
    "copies": "copies all of `{name}`, however much there is",
    "sorts": "sorts all of `{name}` anew",
    "stores": "writes `{name}` to the disk, and the page waits until it is there",
    "reparses": "has the browser make all that `{name}` shows anew",
}


@check("WS229", on=MessageWork)
def heavy_work_in_message_handler(work: MessageWork, _: Project) -> Verdicts:
    """A message must not cost more the more there were before."""
    for one in work.heavy:
        yield _problem(one)
    if not work.heavy and work.doubt:
        yield Undecided(work.at, work.doubt)
    elif not work.heavy:
        yield Pass(
            work.at, "nothing that runs for a message copies or sorts all there is"
        )


def _problem(one: Heavy) -> Problem:
    does = _MESSAGES[one.how].format(name=one.name)
    return Problem(
        one.at,
        f"when a message comes `{one.text}` {does}: "
        "at some messages a second the page no longer answers",
        variant=one.how,
    )
