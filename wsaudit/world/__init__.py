"""The closed world: which files are read, found before anything is asked.

Four kinds of files matter: those that the screen hits; those that use what holds,
wraps or hands out a socket, though they never name one; those that the first two
call into, as far as a question can be about what stands there; and the client's stores
that they lead to, with what uses these. They are found from outlines
(`wsaudit.world.outline`); what is not among them is not in sight.
"""

from __future__ import annotations

from collections.abc import Iterable

from wsaudit.source import is_test
from wsaudit.world.called import called
from wsaudit.world.index import Index, Words, words_of
from wsaudit.world.named import named
from wsaudit.world.stored import stored
from wsaudit.world.users import mounting, touching, users

__all__ = ["Index", "Words", "close", "words_of"]


def close(index: Index, hits: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The files to read besides the ``hits`` of the screen, in order.

    ``others`` are all that may be read. What tests call into decides nothing.
    """
    allowed = frozenset(others)
    product = sorted(path for path in hits if not is_test(path))
    others = sorted(allowed)
    using = users(index, product, allowed)
    starts = [(path, name) for path in product for name in touching(index, path)]
    starts += [spot for spot in using if spot[0] not in allowed]
    found = {
        *(path for path, _ in using),
        *named(index, [*starts, *mounting(index, product, using)]),
        *called(index, starts),
        *stored(index, starts, others),
    }
    return tuple(sorted(found & allowed))
