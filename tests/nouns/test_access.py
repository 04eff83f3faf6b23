"""Whether a client is turned away is followed through tests, calls and results."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.model import Seen
from wsaudit.model.access import Access
from wsaudit.nouns import access

HEAD = (
    "import hmac, uuid\n"
    "from fastapi import Depends, FastAPI, Header, HTTPException, WebSocket\n"
    "from elsewhere import people, take\n"
    "app = FastAPI()\n"
)


def _seen(body: str, more: str = "", parameters: str = "") -> Seen:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = (
        f"{HEAD}{more}@app.websocket('/ws')\n"
        f"async def endpoint(ws: WebSocket{parameters}):\n{lines}"
        "    await ws.accept()\n    await ws.receive_text()\n"
    )
    (found,) = access.find(scene_of({"server.py": text}))
    assert isinstance(found, Access)
    return found.checked.seen


@pytest.mark.parametrize(
    ("seen", "body"),
    [
        (Seen.ABSENT, "pass"),
        (Seen.ABSENT, "token = ws.query_params.get('token')\nprint(token)"),
        (Seen.ABSENT, "if ws.query_params.get('room') is None:\n    return"),
        (Seen.ABSENT, "uuid.UUID(ws.query_params['token'])"),
        (Seen.ABSENT, "kind = 'a' if ws.cookies.get('session') else 'b'"),
        (Seen.ABSENT, "if ws.cookies.get('session'):\n    print('known')"),
        (Seen.PRESENT, "if ws.cookies.get('session') not in KNOWN:\n    return"),
        (Seen.PRESENT, "if ws.headers['authorization'] != KEY:\n    await ws.close()"),
        (
            Seen.PRESENT,
            "match ws.cookies.get('session'):\n    case None:\n        return",
        ),
        (
            Seen.PRESENT,
            "user = people.get(ws.cookies.get('session'))\n"
            "if not user:\n    raise HTTPException(401)",
        ),
        (Seen.PRESENT, "assert ws.query_params.get('token') == KEY"),
        (Seen.PRESENT, "if ws.user.is_anonymous:\n    return"),
        (Seen.PRESENT, "if not ws.scope['user']:\n    return"),
        (Seen.PRESENT, "hmac.compare_digest(ws.headers.get('x-api-key'), KEY)"),
        (
            Seen.PRESENT,
            "while (await ws.receive_json()).get('token') != KEY:\n"
            "    await ws.send_text('again')",
        ),
        (Seen.UNKNOWN, "take(ws.query_params.get('token'))"),
        (Seen.UNKNOWN, "take(ws)"),
    ],
)
def test_in_the_endpoint(seen: Seen, body: str) -> None:
    """A test of a credential counts when it turns somebody away."""
    assert _seen(body) is seen


@pytest.mark.parametrize(
    ("seen", "function", "body"),
    [
        (
            Seen.PRESENT,
            "def user_of(ws):\n    return people.get(ws.cookies.get('session'))\n",
            "if user_of(ws) is None:\n    return",
        ),
        (
            Seen.PRESENT,
            "def admit(token):\n    if token != KEY:\n"
            "        raise HTTPException(401)\n",
            "admit(ws.query_params.get('token'))",
        ),
        (
            Seen.PRESENT,
            "async def refuse(ws: WebSocket):\n    await ws.close()\n",
            "if ws.cookies.get('session') not in KNOWN:\n    await refuse(ws)",
        ),
        (
            Seen.ABSENT,
            "def note(token):\n    print(token)\n",
            "note(ws.query_params.get('token'))",
        ),
        (
            Seen.ABSENT,
            "class TokenHolder:\n    pass\n",
            "TokenHolder()",
        ),
    ],
)
def test_in_functions(seen: Seen, function: str, body: str) -> None:
    """What a function reads, refuses or tells is followed to the endpoint."""
    assert _seen(body, function) is seen


@pytest.mark.parametrize(
    ("seen", "more", "parameters"),
    [
        (
            Seen.PRESENT,
            "from fastapi.security import HTTPBearer\nscheme = HTTPBearer()\n",
            ", who=Depends(scheme)",
        ),
        (
            Seen.PRESENT,
            "class Admit:\n    def __call__(self, token: str):\n"
            "        if token != KEY:\n            raise HTTPException(401)\n"
            "admit = Admit()\n",
            ", who=Depends(admit)",
        ),
        (
            Seen.PRESENT,
            "class Known:\n    def __init__(self, x_token: str = Header()):\n"
            "        if x_token != KEY:\n            raise HTTPException(401)\n",
            ", who: Known = Depends()",
        ),
        (
            Seen.ABSENT,
            "def pages(limit: int = 10):\n    return limit\n",
            ", limit=Depends(pages)",
        ),
        (Seen.ABSENT, "", ", token: str = ''"),
    ],
)
def test_in_dependencies(seen: Seen, more: str, parameters: str) -> None:
    """Functions, objects and classes of the project, and schemes of the library."""
    assert _seen("pass", more, parameters) is seen


def test_on_the_decorator() -> None:
    """Dependencies may be listed where the route is."""
    text = (
        f"{HEAD}def admit(token: str):\n    if token != KEY:\n"
        "        raise HTTPException(401)\n"
        "@app.websocket('/ws', dependencies=[Depends(admit)])\n"
        "async def endpoint(ws: WebSocket):\n    await ws.accept()\n"
    )
    (found,) = access.find(scene_of({"server.py": text}))

    assert isinstance(found, Access)
    assert found.checked.present
