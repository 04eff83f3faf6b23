"""A message of a kind that nobody has heard of must leave a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.messages import Dispatch
from wsaudit.rule import Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS225", on=Dispatch)
def message_dispatch_without_default(dispatch: Dispatch, _project: Project) -> Verdicts:
    """Messages of other kinds than those compared are noticed."""
    what = f"a message whose `{dispatch.key}`" if dispatch.key else "a text that"
    kinds, log = dispatch.kinds, dispatch.logged
    if dispatch.crashes:
        lost = "known here has no handler, and calling what is not there throws"
    elif log is not None:
        lost = "compared here is lost: the log of every message does not tell it apart"
    else:
        lost = "compared here is lost without a trace"
    problem = Problem(
        dispatch.at,
        f"{what} is none of the {kinds} {lost}",
        variant="logged" if log is not None and not dispatch.crashes else "",
        related=(Related(log, "every message is logged here"),) if log else (),
    )
    yield judged(dispatch.rest, dispatch.at, problem)
