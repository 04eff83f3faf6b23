"""What comes in is not always JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.errors import Costs, Parse
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts

_COSTS = {
    Costs.MESSAGE: (
        "",
        "throws on a frame that is not JSON, and nothing catches it: the handler stops "
        "half way and nobody is told",
    ),
    Costs.CONNECTION: (
        "",
        "raises on a frame that is not JSON, and nothing here catches it: one bad "
        "frame ends the connection",
    ),
    Costs.TREE: (
        "in-render",
        "throws on a frame that is not JSON while React runs this: the error unmounts "
        "the whole tree",
    ),
    Costs.PROCESS: (
        "node",
        "throws on a frame that is not JSON, and nothing catches it: one bad frame "
        "ends the process",
    ),
}


@check("WS167", on=Parse)
def unguarded_message_parse(parse: Parse, _project: Project) -> Verdicts:
    """A frame that does not parse must cost no more than itself."""
    variant, message = _COSTS[parse.costs]
    problem = Problem(parse.at, f"`{parse.text}` {message}", variant=variant)
    yield judged(parse.stopped, parse.at, problem)
