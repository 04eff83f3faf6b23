"""What becomes of an exception: handlers, callers, promises, tasks, decorators."""

from __future__ import annotations

import pytest

from tests.recognise.scenes import scene_of
from wsaudit.recognise.catching import EXCEPTION, disconnects
from wsaudit.recognise.chains import chains
from wsaudit.recognise.errors.fates import Ends, Fate, fate
from wsaudit.recognise.scene import Scene
from wsaudit.syntax import nodes

DISCONNECT = "starlette.websockets.WebSocketDisconnect"
VALUE_ERROR = "json.JSONDecodeError"


def _function(scene: Scene, name: str) -> nodes.Function:
    """The function of a name, in the first module that has it."""
    for module in scene.program.primary:
        for statement in module.body:
            declared = (
                statement.declaration
                if isinstance(statement, nodes.Export)
                else statement
            )
            if isinstance(declared, nodes.FunctionDef) and declared.name == name:
                return declared.function
    raise LookupError(name)


def _fates(path: str, text: str, exception: str = EXCEPTION) -> list[Fate]:
    """The fates of what the call of ``risky`` raises when ``start`` runs."""
    scene = scene_of({path: text})
    start = _function(scene, "start")
    (risky,) = scene.program.calls_named("risky")
    return [fate(scene, chain, exception) for chain in chains(scene, start.body, risky)]


PYTHON = {
    "caught where it is raised": (
        """
async def start():
    try:
        await risky()
    except Exception:
        pass
""",
        Ends.CAUGHT,
    ),
    "another class is caught": (
        """
async def start():
    try:
        await risky()
    except KeyError:
        pass
""",
        Ends.ESCAPES,
    ),
    "a parent class is caught": (
        """
async def start():
    try:
        await risky()
    except ValueError:
        pass
""",
        Ends.CAUGHT,
    ),
    "a class that does not resolve may be caught": (
        """
async def start(errors):
    try:
        await risky()
    except errors:
        pass
""",
        Ends.UNKNOWN,
    ),
    "raised again": (
        """
async def start():
    try:
        await risky()
    except Exception:
        log()
        raise
""",
        Ends.ESCAPES,
    ),
    "raised again as a class that a handler further out catches": (
        """
class BadFrame(ValueError):
    pass

async def start():
    try:
        try:
            await risky()
        except Exception as error:
            raise BadFrame() from error
    except ValueError:
        pass
""",
        Ends.CAUGHT,
    ),
    "raised again as a class that nobody catches": (
        """
class BadFrame(Exception):
    pass

async def start():
    try:
        try:
            await risky()
        except Exception as error:
            raise BadFrame() from error
    except ValueError:
        pass
""",
        Ends.ESCAPES,
    ),
    "caught by the caller": (
        """
async def start():
    try:
        await inner()
    except Exception:
        pass

async def inner():
    await risky()
""",
        Ends.CAUGHT,
    ),
    "the caller is not waiting": (
        """
import asyncio

async def start():
    try:
        asyncio.create_task(inner())
    except Exception:
        pass

async def inner():
    await risky()
""",
        Ends.DETACHED,
    ),
    "suppressed": (
        """
from contextlib import suppress

async def start():
    with suppress(ValueError, KeyError):
        await risky()
""",
        Ends.CAUGHT,
    ),
    "the guard is a decorator": (
        """
import functools

def safe(function):
    @functools.wraps(function)
    async def wrapper(*args):
        try:
            return await function(*args)
        except Exception:
            log()
    return wrapper

@safe
async def start():
    await risky()
""",
        Ends.CAUGHT,
    ),
    "the guard is a decorator with options": (
        """
def safe(name):
    def decorate(function):
        async def wrapper(*args):
            try:
                return await function(*args)
            except Exception:
                log(name)
        return wrapper
    return decorate

@safe("start")
async def start():
    await risky()
""",
        Ends.CAUGHT,
    ),
    "a decorator guards nothing": (
        """
def timed(function):
    async def wrapper(*args):
        log()
        return await function(*args)
    return wrapper

@timed
async def start():
    await risky()
""",
        Ends.ESCAPES,
    ),
    "gathered as a result": (
        """
import asyncio

async def start(names):
    await asyncio.gather(*(inner(name) for name in names), return_exceptions=True)

async def inner(name):
    await risky(name)
""",
        Ends.CAUGHT,
    ),
    "gathered": (
        """
import asyncio

async def start(names):
    await asyncio.gather(*[inner(name) for name in names])

async def inner(name):
    await risky(name)
""",
        Ends.ESCAPES,
    ),
    "a finally catches nothing": (
        """
async def start():
    try:
        await risky()
    finally:
        log()
""",
        Ends.ESCAPES,
    ),
    "a handler does not guard itself": (
        """
async def start():
    try:
        log()
    except Exception:
        await risky()
""",
        Ends.ESCAPES,
    ),
}

TYPESCRIPT = {
    "caught by the caller": (
        "function start() { try { inner(); } catch (e) { log(e); } }\n"
        "function inner() { risky(); }\n",
        Ends.CAUGHT,
    ),
    "an async callee is not awaited": (
        "function start() { try { inner(); } catch (e) { log(e); } }\n"
        "async function inner() { risky(); }\n",
        Ends.DETACHED,
    ),
    "an async callee is awaited": (
        "async function start() { try { await inner(); } catch (e) { log(e); } }\n"
        "async function inner() { risky(); }\n",
        Ends.CAUGHT,
    ),
    "a promise is caught": (
        "function start() { inner().catch((e) => log(e)); }\n"
        "async function inner() { risky(); }\n",
        Ends.CAUGHT,
    ),
    "a chain of promises is caught": (
        "function start() { inner().then(show, undefined).catch((e) => log(e)); }\n"
        "async function inner() { risky(); }\n",
        Ends.CAUGHT,
    ),
    "a promise raises again": (
        "function start() { inner().catch((e) => { throw e; }); }\n"
        "async function inner() { risky(); }\n",
        Ends.DETACHED,
    ),
    "what is evaluated before the promise is not caught by it": (
        "function start() { post(risky()).catch((e) => log(e)); }\n",
        Ends.ESCAPES,
    ),
    "a callback that runs at once": (
        "function start() { try { list.forEach((x) => risky(x)); } catch (e) {} }\n",
        Ends.CAUGHT,
    ),
    "a callback that runs later": (
        "function start() { try { setTimeout(() => risky(), 5); } catch (e) {} }\n",
        Ends.DETACHED,
    ),
    "a callback of a promise": (
        "function start() { text().then((x) => risky(x)).catch((e) => log(e)); }\n",
        Ends.CAUGHT,
    ),
    "a callback that the project runs": (
        "function start() { safely(() => risky()); }\n"
        "function safely(work) { try { work(); } catch (e) { log(e); } }\n",
        Ends.CAUGHT,
    ),
    "a promise handed to the caller": (
        "function start() { return inner().catch((e) => log(e)); }\n"
        "function inner() { try { return deep(); } catch (e) {} }\n"
        "async function deep() { risky(); }\n",
        Ends.CAUGHT,
    ),
}


@pytest.mark.parametrize("name", PYTHON)
def test_python(name: str) -> None:
    """One way to the call, one fate."""
    text, ends = PYTHON[name]

    assert [found.ends for found in _fates("a.py", text, VALUE_ERROR)] == [ends]


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_typescript(name: str) -> None:
    """The same for code in which every handler catches everything."""
    text, ends = TYPESCRIPT[name]

    assert {found.ends for found in _fates("a.ts", text)} == {ends}


def test_every_way_has_its_own_fate() -> None:
    """A function called twice, once guarded: two chains, two fates."""
    text = (
        "function start() { try { inner(); } catch (e) {} inner(); }\n"
        "function inner() { risky(); }\n"
    )

    assert [found.ends for found in _fates("a.ts", text)] == [Ends.CAUGHT, Ends.ESCAPES]


def test_a_loop_is_left() -> None:
    """Asked about a loop, a handler around the loop does not count."""
    scene = scene_of(
        {
            "a.py": "async def start():\n"
            "    try:\n"
            "        while True:\n"
            "            await risky()\n"
            "    except Exception:\n"
            "        pass\n"
        }
    )
    (risky,) = scene.program.calls_named("risky")
    (loop,) = (node for node in scene.program.parents if isinstance(node, nodes.Loop))

    assert fate(scene, (risky,), EXCEPTION, loop).escapes
    assert fate(scene, (risky,)).caught


def test_how_connections_end() -> None:
    """Starlette raises one class first and another ever after."""
    scene = scene_of({"a.py": "x = 1\n"})

    assert disconnects(scene, "starlette") == (
        (DISCONNECT, "starlette.websockets.WebSocketDisconnected"),
    )
    assert disconnects(scene, "websockets") == (
        ("websockets.exceptions.ConnectionClosedOK",) * 2,
        ("websockets.exceptions.ConnectionClosedError",) * 2,
    )
    assert disconnects(scene, "browser") == ()
