"""States: a message writes less, or otherwise, than the state needs to stay right."""

from __future__ import annotations

from wsaudit.model import Project
from wsaudit.model.states import StateChange, StateWrite, Updater
from wsaudit.rule import Pass, Problem, Related, Verdicts, check, judged


@check("WS203", on=StateWrite)
def nested_state_clobbered(write: StateWrite, project: Project) -> Verdicts:
    """A record takes the place of one that holds more."""
    for loss in write.losses:
        what = f"`{loss.name}`" if loss.name else "the whole state"
        rest = _listed(loss.lost)
        verb = "is" if len(loss.lost) == 1 else "are"
        yield Problem(
            loss.at,
            f"this replaces {what}, functions included; {rest} {verb} lost"
            if loss.functions
            else f"this replaces {what} instead of adding to it; {rest} {verb} lost",
            variant="erases-store" if loss.functions else "",
            related=(Related(loss.declared, f"`{loss.lost[0]}` is known from here"),),
        )
    if not write.losses and write.merges:
        yield Pass(write.at, write.merges)


@check("WS204", on=StateWrite)
def store_state_mutated_in_place_not(write: StateWrite, project: Project) -> Verdicts:
    """What is written is a new value, which whoever shows it notices."""
    if write.renews:
        yield Pass(write.at, f"`{write.text}` is given a new value")


@check("WS204", on=StateChange)
def store_state_mutated_in_place(change: StateChange, project: Project) -> Verdicts:
    """What was there is changed, and stays the same object."""
    yield judged(
        change.told,
        change.at,
        Problem(
            change.at,
            f"`{change.name}` is changed in place and keeps its reference, so what "
            "shows it is not rendered again for this message",
        ),
    )


@check("WS200", on=StateWrite)
def optimistic_write_overwritten_by_message(
    write: StateWrite, project: Project
) -> Verdicts:
    """A message takes back what the user has just done."""
    mine = write.overwrites
    if mine is None:
        return
    by = f"`{mine.function}`" if mine.function else "an action of the user"
    yield judged(
        mine.guarded,
        write.at,
        Problem(
            write.at,
            f"{by} shows a change of `{mine.name}` before the server agrees, and this "
            "message overwrites it with no version, pending edit or origin asked for",
            related=(Related(mine.at, "the user's change is written here"),),
        ),
    )


_VARIANTS = {
    "opens": "opens-or-closes",
    "closes": "opens-or-closes",
    "schedules": "schedules",
    "queues": "queue",
}


@check("WS207", on=Updater)
def side_effect_in_state_updater(updater: Updater, project: Project) -> Verdicts:
    """What React calls twice, and when it likes, uses a connection."""
    for effect in updater.effects:
        yield Problem(
            effect.at,
            "React may call this state updater twice and later than here: "
            f"`{effect.text}()` then runs twice or at the wrong time",
            variant=_VARIANTS.get(effect.how, ""),
            related=(Related(updater.at, f"`{updater.text}` is given the updater"),),
        )
    if not updater.effects:
        yield Pass(updater.at, "its updater only works out the next state")


def _listed(names: tuple[str, ...]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    if len(names) > 3:
        shown[2:] = [f"{len(names) - 2} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
