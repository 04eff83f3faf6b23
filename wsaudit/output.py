"""Where reports go: standard output, files, and the line of progress on a terminal."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from wsaudit.config import Config, ConfigError
from wsaudit.writing import write_file

if TYPE_CHECKING:
    from wsaudit.initial import Plan
    from wsaudit.mending import Mended
    from wsaudit.model import Project
    from wsaudit.outcome import Report
    from wsaudit.reading import Reader
    from wsaudit.report.checklist.document import Asked
    from wsaudit.report.why import Told

# How a format is to be written, see ``render`` in its module.
Options = Mapping[str, Any]

FORMATS = (
    *("text", "json", "sarif", "github", "gitlab", "junit", "markdown"),
    *("sonar", "agent"),
)
CARRY_FIXES = frozenset({"json", "sarif", "agent"})
EXACT = frozenset(FORMATS) - {"text", "github"}
STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
BLINK = 0.1


@dataclass(frozen=True, slots=True)
class Output:
    """A format and the file it goes to; ``-`` is standard output."""

    format: str
    file: str


def parse_output(word: str) -> Output:
    """``FORMAT=FILE``. Raises ValueError."""
    name, _, file = word.partition("=")
    if name not in FORMATS or not file:
        raise ValueError(f"`{word}` is not FORMAT=FILE, FORMAT one of {_listed()}")
    return Output(name, "-" if file in STDOUT else file)


def _listed() -> str:
    return ", ".join(FORMATS)


def emit(
    report: Report,
    name: str,
    outputs: tuple[Output, ...],
    *,
    quiet: bool = False,
    verbose: bool = False,
    sarif: Options | None = None,
    text: Options | None = None,
) -> None:
    """Write a report to standard output and to files, each in its own format.

    Notes on the run go to standard error. Raises ConfigError when a file cannot be
    written.
    """
    formats = (name, *(output.format for output in outputs))
    if not quiet:
        for note in (*report.notes, *_omissions(report, formats)):
            say(note)
    how = {"most": None, **(text or {}), "quiet": quiet, "verbose": verbose}

    def write(format_: str, out: TextIO) -> None:
        _render(report, format_, out, text=how, sarif=sarif or {})

    for output in outputs:
        if output.file == "-":
            continue
        whole = io.StringIO()
        write(output.format, whole)
        _write_file(output.file, whole.getvalue())
    for shown in (name, *(one.format for one in outputs if one.file == "-")):
        _to_stdout(
            lambda out, shown=shown: write(shown, out),  # type: ignore[misc]
            exact=shown in EXACT,
        )


def emit_checklist(
    report: Report, name: str, asked: Asked, *, file: str = "", limit: int | None = None
) -> None:
    """Write the checklist as ``md``, ``json`` or ``html``, to a ``file`` if named.

    ``limit`` is the most characters of ``md``. Raises ConfigError when the file cannot
    be written.
    """
    from wsaudit.report.checklist import data, markdown, page

    asked = replace(asked, built=_codes())
    write: Callable[[TextIO], object] = {
        "md": lambda out: markdown.render(report, out, asked, limit=limit),
        "json": lambda out: data.render(report, out, asked),
        "html": lambda out: page.render(report, out, asked),
    }[name]
    if not file or file == "-":
        _to_stdout(write, exact=name == "html")
        return
    whole = io.StringIO()
    write(whole)
    _write_file(file, whole.getvalue())


def require_file(path: str) -> None:
    """Raise NoSuchPathError for a file that is not there."""
    from wsaudit.discover import NoSuchPathError

    if not os.path.lexists(path):
        raise NoSuchPathError(f"`{path}` does not exist")


def require_around(root: str, paths: tuple[str, ...]) -> None:
    """Raise ConfigError for a root of SARIF's paths in which nothing is audited."""
    top = os.path.realpath(root)
    for path in map(os.path.realpath, paths):
        if os.path.commonpath((top, path)) in (top, path) and os.path.isdir(top):
            return
    raise ConfigError(f"`--sarif-root {root}` holds nothing of what is audited")


def emit_facts(project: Project, reader: Reader, path: str) -> int:
    """Write what was recognised in a file; returns the exit code."""
    from wsaudit.report import facts

    shown = _path_shown(reader, path)
    _to_stdout(lambda out: facts.render(project, reader.source, shown, out))
    return 0


def emit_why(
    told: Callable[[str, int, int], Iterator[Told]],
    report: Report,
    project: Project,
    reader: Reader,
    path: str,
    line: int,
) -> int:
    """Write what is held of a line; returns the exit code. Raises ConfigError."""
    from wsaudit.report import why

    shown = _path_shown(reader, path)
    starts = (*report.source(shown).line_starts, len(report.source(shown).data))
    if not 1 <= line < len(starts):
        raise ConfigError(f"`{path}` has no line {line}")
    found = told(shown, starts[line - 1], starts[line])
    _to_stdout(lambda out: why.render(found, project, report, shown, line, out))
    return 0


def _path_shown(reader: Reader, path: str) -> str:
    """A file as places name it. Raises ConfigError for one that was not read."""
    from wsaudit.discover import relative

    shown = relative(os.path.abspath(path), reader.root)
    if shown not in reader.read((shown,)):
        why = [skip.reason for skip in reader.skipped if skip.path == shown]
        reason = why[0] if why else "it is none of the project's files"
        raise ConfigError(f"`{path}` was not read ({reason})")
    return shown


def emit_protocol(project: Project, reader: Reader, name: str) -> int:
    """Write who says what to whom, as ``text`` or ``json``; returns the exit code."""
    from wsaudit.report import protocol

    write = protocol.render_json if name == "json" else protocol.render
    _to_stdout(lambda out: write(project, reader.source, out))
    return 0


def emit_files(config: Config) -> int:
    """Write the files of code that a run looks at; returns the exit code."""
    from wsaudit.discover import discover
    from wsaudit.report.sanitise import harmless

    found = discover(config.paths, config)
    text = "".join(f"{harmless(file.path)}\n" for file in found.code)
    _to_stdout(lambda out: out.write(text))
    return 0 if found.code else 3


def emit_settings(config: Config) -> int:
    """Write the settings of a run, as JSON; returns the exit code."""
    from dataclasses import asdict

    from wsaudit.report.document import write_json

    settings = asdict(replace(config, layers=()))
    del settings["layers"]
    _to_stdout(lambda out: write_json(settings, out))
    return 0


def emit_version(name: str) -> int:
    """Write the version as ``text`` or ``json``; returns the exit code."""
    import wsaudit
    from wsaudit.catalogue import load_rules
    from wsaudit.report.document import write_json
    from wsaudit.report.json import SCHEMA_VERSION

    version = wsaudit.__version__
    if name == "json":
        data = {
            "name": "wsaudit",
            "version": version,
            "python": sys.version.partition(" ")[0],
            "rules": len(load_rules()),
            "schema_version": SCHEMA_VERSION,
        }
        _to_stdout(lambda out: write_json(data, out))
    else:
        _to_stdout(lambda out: out.write(f"wsaudit {version}\n"))
    return 0


def emit_config(config: Config, path: str) -> int:
    """Write the settings that count for a path; returns the exit code."""
    from wsaudit.report import settings
    from wsaudit.standing import standing

    notes = standing(config, path)
    _to_stdout(lambda out: settings.render(config, notes, out))
    return 0


def emit_schema() -> int:
    """Write the schema of the configuration, as JSON; returns the exit code."""
    from wsaudit.catalogue import load_rules
    from wsaudit.config.schema import schema
    from wsaudit.report.document import write_json

    options = [option for rule in load_rules() for option in rule.options]
    _to_stdout(lambda out: write_json(schema(options), out))
    return 0


def emit_page(word: str, name: str = "text") -> int:
    """Write the page of a rule as ``text``, ``md`` or ``json``; returns the exit code.

    ``word`` is its code, in any case, or its name.
    """
    from wsaudit.pages import load_pages
    from wsaudit.report import rulebook
    from wsaudit.spelling import nearest

    pages = load_pages()
    for page in pages:
        if word.upper() == page.code or word == page.name:
            _to_stdout(partial(rulebook.PAGE_FORMATS[name], page))
            return 0
    known = [name for page in pages for name in (page.code, page.name)]
    raise ConfigError(f"unknown rule `{word}`{nearest(word, known)}")


def emit_rules(name: str) -> int:
    """Write all rules as a ``table``, as ``md`` or ``json``; returns the exit code."""
    from wsaudit.catalogue import load_rules
    from wsaudit.report import rulebook

    pages = [rule.page for rule in load_rules()]
    _to_stdout(partial(rulebook.TABLE_FORMATS[name], pages))
    return 0


def written(mended: Mended) -> Report:
    """Write the changed files; the report, with a note on each that was left alone."""
    from wsaudit.writing import rewrite_file

    notes = []
    for change in mended.changes:
        path = os.path.join(mended.report.root, change.path)
        try:
            rewrite_file(path, change.before, change.after, root=mended.report.root)
        except OSError as error:
            notes.append(f"`{change.path}` is left as it was: {error.strerror}")
    return replace(mended.report, notes=(*mended.report.notes, *notes))


def emit_patch(mended: Mended) -> int:
    """Write the changes as a patch; returns the exit code: 1 where there is any."""
    from wsaudit.report.patch import patch
    from wsaudit.report.places import git_root, under_root
    from wsaudit.report.tally import mended as mended_in_words

    report = mended.report
    changes = [
        (
            under_root(one.path, base=report.root, root=git_root(report.root) or "")
            or one.path,
            one.before,
            one.after,
        )
        for one in mended.changes
    ]
    _bytes_to_stdout(patch(changes))
    for note in report.notes:
        say(note)
    if report.fixed or report.held_back:
        say(mended_in_words(report, "would be fixed"))
    return int(bool(mended.changes))


def emit_plan(made: Plan, *, dry: bool) -> int:
    """Write the difference that setting up makes; returns the exit code."""
    from wsaudit.report.patch import patch
    from wsaudit.report.places import under_root

    here = os.getcwd()
    changes = [
        (
            under_root(file.path, base=here, root=here) or file.path,
            file.before.encode() if file.before is not None else None,
            file.after.encode(),
        )
        for file in made.files
    ]
    _bytes_to_stdout(patch(changes))
    for note in made.notes:
        say(note)
    if not made.files:
        say("everything is there already")
    elif not dry:
        names = ", ".join(f"`{os.path.relpath(file.path)}`" for file in made.files)
        say(f"wrote {names}; read it, and commit it")
    return 0


def _bytes_to_stdout(data: bytes) -> None:
    """Write bytes as they are; what would steer a terminal is made visible on one."""
    from wsaudit.report.sanitise import visible

    if sys.stdout is None or sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        text = data.decode("utf-8", "replace")
        _to_stdout(lambda out: out.write(visible(text, keep="\n\t")))
        return
    buffer = sys.stdout.buffer
    _to_stdout(lambda _: buffer.write(data))


def complain(error: Exception | str) -> int:
    """Say on standard error why there is no audit; returns the exit code."""
    if isinstance(error, str):
        message = error
    elif _is_ours(error):
        message = str(error)
    elif isinstance(error, OSError):
        message = _of_the_system(error)
    else:
        message = f"internal error: {type(error).__name__}: {error}"
        if os.environ.get("WSAUDIT_DEBUG"):
            raise error
        message += "; please report it with what WSAUDIT_DEBUG=1 adds"
    say(message)
    return 2


def clear_screen() -> None:
    """Begin on an empty screen, where there is one."""
    if sys.stdout is not None and sys.stdout.isatty():
        _to_stdout(lambda out: out.write("\x1b[2J\x1b[H"))


def say(message: str) -> None:
    """Write one line to standard error, whatever becomes of it."""
    from wsaudit.report.sanitise import visible

    with suppress(OSError, ValueError):
        _forgive(sys.stderr)
        sys.stderr.write(f"wsaudit: {visible(message)}\n")


def _of_the_system(error: OSError) -> str:
    """What the operating system refused us, as a sentence."""
    try:
        os.getcwd()
    except OSError:
        return "the working directory is not there any more"
    name = f"`{os.fsdecode(error.filename)}`: " if error.filename else ""
    return f"{name}{error.strerror or type(error).__name__}"


def _is_ours(error: Exception) -> bool:
    from wsaudit.discover import NoSuchPathError

    return isinstance(error, ConfigError | NoSuchPathError)


class Progress:
    """One line on standard error that says what is going on, on a terminal only."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._on = not quiet and sys.stderr.isatty()
        self._last = 0.0
        self._phase = ""

    def __enter__(self) -> Self:
        """The progress itself; leaving wipes the line."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the line."""
        if self._last:
            self._print("")

    def __call__(self, message: str) -> None:
        """Show a message, unless one of the same phase was shown a moment ago."""
        now = time.monotonic()
        phase = message.partition(" ")[0]
        if self._on and (phase != self._phase or now - self._last >= BLINK):
            self._last, self._phase = now, phase
            self._print(message)

    def _print(self, message: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"\r\x1b[2K{message}")
            sys.stderr.flush()


def _omissions(report: Report, formats: tuple[str, ...]) -> list[str]:
    if "sarif" not in formats:
        return []
    from wsaudit.report.sarif import omitted

    left = omitted(report)
    return [f"{left} findings are not in the SARIF: GitHub shows no more"] * bool(left)


def _render(
    report: Report,
    name: str,
    out: TextIO,
    *,
    text: Options,
    sarif: Options,
) -> None:
    if name == "json":
        from wsaudit.report import json

        json.render(report, out)
        return
    if name == "sarif":
        from wsaudit.report.sarif import render

        render(report, out, **sarif)
        return
    from wsaudit.report import agent, github, gitlab, junit, markdown, sonar
    from wsaudit.report import text as plain

    if name == "gitlab":
        gitlab.render(report, out)
        return
    if name == "junit":
        junit.render(report, out, built=_codes())
        return
    if name == "markdown":
        markdown.render(report, out)
        return
    if name == "sonar":
        sonar.render(report, out)
        return
    if name == "agent":
        agent.render(report, out, most=text["most"] or agent.MOST)
        return
    text = {key: value for key, value in text.items() if key != "most"}

    if name == "github":
        github.render(report, out)
        text = {**text, "terminal": False}
    plain.render(report, out, **text, built=_codes())


def _codes() -> frozenset[str]:
    from wsaudit.catalogue import load_rules

    return frozenset(rule.page.code for rule in load_rules())


def _to_stdout(write: Callable[[TextIO], object], *, exact: bool = False) -> None:
    """Write to standard output, whatever its encoding.

    ``exact`` formats are UTF-8 wherever they go. Raises ConfigError when not all of it
    could be written.
    """
    if sys.stdout is None:  # started with it closed
        raise ConfigError("standard output is closed")
    _forgive(sys.stdout, encoding="utf-8" if exact else None)
    try:
        write(sys.stdout)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        # What is still buffered would complain again when Python exits.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot write to standard output: {reason}") from None


def _forgive(stream: TextIO, *, encoding: str | None = None) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _write_file(path: str, text: str) -> None:
    """Write a file so that it is there whole or not at all. Raises ConfigError."""
    try:
        write_file(path, text)
    except OSError as error:
        raise ConfigError(f"cannot write `{path}`: {error.strerror}") from None
