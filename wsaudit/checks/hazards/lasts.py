"""Last messages: what passes through a state that holds one message only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsaudit.model.states import LastMessage
from wsaudit.rule import Confidence, Problem, Related, check, judged

if TYPE_CHECKING:
    from wsaudit.model import Project
    from wsaudit.rule import Verdicts


@check("WS192", on=LastMessage)
def last_message_state_drops_messages(last: LastMessage, _: Project) -> Verdicts:
    """Every message must get to the code that handles it."""
    lost = "of several messages that come before a render only the last one is handled"
    costs = "every message costs a whole render before it is handled"
    handled = Related(last.each.at, "handled here") if last.each.at else None
    yield judged(
        last.each,
        last.at,
        Problem(
            last.at,
            f"`{last.name}` holds the last message, and this effect handles messages "
            f"by it with `{last.writes}`: {costs if last.flushed else lost}",
            variant="flushed" if last.flushed else "overwritten" if last.newest else "",
            confidence=Confidence.LOW if last.flushed else None,
            related=(handled,) if handled else (),
        ),
    )
