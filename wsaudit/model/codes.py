"""Close codes: what RFC 6455 (section 7.4) and the registry of IANA mean by them."""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """The codes that are spoken of here, by their names in the registry."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    RESERVED = 1004
    NO_STATUS = 1005
    ABNORMAL = 1006
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE = 1015


PLANNED = frozenset({Code.NORMAL, Code.GOING_AWAY})
"""The codes of ends that are no refusal and no failure."""
BAD_MESSAGE = frozenset(
    {
        Code.PROTOCOL_ERROR, Code.UNSUPPORTED_DATA, Code.INVALID_PAYLOAD,
        Code.POLICY_VIOLATION, Code.TOO_BIG,
    }
)  # fmt: skip
"""The codes for what the other end has got wrong."""
NEVER_SENT = frozenset({Code.NO_STATUS, Code.ABNORMAL, Code.TLS_HANDSHAKE})
"""The codes that an end is told by its own side only."""
UNAUTHORIZED, FORBIDDEN = 4001, 4003
"""What applications commonly use for a refused login."""
OWN = range(4000, 5000)
"""The codes that are the application's own."""


def is_open_to_all(code: int) -> bool:
    """Whether any program may send a code: one that a library or application has."""
    return 3000 <= code < OWN.stop


def is_registered(code: int) -> bool:
    """Whether a code may be sent at all."""
    reserved = code == Code.RESERVED or code in NEVER_SENT
    return is_open_to_all(code) or (1000 <= code <= Code.BAD_GATEWAY and not reserved)
