"""A message of a kind that nobody has heard of must leave a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.messages import Dispatch
from wsaudit.rule import Problem, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS225", on=Dispatch)
def message_dispatch_without_default(dispatch: Dispatch, _project: Project) -> Verdicts:
    """Messages of other kinds than those compared are noticed."""
    what = f"a message whose `{dispatch.key}`" if dispatch.key else "a text that"
    if dispatch.crashes:
        message = (
            f"{what} is none of the {dispatch.kinds} known here has no handler, and "
            "calling what is not there throws"
        )
    else:
        message = (
            f"{what} is none of the {dispatch.kinds} compared here is lost without "
            "a trace"
        )
    yield judged(dispatch.rest, dispatch.at, Problem(dispatch.at, message))
