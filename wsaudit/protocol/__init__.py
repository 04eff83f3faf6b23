"""Both ends together: clients are paired with endpoints, and what they say compared."""

from wsaudit.protocol.pairs import with_channels

__all__ = ["with_channels"]
