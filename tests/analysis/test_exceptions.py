"""What becomes of an exception: handlers, callers, promises, tasks, decorators."""

from __future__ import annotations

import pytest

from tests.nouns.scenes import scene_of
from wsaudit.analysis.catching import (
    EXCEPTION,
    Catcher,
    disconnects,
    is_end_of_connection,
    stops_cancellation,
)
from wsaudit.analysis.exceptions import End, Ends, ends
from wsaudit.analysis.paths import chains
from wsaudit.connections.scene import Scene
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


def _ends_of(path: str, text: str, exception: str = EXCEPTION) -> list[End]:
    """The ends of what the call of ``risky`` raises when ``start`` runs."""
    scene = scene_of({path: text})
    start = _function(scene, "start")
    (risky,) = scene.program.calls_named("risky")
    return [ends(scene, chain, exception) for chain in chains(scene, start.body, risky)]


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
    "a finally that returns": (
        """
async def start():
    try:
        await risky()
    finally:
        return
""",
        Ends.CAUGHT,
    ),
    "the else of a try is not guarded": (
        """
async def start():
    try:
        log()
    except Exception:
        pass
    else:
        await risky()
""",
        Ends.ESCAPES,
    ),
    "an except star": (
        """
async def start():
    try:
        await risky()
    except* ValueError:
        pass
""",
        Ends.CAUGHT,
    ),
    "a source that is iterated": (
        """
async def start():
    try:
        async for item in source():
            log(item)
    except ValueError:
        pass

async def source():
    yield await risky()
""",
        Ends.CAUGHT,
    ),
    "a manager of the project catches": (
        """
from contextlib import asynccontextmanager

@asynccontextmanager
async def guarded():
    try:
        yield
    except ValueError:
        log()

async def start():
    async with guarded():
        await risky()
""",
        Ends.CAUGHT,
    ),
    "a manager of the project only cleans up": (
        """
from contextlib import contextmanager

@contextmanager
def timed():
    try:
        yield
    finally:
        log()

async def start():
    with timed():
        await risky()
""",
        Ends.ESCAPES,
    ),
    "a class whose exit says true": (
        """
class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return True

async def start():
    with Guard():
        await risky()
""",
        Ends.CAUGHT,
    ),
    "a class whose exit decides": (
        """
class Guard:
    def __enter__(self):
        return self

    def __exit__(self, kind, *details):
        return kind in self.expected

async def start():
    with Guard():
        await risky()
""",
        Ends.UNKNOWN,
    ),
    "a task that is awaited": (
        """
import asyncio

async def start():
    task = asyncio.create_task(inner())
    log()
    try:
        await task
    except ValueError:
        pass

async def inner():
    await risky()
""",
        Ends.CAUGHT,
    ),
    "tasks that are gathered": (
        """
import asyncio

async def start():
    task = asyncio.create_task(inner())
    try:
        await asyncio.gather(task, asyncio.sleep(1))
    except ValueError:
        pass

async def inner():
    await risky()
""",
        Ends.CAUGHT,
    ),
    "a task that is only watched": (
        """
import asyncio

async def start():
    task = asyncio.create_task(inner())
    try:
        await asyncio.wait({task})
    except ValueError:
        pass

async def inner():
    await risky()
""",
        Ends.DETACHED,
    ),
    "a task that is kept": (
        """
import asyncio

async def start():
    task = asyncio.create_task(inner())
    log(task)

async def inner():
    await risky()
""",
        Ends.DETACHED,
    ),
    "two decorators that use each other": (
        """
def one(function):
    @two
    def wrapper():
        return function()
    return wrapper

def two(function):
    @one
    def wrapper():
        return function()
    return wrapper

@one
async def start():
    await risky()
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
    "all settled": (
        "async function start() {\n"
        "  await Promise.allSettled(names.map((name) => inner(name)));\n"
        "}\n"
        "async function inner(name) { return await risky(name); }\n",
        Ends.CAUGHT,
    ),
    "a promise that is awaited later": (
        "async function start() {\n"
        "  const text = inner();\n"
        "  try { await text; } catch (e) { log(e); }\n"
        "}\n"
        "async function inner() { return risky(); }\n",
        Ends.CAUGHT,
    ),
    "a listener has no caller that sees": (
        "function start() {\n"
        "  try { button.addEventListener('click', () => risky()); } catch (e) {}\n"
        "}\n",
        Ends.DETACHED,
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
    """One way to the call, one end."""
    text, ends = PYTHON[name]

    assert [found.how for found in _ends_of("a.py", text, VALUE_ERROR)] == [ends]


@pytest.mark.parametrize("name", TYPESCRIPT)
def test_typescript(name: str) -> None:
    """The same for code in which every handler catches everything."""
    text, ends = TYPESCRIPT[name]

    assert {found.how for found in _ends_of("a.ts", text)} == {ends}


def test_every_way_has_its_own_end() -> None:
    """A function called twice, once guarded: two chains, two ends."""
    text = (
        "function start() { try { inner(); } catch (e) {} inner(); }\n"
        "function inner() { risky(); }\n"
    )

    assert [found.how for found in _ends_of("a.ts", text)] == [
        Ends.CAUGHT,
        Ends.ESCAPES,
    ]


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

    assert ends(scene, (risky,), EXCEPTION, loop).escapes
    assert ends(scene, (risky,)).caught


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


HANDLERS = {
    "WebSocketDisconnect": (True, False),
    "(ConnectionError, asyncio.TimeoutError)": (True, False),
    "asyncio.CancelledError": (True, True),
    "(ConnectionClosed, asyncio.CancelledError)": (True, True),
    "(WebSocketDisconnect, ValueError)": (False, False),
    "BaseException": (False, True),
    "Exception": (False, False),
    "errors": (False, False),
}


@pytest.mark.parametrize("types", HANDLERS)
def test_what_a_handler_is_about(types: str) -> None:
    """The end of a connection and nothing else; cancellation too."""
    text = (
        "import asyncio\n"
        "from fastapi import WebSocketDisconnect\n"
        "from websockets.exceptions import ConnectionClosed\n"
        "async def start(errors):\n"
        "    try:\n"
        "        await risky()\n"
        f"    except {types}:\n"
        "        pass\n"
    )
    scene = scene_of({"a.py": text})
    (handler,) = (n for n in scene.program.parents if isinstance(n, nodes.Handler))
    catcher = Catcher(handler, handler, handler.body, handler.types, "except")

    assert (
        is_end_of_connection(scene, handler),
        stops_cancellation(scene, catcher),
    ) == HANDLERS[types]
