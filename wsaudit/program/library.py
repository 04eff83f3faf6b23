"""What is known of libraries: the questions that a program asks the dialects."""

from __future__ import annotations

from typing import Protocol


class Flow(Protocol):
    """How values travel through a call; the kinds are those of the dialects' form."""

    @property
    def kind(self) -> str:
        """What the call does with what it is given."""

    @property
    def takes(self) -> int:
        """The argument that matters."""

    @property
    def store(self) -> int | None:
        """The argument that is a store."""

    @property
    def key(self) -> str:
        """The key at which a record holds what matters, "" for all that is given."""


class Library(Protocol):
    """What the program must know of libraries to follow values through them."""

    def canonical(self, name: str) -> str:
        """The main name of something that has several."""

    def transparent(self, name: str) -> int | None:
        """The argument that a wrapper like ``useCallback`` hands back, if it does."""

    def makes(self, name: str) -> str | None:
        """The type that a factory such as ``sqlite3.connect`` returns, if known."""

    def iterates_itself(self) -> frozenset[str]:
        """Names whose instances give themselves: ``async for ws in connect(…)``."""

    def shares(self, name: str) -> bool:
        """Whether something has attributes that are one for all: ``app.state``."""

    def constant(self, name: str) -> str | int | float | None:
        """The value of a library's constant, if known."""

    def spoken(self, *kinds: str) -> frozenset[str]:
        """The bare names of some kinds: ``spoken("adds")`` has ``append``."""

    def flow(self, name: str) -> Flow | None:
        """How values travel through a call of a library's function, if known."""

    def flow_ends(self, kind: str) -> frozenset[str]:
        """The last identifiers of the names through which values travel so."""


class Plain:
    """A library that knows nothing: every name stands for itself."""

    def canonical(self, name: str) -> str:
        """See `Library`."""
        return name

    def transparent(self, name: str) -> int | None:  # noqa: ARG002
        """See `Library`."""
        return None

    def makes(self, name: str) -> str | None:  # noqa: ARG002
        """See `Library`."""
        return None

    def iterates_itself(self) -> frozenset[str]:
        """See `Library`."""
        return frozenset()

    def spoken(self, *kinds: str) -> frozenset[str]:  # noqa: ARG002
        """See `Library`."""
        return frozenset()

    def flow(self, name: str) -> Flow | None:  # noqa: ARG002
        """See `Library`."""
        return None

    def flow_ends(self, kind: str) -> frozenset[str]:  # noqa: ARG002
        """See `Library`."""
        return frozenset()

    def shares(self, name: str) -> bool:  # noqa: ARG002
        """See `Library`."""
        return False

    def constant(self, name: str) -> str | int | float | None:  # noqa: ARG002
        """See `Library`."""
        return None
