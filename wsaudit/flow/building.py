"""Building a graph: points, loose ends, and the frames that are left early.

What was built last has loose ends, which the next point takes up. Whatever leaves
early (``return``, ``break``, an exception) goes outward through the frames around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wsaudit.flow.graph import ENTRY, RAISED, RETURNED, Edge, Graph
from wsaudit.limits import COPIES
from wsaudit.syntax.nodes import Node

Ends = list[Edge]


@dataclass(slots=True, eq=False)
class Frame:
    """What is left when something leaves early: a loop, a block, a way through.

    ``node`` is the statement that it stands for. ``breaks`` are the ends that go on
    after it, ``rounds`` the point of a loop's next round. ``leave`` builds what runs on
    every way out (a ``finally``, the end of a ``with``); ``copies`` has where each copy
    begins, by goal.
    """

    node: Node | None = None
    breaks: Ends = field(default_factory=list)
    label: str = ""
    loop: bool = False
    breakable: bool = True
    rounds: int | None = None
    unwind: int = RAISED
    leave: Callable[[], None] | None = None
    copies: dict[object, int] = field(default_factory=dict)
    shared: tuple[int, Ends] | None = None


class Builder:
    """The graph so far, its loose ends and the frames around them."""

    def __init__(self, graph: Graph, *, python: bool) -> None:
        self.graph = graph
        self.python = python
        self.ends: Ends = [(ENTRY, None)]
        self.frames: list[Frame] = []
        self.unwind = RAISED
        self.caught: list[str] = []
        self.copying = 0
        self.label = ""

    # -- points --------------------------------------------------------------------

    def point(self, node: Node | None, *, joins: bool = True) -> int:
        """A new point, which takes up the loose ends."""
        graph = self.graph
        number = len(graph.at)
        graph.at.append(node)
        graph.after.append([])
        graph.unwinds.append(self.unwind)
        if node is not None:
            graph.points.setdefault(node, []).append(number)
        if joins:
            if self.unwind != RAISED:
                for source, holds in self.ends:
                    graph.fails.setdefault(source, []).append((self.unwind, holds))
            self.join(number)
            self.ends = [(number, None)]
        return number

    def join(self, number: int) -> None:
        """Let the loose ends go on at a point that is there."""
        for source, holds in self.ends:
            self.graph.after[source].append((number, holds))
        self.ends = []

    def test(self, node: Node) -> tuple[Ends, Ends]:
        """A point that comes out true or false."""
        number = self._made(node)
        if number is None:
            number = self.point(node)
        self.ends = []
        return [(number, True)], [(number, False)]

    def _made(self, node: Node) -> int | None:
        """The point of a node that was built just now, if it was."""
        last = len(self.graph.at) - 1
        if self.graph.at[last] is node and self.ends == [(last, None)]:
            return last
        return None

    # -- ways out ------------------------------------------------------------------

    def push(self, frame: Frame) -> Frame:
        """Note that what follows stands inside a frame."""
        self.frames.append(frame)
        return frame

    def pop(self, frame: Frame) -> Frame:
        """Note that a frame ends here."""
        self.frames.pop()
        return frame

    def target(self, label: str, *, rounds: bool) -> Frame | None:
        """The frame that a ``break`` leaves, or whose next round comes."""
        for frame in reversed(self.frames):
            if label:
                if frame.label == label:
                    return frame
            elif frame.loop or (frame.breakable and not rounds):
                return frame
        return None

    def leave(self, goal: Frame | None, how: int) -> None:
        """Lead the loose ends outward to a frame's end (or next round), or out."""
        frames, unwind = self.frames, self.unwind
        for index in range(len(frames) - 1, -1, -1):
            frame = frames[index]
            if frame is goal:
                if how and frame.rounds is not None:
                    self.join(frame.rounds)
                else:
                    goal.breaks += self.ends
                    self.ends = []
                return
            if frame.leave is None:
                continue
            copy = frame.copies.get((goal, how)) if self.copying < COPIES else None
            if copy is not None:
                self.join(copy)
                return
            self.frames, self.unwind = frames[:index], frame.unwind
            begin = self.point(None)
            frame.copies[goal, how] = begin
            self.end(frame)
            self.frames, self.unwind = frames, unwind
        self.join(RETURNED)

    def end(self, frame: Frame) -> None:
        """Lead the loose ends through what runs when a frame is left.

        Deep inside other finals all ways share one copy.
        """
        if frame.leave is None:
            return
        if self.copying >= COPIES and frame.shared is not None:
            self.join(frame.shared[0])
            self.ends = list(frame.shared[1])
            return
        begin = self.point(None)
        self.copying += 1
        frame.leave()
        self.copying -= 1
        frame.shared = begin, list(self.ends)
