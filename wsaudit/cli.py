"""The command line: options become a Config, a Report becomes text and an exit code."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import click

import wsaudit
from wsaudit.clock import PHASE, Clock, part, running
from wsaudit.config import Config, configured, parse_fail_on
from wsaudit.output import FORMATS, Output, Progress, emit, parse_output, require_around
from wsaudit.rule import Confidence, Priority

F = TypeVar("F", bound=Callable[..., Any])

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 88}
BASELINE = "wsaudit-baseline.json"
STYLES = ("full", "concise")
PAGE_FORMATS = ("text", "md", "json")
SURE = ("high", "medium", "low")
GROUPS = ("priority", "file", "rule")
COLORS = ("auto", "always", "never")
FAIL_ON = ("P0", "P1", "P2", "never")
TO = "What goes to standard output."
PATHS = click.argument("paths", nargs=-1, type=click.Path())


def _split(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> Any:
    """Codes may be separated by commas as well as given one by one."""
    return tuple(part for word in words for part in word.split(",") if part)


def _outputs(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> Any:
    try:
        return tuple(parse_output(word) for word in words)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _reading_a_project(command: F) -> F:
    """What every command takes that reads a project."""
    for option in (
        click.option(
            "--no-cache", is_flag=True, help="Neither read nor write a cache."
        ),
        click.option(
            "--cache-dir",
            metavar="DIR",
            envvar="WSAUDIT_CACHE_DIR",
            help="Keep the cache here, not in the user's cache folder.",
        ),
        click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes."),
        click.option("--strict", is_flag=True, help="Show all, fail on skipped files."),
        click.option("--isolated", is_flag=True, help="Read no configuration file."),
        click.option("--config", metavar="FILE", help="Read this configuration file."),
    ):
        command = option(command)
    return command


@click.group(context_settings=CONTEXT)
@click.version_option(wsaudit.__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Audit WebSocket servers and clients in Python and TypeScript."""


@cli.command()
@PATHS
@click.option("--select", multiple=True, callback=_split, help="Report only these.")
@click.option("--ignore", multiple=True, callback=_split, help="Do not report these.")
@click.option("--extend-select", multiple=True, callback=_split, help="These, too.")
@click.option("--extend-ignore", multiple=True, callback=_split, help="Nor these.")
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
@click.option("--force-exclude", is_flag=True, help="Exclude files named here as well.")
@click.option("--changed-files", is_flag=True, help="PATHS choose what is reported.")
@click.option("--baseline", metavar="FILE", help="Findings in FILE are no news.")
@click.option("--new-since", metavar="REF", help="Tell what is new since REF, or auto.")
@click.option("--sarif-root", metavar="DIR", help="SARIF names files below DIR.")
@click.option("--sarif-category", metavar="NAME", help="Tells uploads apart.")
@click.option("--sarif-include-suppressed", is_flag=True, help="Ignored findings too.")
@click.option(
    "--output-format", type=click.Choice(STYLES), help="Text with code, or in lines."
)
@click.option(
    "--group-by", type=click.Choice(GROUPS), default="priority", help="Order of text."
)
@click.option("--statistics", is_flag=True, help="Count the findings of every rule.")
@click.option(
    "--color", type=click.Choice(COLORS), default="auto", help="Colours in text."
)
@click.option("--timing", is_flag=True, help="Tell where the time went.")
@click.option("--show-files", is_flag=True, help="List the files, audit nothing.")
@click.option("--show-settings", is_flag=True, help="Print settings, audit nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@click.option("-v", "--verbose", is_flag=True, help="List every skipped file.")
@_reading_a_project
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    name: str,
    output: tuple[Output, ...],
    **given: Any,
) -> int:
    """Audit PATHS, by default the configured ones or the working directory.

    Selectors are codes, names, prefixes such as WS1, chapters, or ALL.

    Exit codes: 0 clean, 1 findings at or above --fail-on (default P1), 2 could not
    audit, 3 nothing to check.
    """
    from wsaudit import baseline
    from wsaudit.engine import audit, exit_code

    config = replace(
        _config(paths, changed_files=given["changed_files"], given=given),
        asked_select=select,
        asked_ignore=ignore,
        force_exclude=given["force_exclude"],
    )
    config = replace(
        config,
        extend_select=(*config.extend_select, *given["extend_select"]),
        extend_ignore=(*config.extend_ignore, *given["extend_ignore"]),
        min_priority=Priority(given["min_priority"] or config.min_priority),
        min_confidence=Confidence(given["min_confidence"] or config.min_confidence),
    )
    if fail_on:
        config = replace(config, fail_on=parse_fail_on(fail_on))
    if given["baseline"]:
        config = replace(config, baseline=os.path.abspath(given["baseline"]))
    if given["show_files"] or given["show_settings"]:
        return _shown(config, files=given["show_files"])
    if given["sarif_root"]:
        require_around(given["sarif_root"], config.paths)
    quiet: bool = given["quiet"]
    clock = Clock() if given["timing"] else None
    known = baseline.load(config)
    with Progress(quiet=quiet) as progress:
        if given["new_since"]:
            from wsaudit.since import known_since

            progress("auditing what was there before")
            known = (known or baseline.Entries()) | known_since(
                given["new_since"], config
            )
        with running(clock):
            report = audit(config, progress=progress)
    report = baseline.subtract(report, known, config)
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
    }
    verbose: bool = given["verbose"]
    with running(clock), part(PHASE, "report"):
        emit(report, name, output, quiet=quiet, verbose=verbose, sarif=sarif, text=text)
    for line in clock.lines() if clock else ():
        click.echo(f"wsaudit: {line}", err=True)
    code = exit_code(report, config, exit_zero=given["exit_zero"])
    if code == 3:
        click.echo("wsaudit: found no Python or TypeScript files to check", err=True)
    return code


@cli.group("baseline")
def baseline_group() -> None:
    """Begin from today: findings that are known, to be mended in time."""


def _with_baseline(command: F) -> F:
    option = click.option(
        "--file", metavar="FILE", help="By default the configured one."
    )
    return option(PATHS(_reading_a_project(command)))


@baseline_group.command()
@_with_baseline
def create(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Write down all findings of PATHS, so that `check` tells new ones only."""
    from wsaudit import adoption

    return adoption.create(_of_baseline(paths, file, given))


@baseline_group.command("check")
@_with_baseline
def check_baseline(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Exit 1 when PATHS have findings that are not known, or entries are stale."""
    from wsaudit import adoption

    return adoption.compare(_of_baseline(paths, file, given))


@baseline_group.command()
@_with_baseline
def prune(paths: tuple[str, ...], file: str | None, **given: Any) -> int:
    """Drop the entries of what was mended."""
    from wsaudit import adoption

    return adoption.prune(_of_baseline(paths, file, given))


def _of_baseline(
    paths: tuple[str, ...], file: str | None, given: dict[str, Any]
) -> Config:
    config = _config(paths, given=given)
    default = config.baseline or os.path.join(config.root, BASELINE)
    return replace(config, baseline=os.path.abspath(file) if file else default)


@cli.command()
@PATHS
@click.option(
    "--format",
    "name",
    type=click.Choice(("md", "json", "html")),
    default="md",
    help=f"{TO} html is one file that needs no other.",
)
@click.option("--output", "-o", metavar="FILE", help="Write to a file.")
@click.option(
    "--answers",
    metavar="FILE",
    help="What people answered; by default wsaudit-answers.toml of the project.",
)
@click.option(
    "--title", metavar="TEXT", help="The project's name, by default its folder."
)
@click.option("--date", metavar="YYYY-MM-DD", help="What to date it, and answers by.")
@click.option(
    "--limit", type=click.IntRange(1), help="At most so many characters (md)."
)
@_reading_a_project
def checklist(
    paths: tuple[str, ...],
    name: str,
    output: str | None,
    answers: str | None,
    title: str | None,
    date: str | None,
    limit: int | None,
    **given: Any,
) -> int:
    """Print every item of the checklist with its verdict and the evidence."""
    from wsaudit.engine import audit, exit_code
    from wsaudit.output import emit_checklist, say
    from wsaudit.reviewing import asked_of

    config = _config(paths, given=given)
    asked, notes = asked_of(config, answers=answers, title=title, date=date)
    with Progress() as progress:
        report = audit(config, progress=progress)
    for note in notes:
        say(note)
    emit_checklist(report, name, asked, file=output or "", limit=limit)
    return exit_code(report, config, exit_zero=True)


@cli.command()
@click.argument("file", type=click.Path())
@_reading_a_project
def facts(file: str, **given: Any) -> int:
    """Print what was recognised in FILE, within its whole project."""
    from wsaudit.engine import recognised
    from wsaudit.output import emit_facts, require_file

    require_file(file)
    config = _config((file,), changed_files=True, given=given)
    with Progress() as progress:
        found = recognised(config, progress=progress)
    return emit_facts(found.project, found.reader, file)


@cli.command()
@click.argument("place", metavar="FILE:LINE")
@_reading_a_project
def why(place: str, **given: Any) -> int:
    """Print what is held of the code on a line, and what each rule says there."""
    from wsaudit.engine import recognised, report_on, room_to_recurse
    from wsaudit.output import emit_why, require_file
    from wsaudit.why import told

    file, _, line = place.rpartition(":")
    if not file or not line.isdecimal():
        raise click.BadParameter(f"`{place}` is not FILE:LINE")
    require_file(file)
    config = replace(
        _config((file,), changed_files=True, given=given), report_only=(), strict=True
    )
    with Progress() as progress:
        found = recognised(config, progress=progress)
    if found.scene is None:
        raise click.ClickException(found.faults[0].message)
    with room_to_recurse():
        return emit_why(
            partial(told, found.scene),
            report_on(config, found),
            found.project,
            found.reader,
            file,
            int(line),
        )


@cli.command()
@click.argument("code")
@click.option(
    "--format", "name", type=click.Choice(PAGE_FORMATS), default="text", help=TO
)
def explain(code: str, name: str) -> int:
    """Print the page of a rule, by its CODE or name."""
    from wsaudit.output import emit_page

    return emit_page(code, name)


@cli.command()
@click.option(
    "--format", "name", type=click.Choice(("text", "json")), default="text", help=TO
)
def rules(name: str) -> int:
    """List all rules."""
    from wsaudit.output import emit_rules

    return emit_rules(name)


def _shown(config: Config, *, files: bool) -> int:
    """Print what a run would look at, or how; returns the exit code."""
    from wsaudit.output import emit_files, emit_settings

    if files:
        return emit_files(config)
    return emit_settings(config)


def _config(
    paths: tuple[str, ...], *, given: dict[str, Any], changed_files: bool = False
) -> Config:
    config = configured(
        paths,
        file=given["config"] or "",
        isolated=given["isolated"],
        changed_files=changed_files,
    )
    return replace(
        config,
        strict=given["strict"] or config.strict,
        jobs=given["jobs"] or 0,
        cache=not given["no_cache"],
        cache_dir=given["cache_dir"] or "",
    )


def main(arguments: list[str]) -> int:
    """Run a command line; the exit code comes back, errors as one line on stderr."""
    from wsaudit.output import complain, say

    try:
        code = cli.main(arguments or ["--help"], "wsaudit", standalone_mode=False)
    except click.ClickException as error:
        return complain(error.format_message())
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except Exception as error:  # noqa: BLE001 - the last line of defence
        return complain(error)
    return int(code or 0)
