"""Undoing: what the user takes back is the user's own."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.states import History
from wsaudit.rule import Problem, Verdicts, check, judged


@check("WS245", on=History)
def undo_history_includes_server_updates(
    history: History, project: Project
) -> Verdicts:
    """Undo reverts what others did."""
    names = " and ".join(f"`{name}`" for name in history.names[:2])
    yield judged(
        history.spared,
        history.at,
        Problem(
            history.at,
            f"this history has {names}, which messages write as well: undo takes back "
            "what others did, or restores what is older than the server's",
        ),
    )
