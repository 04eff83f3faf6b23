"""Deployments: the server programs that run an application's endpoints.

They are found in commands (`wsaudit.deployment.commands`), in calls such as
``uvicorn.run(…)``, in the configuration files of the programs, and among the
dependencies. Environment variables (``UVICORN_…``) are not read.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from wsaudit.deployment import requirements
from wsaudit.deployment.commands import commands
from wsaudit.deployment.runners import Given, does, every, runners
from wsaudit.model import Evidence, Seen
from wsaudit.model.deployment import Deployment, Told
from wsaudit.program import folding, values
from wsaudit.program.asked import asked
from wsaudit.source import Place, is_test_path
from wsaudit.syntax import nodes
from wsaudit.toml import read_toml

if TYPE_CHECKING:
    from wsaudit.connections.scene import Scene
    from wsaudit.dialects import Dialect

_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_SETTING = re.compile(r"^(\w+)\s*=\s*[\"']([^\"'\n]*)[\"']", re.MULTILINE)


@asked
def deployments(scene: Scene) -> tuple[Deployment, ...]:
    """Every deployment of the run."""
    found = [
        *_in_commands(scene),
        *_in_code(scene),
        *_in_files(scene),
        *_in_requirements(scene),
    ]
    return tuple(one for one in found if not is_test_path(one.at.path))


def pings_at(scene: Scene, path: str) -> Evidence:
    """Whether the server program that runs the code of a file pings its clients.

    What is nearest to the file decides: the deployments in the closest folder above it
    that has any below. Unknown when they do not agree, or when there are none.
    """
    found = runs_at(scene, path)
    if not found:
        return Evidence(Seen.UNKNOWN, "which server program runs it was not found")
    return _agreed(found)


def runs_at(scene: Scene, path: str) -> list[Deployment]:
    """The deployments that run the code of a file; see `pings_at`."""
    folder = posixpath.dirname(path)
    while True:
        near = [one for one in deployments(scene) if _below(one.at.path, folder)]
        started = [one for one in near if one.told is not Told.DEPENDENCY]
        if started or not folder:
            return started or near
        folder = posixpath.dirname(folder)


def _below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _agreed(found: list[Deployment]) -> Evidence:
    if len({one.pings.seen for one in found}) == 1:
        return found[0].pings
    for one in found:
        if one.pings.unknown:
            return one.pings
    names = ", ".join(sorted({one.title for one in found}))
    return Evidence(Seen.UNKNOWN, f"it is started in several ways ({names})")


# -- commands ----------------------------------------------------------------------


def _in_commands(scene: Scene) -> Iterator[Deployment]:
    known = runners(scene)
    names = {
        name.split(" ")[0]
        for one in known
        for name in (one.runner.commands if one.runner else ())
    }
    for command in commands(scene.program, names):
        for dialect in known:
            after = _started(scene, command.words, dialect)
            if after is not None:
                options = _flags(command.words[after:])
                complete = not {"$@", "$*"} & set(command.words)
                given = Given(Told.COMMAND, command.at, options, complete)
                yield from _delegated(scene, dialect, given)


def _started(scene: Scene, words: tuple[str, ...], dialect: Dialect) -> int | None:
    """The position after a program's name in a command that starts it."""
    rest = list(words)
    while rest and _ASSIGNMENT.fullmatch(rest[0]):
        rest.pop(0)
    offset = len(words) - len(rest)
    for name in dialect.runner.commands if dialect.runner else ():
        parts = name.split(" ")
        for index in range(len(rest) - len(parts) + 1):
            first = posixpath.basename(rest[index])
            if [first, *rest[index + 1 : index + len(parts)]] == parts and _launches(
                scene, rest[:index]
            ):
                return offset + index + len(parts)
    return None


def _launches(scene: Scene, words: list[str]) -> bool:
    """Whether words before a program start it, as ``poetry run`` and ``python -m``."""
    if not words:
        return True
    starts = scene.dialects.speaks("launches", posixpath.basename(words[0]))
    return starts and scene.dialects.spoken("installs").isdisjoint(words)


def _flags(words: tuple[str, ...]) -> dict[str, str | None]:
    """The options of a command line: ``--ws-ping-interval 20``, ``-k worker``."""
    options: dict[str, str | None] = {}
    for index, word in enumerate(words):
        if not word.startswith("-") or len(word) == 1:
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            following = words[index + 1] if index + 1 < len(words) else ""
            value = "" if following.startswith("--") else following
        options[name.replace("-", "_")] = None if "$" in value else value
    return options


def _delegated(scene: Scene, dialect: Dialect, given: Given) -> Iterator[Deployment]:
    """A deployment, of the worker where the program leaves the serving to one.

    A program of which no worker is named serves no WebSockets.
    """
    delegates = dialect.runner.delegates if dialect.runner else ()
    if not delegates:
        yield _deployment(scene, dialect, given)
        return
    named = [given.options[name] for name in delegates if name in given.options]
    for worker in named:
        for other in runners(scene):
            if other.runner and worker in other.runner.workers:
                # The program's own flags are not options of its worker.
                yield _deployment(scene, other, replace(given, options={}))
                return
    if named:
        why = f"the workers of {dialect.dialect.title} are not known"
        found = _deployment(scene, dialect, given)
        yield replace(found, pings=Evidence(Seen.UNKNOWN, why, given.at))


def _deployment(scene: Scene, dialect: Dialect, given: Given) -> Deployment:
    return Deployment(
        at=given.at,
        runner=dialect.id,
        title=dialect.dialect.title,
        told=given.told,
        pings=does(scene, dialect, "ping_out", given),
        every=every(dialect, given),
        drops=does(scene, dialect, "dead_peer_close", given),
        options=given.options,
        complete=given.complete,
    )


# -- code --------------------------------------------------------------------------


def _in_code(scene: Scene) -> Iterator[Deployment]:
    for dialect in runners(scene):
        for name in dialect.runner.calls if dialect.runner else ():
            for call in scene.program.calls_of({name.rpartition(".")[2]}):
                if _imported(scene, call) and name in scene.program.called(call):
                    options, complete = _keywords(scene, call, dialect)
                    at = scene.callee_place(call)
                    given = Given(Told.CODE, at, options, complete)
                    yield _deployment(scene, dialect, given)


def _imported(scene: Scene, call: nodes.Call) -> bool:
    """Whether a callee starts with an imported name; cheaper than what it may be."""
    root = call.function
    while isinstance(root, nodes.Member):
        root = root.object
    binding = scene.program.binding(root) if isinstance(root, nodes.Name) else None
    return binding is not None and any(w.kind == "import" for w in binding.writes)


def _keywords(
    scene: Scene, call: nodes.Call, dialect: Dialect
) -> tuple[dict[str, str | None], bool]:
    """The options in a call's keywords, or in the configuration it is given."""
    options: dict[str, str | None] = {}
    complete = True
    for argument in call.arguments:
        if argument.spread == "**":
            complete = False
        elif argument.keyword is not None:
            options[argument.keyword] = _folded(scene, argument.value)
    configs = dialect.runner.configs if dialect.runner else ()
    if not configs:
        return options, complete
    made = [
        value
        for argument in call.arguments
        for value in scene.program.values(argument.value)
        if isinstance(value, values.Instance) and value.of in configs
    ]
    for cap in dialect.cap:
        for target, written in scene.program.attribute_writes(cap.option):
            if set(made) & set(scene.program.values(target.object)):
                options[cap.option] = _folded(scene, written)
    return options, complete and bool(made)


def _folded(scene: Scene, node: nodes.Expression) -> str | None:
    constant = folding.fold(scene.program, node)
    return str(constant.value) if constant is not None else None


# -- files -------------------------------------------------------------------------


def _in_files(scene: Scene) -> Iterator[Deployment]:
    """The programs' own configuration files, TOML or Python assignments."""
    for path in scene.program.files.support_paths:
        name = posixpath.basename(path)
        for dialect in runners(scene):
            patterns = dialect.runner.files if dialect.runner else ()
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                continue
            text = scene.program.files.support(path)
            if text is not None:
                at = Place(path, 0, len(text.partition("\n")[0].encode()))
                given = Given(Told.CONFIG, at, _settings(name, text))
                yield from _delegated(scene, dialect, given)


def _settings(name: str, text: str) -> dict[str, str | None]:
    if not name.endswith(".toml"):
        return dict(_SETTING.findall(text))
    try:
        return {key: str(value) for key, value in read_toml(text).items()}
    except tomllib.TOMLDecodeError:
        return {}


# -- dependencies ------------------------------------------------------------------


def _in_requirements(scene: Scene) -> Iterator[Deployment]:
    for wanted in requirements.all_of(scene.program):
        for dialect in runners(scene):
            runner = dialect.runner
            if runner is None or runner.delegates:
                continue
            if wanted.name in dialect.dialect.packages or wanted.full in runner.extras:
                given = Given(Told.DEPENDENCY, wanted.at)
                yield _deployment(scene, dialect, given)
