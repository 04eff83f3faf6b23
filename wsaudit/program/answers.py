"""Answers: questions about the program, each answered once, circles included.

What an expression may be is asked of other expressions, and some of them ask back. A
question inside its own answer is given nothing at first. Once the outermost question
of such a circle has an answer, those that were given too little are answered again,
and whoever asked them, until nothing new comes out: the strongly connected components
of the questions (Tarjan), each brought to a fixed point (a worklist).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from wsaudit.limits import DEEPEST, MENDS, QUESTIONS

T = TypeVar("T")
Question = Hashable
Answer = tuple[object, ...]

_ALONE = 1 << 60


@dataclass(slots=True)
class _Open:
    """An answer that may be more once the circle it belongs to is closed."""

    found: Answer
    compute: Callable[[], Answer]
    low: int
    depth: int
    mended: int = 0


class Answers:
    """What was answered, and what is being asked."""

    def __init__(self) -> None:
        self._known: dict[Question, Answer] = {}
        self._short: dict[Question, tuple[Answer, int]] = {}
        """Answers that were cut off, and how deep they were asked for."""
        self._aside = False
        self.unsettled = 0
        """How often an answer was given that may be more later."""
        self._begin()

    def _begin(self) -> None:
        self._running: dict[Question, int] = {}
        """The questions being answered, numbered in the order of asking."""
        self._open: dict[Question, _Open] = {}
        """Those that have an answer, but whose circle is not closed."""
        self._closing: list[Question] = []
        """The open questions in the order in which they were answered."""
        self._early: set[Question] = set()
        """Those that were asked before there was an answer."""
        self._readers: dict[Question, dict[Question, None]] = defaultdict(dict)
        """Which questions read an answer that was not final."""
        self._asker: Question | None = None
        self._low = _ALONE
        """The lowest number of a question that the current answer depends on."""
        self._cut_off = False
        self._asked = 0

    def forget(self) -> None:
        """Drop every answer."""
        self._known.clear()
        self._short.clear()

    def is_open(self) -> bool:
        """Whether a question is being answered."""
        return bool(self._running or self._open)

    def cut_off(self) -> None:
        """Tell that the answer being computed lacks something that comes later."""
        self._cut_off = True
        self.unsettled += 1

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Ask apart from the questions being answered; what is cut off is forgotten."""
        kept = {**self.__dict__}
        self._begin()
        self._aside = True
        try:
            yield
        finally:
            self.__dict__.update(kept)
            self._short.clear()

    def of(
        self,
        question: Question,
        compute: Callable[[], tuple[T, ...]],
        too_far: tuple[T, ...],
    ) -> tuple[T, ...]:
        """The answer to a question; ``too_far`` when it lies too deep."""
        found = self._known.get(question)
        if found is None:
            found = self._at_hand(question)
        if found is None:
            found = self._ask(question, compute, too_far)
        return cast("tuple[T, ...]", found)

    def _at_hand(self, question: Question) -> Answer | None:
        number = self._running.get(question)
        if number is not None:
            self._read(question, number)
            self._early.add(question)
            return ()
        held = self._open.get(question)
        if held is not None:
            self._read(question, held.low)
            return held.found
        short = self._short.get(question)
        if short is not None and (self._aside or len(self._running) >= short[1]):
            # Asked again now it would be cut off no later.
            self.cut_off()
            return short[0]
        return None

    def _read(self, question: Question, low: int) -> None:
        """Note that the asking question depends on one whose answer is not final."""
        self._low = min(self._low, low)
        self.unsettled += 1
        if self._asker is not None:
            self._readers[question][self._asker] = None

    def _ask(
        self, question: Question, compute: Callable[[], Answer], too_far: Answer
    ) -> Answer:
        depth = len(self._running)
        if not self._running and not self._open:
            self._asked = 0
        self._asked += 1
        if depth > DEEPEST or self._asked > QUESTIONS:
            self.cut_off()
            return too_far
        outer = self._asker, self._low, self._cut_off
        number = self._running[question] = self._asked
        mark = len(self._closing)
        self._asker, self._low, self._cut_off = question, _ALONE, False
        try:
            found = compute()
        except BaseException:
            self._drop(mark)
            raise
        finally:
            del self._running[question]
            low, cut = self._low, self._cut_off
            self._asker, self._low, self._cut_off = outer
            self._cut_off |= cut
        if low == _ALONE:
            self._keep(question, found, depth, cut=cut)
            return found
        self._open[question] = _Open(found, compute, min(low, number), depth)
        self._closing.append(question)
        if low < number:
            self._read(question, low)
            return found
        return self._close(question, number, mark)

    def _keep(
        self, question: Question, found: Answer, depth: int, *, cut: bool
    ) -> None:
        if cut:
            self._short[question] = (found, depth)
        else:
            self._known[question] = found

    def _close(self, question: Question, number: int, mark: int) -> Answer:
        """Bring a circle to its fixed point, and keep its answers.

        A repair may lead to a question that was asked earlier and is not answered yet:
        then the circle is part of a larger one, and is closed with it.
        """
        outer = self._asker, self._low, self._cut_off
        self._low = _ALONE
        try:
            self._mend(mark)
        except BaseException:
            self._drop(mark)
            raise
        finally:
            low, cut = self._low, self._cut_off
            self._asker, self._low, self._cut_off = outer
            self._cut_off |= cut
        found = self._open[question].found
        if low < number:
            for each in self._closing[mark:]:
                self._open[each].low = min(self._open[each].low, low)
            self._read(question, low)
            return found
        for each in self._closing[mark:]:
            held = self._open[each]
            self._keep(each, held.found, held.depth, cut=cut)
        self._drop(mark)
        return found

    def _drop(self, mark: int) -> None:
        """Forget the open questions answered since a mark."""
        for each in self._closing[mark:]:
            self._open.pop(each, None)
            self._readers.pop(each, None)
            self._early.discard(each)
        del self._closing[mark:]

    def _mend(self, mark: int) -> None:
        """Answer again what was given too little, until nothing new comes out."""
        early = [
            each
            for each in self._closing[mark:]
            if each in self._early and self._open[each].found
        ]
        waiting = dict.fromkeys(r for each in early for r in self._readers[each])
        while waiting:
            question = next(iter(waiting))
            del waiting[question]
            held = self._open.get(question)
            if held is None or held.mended == MENDS:
                continue
            held.mended += 1
            self._asker = question
            found = held.compute()
            if found != held.found and set(found) != set(held.found):
                waiting.update(dict.fromkeys(self._readers.get(question, ())))
            held.found = found
