"""Tests of a socket's state that do not ask for it."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.delivery import Asks, StateTest
from wsaudit.rule import Pass, Problem, Verdicts, check


@check("WS103", on=StateTest)
def always_true_state_check(test: StateTest, project: Project) -> Verdicts:
    """A test that comes out the same in every state."""
    if test.connections and not any(one.judged for one in test.connections):
        return
    if test.asks is Asks.STATE:
        yield Pass(test.at, "it compares the state")
    else:
        yield Problem(test.at, _MESSAGES[test.asks].format(test.text))


_MESSAGES = {
    Asks.CONSTANT: (
        "`{}` is the name of a state and always true: nothing asks in which state the "
        "socket is"
    ),
    Asks.NOTHING: "`{}` is 0 and never true, whatever state the socket is in",
    Asks.NUMBER: (
        "`{}` is a number that is true in every state but that of connecting, also "
        "once the socket is closed"
    ),
    Asks.BOOLEAN: "`{}` is a number and never equal to a truth value",
    Asks.SPINS: (
        "this loop waits for `{}` and lets nothing run that could change it: it never "
        "ends"
    ),
}
