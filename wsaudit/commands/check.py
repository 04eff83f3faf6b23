"""`wsaudit check`: audit paths, and tell what was found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from wsaudit.clock import PHASE, Clock, part, running
from wsaudit.commands.project import (
    PATHS,
    TO,
    F,
    completed,
    configured_by,
    reading_a_project,
)
from wsaudit.config import Config, ConfigError, parse_fail_on
from wsaudit.discover import NoSuchPathError, stamps
from wsaudit.held import overlay_of
from wsaudit.outcome import Report
from wsaudit.output import (
    CARRY_FIXES,
    FORMATS,
    Progress,
    emit,
    emit_patch,
    parse_output,
    require_around,
    written,
)
from wsaudit.rule import Confidence, Priority
from wsaudit.screen import SIZE_LIMIT

if TYPE_CHECKING:
    from wsaudit.mending import Audit, Mended

AGENT = "agent"
STYLES = ("full", "concise", AGENT)
SURE = ("high", "medium", "low")
GROUPS = ("priority", "file", "rule")
COLORS = ("auto", "always", "never")
FAIL_ON = ("P0", "P1", "P2", "never")


def _split(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> Any:
    """Codes may be separated by commas as well as given one by one."""
    return tuple(part for word in words for part in word.split(",") if part)


def _outputs(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> Any:
    try:
        return tuple(parse_output(word) for word in words)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _selector(name: str, about: str) -> Callable[[F], F]:
    """An option that takes codes, which a shell completes."""
    return click.option(
        name, multiple=True, callback=_split, shell_complete=completed, help=about
    )


@click.command()
@PATHS
@_selector("--select", "Report only these.")
@_selector("--ignore", "Do not report these.")
@_selector("--extend-select", "These, too.")
@_selector("--extend-ignore", "Nor these.")
@click.option("--min-priority", type=click.Choice(FAIL_ON[:3]), help="Tell from here.")
@click.option("--min-confidence", type=click.Choice(SURE), help="Tell from here.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Exit 1 from here on.")
@click.option("--format", "name", type=click.Choice(FORMATS), default="text", help=TO)
@click.option(
    "--output",
    multiple=True,
    metavar="FORMAT=FILE",
    callback=_outputs,
    help="What goes to a file as well.",
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 also with findings.")
@click.option("--allow-no-files", is_flag=True, help="Exit 0 with nothing to check.")
@click.option("--force-exclude", is_flag=True, help="Exclude files named here as well.")
@click.option("--changed-files", is_flag=True, help="PATHS choose what is reported.")
@click.option(
    "--stdin-filename", metavar="FILE", help="With - for PATHS: which file that is."
)
@click.option("--baseline", metavar="FILE", help="Findings in FILE are no news.")
@click.option("--new-since", metavar="REF", help="Tell what is new since REF, or auto.")
@click.option("--sarif-root", metavar="DIR", help="SARIF names files below DIR.")
@click.option("--sarif-category", metavar="NAME", help="Tells uploads apart.")
@click.option("--sarif-include-suppressed", is_flag=True, help="Ignored findings too.")
@click.option(
    "--output-format", type=click.Choice(STYLES), help="Text with code, or in lines."
)
@click.option(
    "--max-findings", type=click.IntRange(1), help="Tell an agent of so many (50)."
)
@click.option(
    "--group-by", type=click.Choice(GROUPS), default="priority", help="Order of text."
)
@click.option("--statistics", is_flag=True, help="Count the findings of every rule.")
@click.option(
    "--color", type=click.Choice(COLORS), default="auto", help="Colours in text."
)
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--diff", is_flag=True, help="Print what --fix would do, as a patch.")
@click.option("--unsafe-fixes", is_flag=True, help="Also what is only suggested.")
@click.option("--add-ignores", is_flag=True, help="Ignore all that is found.")
@click.option("--reason", metavar="TEXT", help="Why, for --add-ignores.")
@click.option("--watch", is_flag=True, help="Run again when a file has changed.")
@click.option("--timing", is_flag=True, help="Tell where the time went.")
@click.option("--show-files", is_flag=True, help="List the files, audit nothing.")
@click.option("--show-settings", is_flag=True, help="Print settings, audit nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@click.option("-v", "--verbose", is_flag=True, help="List every skipped file.")
@reading_a_project
def check(paths: tuple[str, ...], *, watch: bool, **given: Any) -> int:
    """Audit PATHS, by default the configured ones or the working directory.

    With - the file that --stdin-filename names is read from standard input, and what
    concerns it is told.

    Selectors are codes, names, prefixes such as WS1, chapters, or ALL.

    Exit codes: 0 clean, 1 findings at or above --fail-on (default P1), 2 could not
    audit, 3 nothing to check.
    """
    return _watched(paths, given) if watch else _checked(paths, given)


def _watched(paths: tuple[str, ...], given: Mapping[str, Any]) -> int:
    """Check again and again; what cannot be audited now may be in a moment."""
    from wsaudit.output import clear_screen, complain
    from wsaudit.watching import watch

    changing = ("fix", "diff", "add_ignores", "stdin_filename", "show_files")
    if any(given[name] for name in (*changing, "show_settings")):
        raise click.UsageError("`--watch` goes with options that only tell")

    def look() -> None:
        clear_screen()
        try:
            _checked(paths, dict(given))
        except (ConfigError, NoSuchPathError) as error:
            complain(error)

    def stamp() -> object:
        try:
            return stamps(_config(paths, {**given, "held": {}}))
        except (ConfigError, NoSuchPathError) as error:
            return str(error)

    watch(look, stamp)
    return 0


def _checked(paths: tuple[str, ...], given: dict[str, Any]) -> int:
    """Check once; returns the exit code. Raises ConfigError and NoSuchPathError."""
    from wsaudit.engine import exit_code

    held = _held(paths, given)
    if given["output_format"] == AGENT:
        given["name"] = AGENT
    config = _config(tuple(held) or paths, {**given, "held": held})
    given["held"] = overlay_of(config, held)
    if given["show_files"] or given["show_settings"]:
        return _shown(config, files=given["show_files"])
    if given["sarif_root"]:
        require_around(given["sarif_root"], config.paths)
    _require_sense(given)
    clock = Clock() if given["timing"] else None
    if given["diff"]:
        return emit_patch(_changed(config, given, clock))
    if given["fix"] or given["add_ignores"]:
        report = written(_changed(config, given, clock))
    else:
        report = _audited(config, given, clock)
    with running(clock), part(PHASE, "report"):
        _emit(report, given)
    for line in clock.lines() if clock else ():
        click.echo(f"wsaudit: {line}", err=True)
    code = exit_code(report, config, exit_zero=given["exit_zero"])
    if code == 3:
        click.echo("wsaudit: found no Python or TypeScript files to check", err=True)
        return 0 if given["allow_no_files"] else code
    return code


def _held(paths: tuple[str, ...], given: Mapping[str, Any]) -> dict[str, bytes]:
    """What standard input holds in the place of a file, if PATHS say so."""
    name = given["stdin_filename"]
    if "-" not in paths:
        if name:
            raise click.UsageError("`--stdin-filename` goes with `-` for PATHS")
        return {}
    if paths != ("-",) or not name:
        raise click.UsageError("`-` stands alone, with `--stdin-filename`")
    if given["fix"] or given["add_ignores"] or given["changed_files"]:
        raise click.UsageError("`-` names no file that could be written")
    data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise click.UsageError(f"standard input is longer than {SIZE_LIMIT} bytes")
    return {os.path.abspath(name): data}


def _config(paths: tuple[str, ...], given: Mapping[str, Any]) -> Config:
    """The Config with all that this command may say of it. Raises ConfigError."""
    config = configured_by(
        paths,
        given,
        changed_files=given["changed_files"] or bool(given["held"]),
        held=given["held"],
    )
    config = replace(
        config,
        asked_select=given["select"],
        asked_ignore=given["ignore"],
        extend_select=(*config.extend_select, *given["extend_select"]),
        extend_ignore=(*config.extend_ignore, *given["extend_ignore"]),
        min_priority=Priority(given["min_priority"] or config.min_priority),
        min_confidence=Confidence(given["min_confidence"] or config.min_confidence),
        force_exclude=given["force_exclude"],
    )
    if given["fail_on"]:
        config = replace(config, fail_on=parse_fail_on(given["fail_on"]))
    carried = {given["name"], *(output.format for output in given["output"])}
    if given["fix"] or given["diff"] or carried & CARRY_FIXES:
        config = replace(config, fixes=True)
    if given["baseline"]:
        config = replace(config, baseline=os.path.abspath(given["baseline"]))
    return config


def _shown(config: Config, *, files: bool) -> int:
    """Print what a run would look at, or how; returns the exit code."""
    from wsaudit.output import emit_files, emit_settings

    return emit_files(config) if files else emit_settings(config)


def _audited(config: Config, given: Mapping[str, Any], clock: Clock | None) -> Report:
    """The report, without what is no news."""
    with Progress(quiet=given["quiet"]) as progress:
        return _auditing(config, given, clock, progress)({})


def _changed(config: Config, given: Mapping[str, Any], clock: Clock | None) -> Mended:
    """The files with fixes or ignores, and the report on them. Raises ConfigError."""
    from wsaudit.ignoring import add_ignores
    from wsaudit.mending import mend

    with Progress(quiet=given["quiet"]) as progress:
        audit = _auditing(config, given, clock, progress)
        if given["add_ignores"]:
            from wsaudit.engine import parsed

            read = partial(parsed, config)
            return add_ignores(audit, read, " ".join(given["reason"].split()))
        everything = replace(config, select=("ALL",), asked_select=())
        return mend(
            audit,
            unsafe=given["unsafe_fixes"],
            progress=progress,
            whole=_auditing(everything, given, clock, progress)
            if everything != config
            else None,
        )


def _require_sense(given: Mapping[str, Any]) -> None:
    """Raise UsageError for options of which one makes no sense with another."""
    changing = [name for name in ("fix", "add_ignores") if given[name]]
    if given["fix"] and given["diff"]:
        raise click.UsageError("`--fix` and `--diff` exclude each other")
    if len(changing) > 1:
        raise click.UsageError("`--fix` and `--add-ignores` exclude each other")
    if given["unsafe_fixes"] and (
        given["add_ignores"] or not (changing or given["diff"])
    ):
        raise click.UsageError("`--unsafe-fixes` goes with `--fix` or `--diff`")
    reason = " ".join((given["reason"] or "").split())
    if given["add_ignores"] and (not reason or "*/" in reason):
        raise click.UsageError("`--add-ignores` needs a `--reason` in words")
    if reason and not given["add_ignores"]:
        raise click.UsageError("`--reason` goes with `--add-ignores`")


def _auditing(
    config: Config, given: Mapping[str, Any], clock: Clock | None, progress: Progress
) -> Audit:
    """What gives the report on the files as they are, or with some of them changed."""
    from wsaudit import baseline
    from wsaudit.engine import audit

    known = baseline.load(config)
    if given["new_since"]:
        from wsaudit.since import known_since

        progress("auditing what was there before")
        before = known_since(given["new_since"], config)
        known = (known or baseline.Entries()) | before

    def audited(overlay: Mapping[str, bytes]) -> Report:
        with running(clock):
            laid = {**given["held"], **overlay}
            report = audit(config, progress=progress, overlay=laid)
        return baseline.subtract(report, known, config)

    return audited


def _emit(report: Report, given: Mapping[str, Any]) -> None:
    """Write the report in the formats and the ways that were asked for."""
    sarif = {
        "root": given["sarif_root"],
        "category": given["sarif_category"] or "",
        "suppressed": given["sarif_include_suppressed"],
    }
    text = {
        "terminal": {"full": True, "concise": False}.get(given["output_format"]),
        "color": {"always": True, "never": False}.get(given["color"]),
        "group_by": given["group_by"],
        "statistics": given["statistics"],
        "most": given["max_findings"],
    }
    emit(
        report,
        given["name"],
        given["output"],
        quiet=given["quiet"],
        verbose=given["verbose"],
        sarif=sarif,
        text=text,
    )


COMMANDS = (check,)
