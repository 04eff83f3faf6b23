"""The command line: the commands together, and errors as one line and an exit code."""

from __future__ import annotations

import click

from wsaudit.commands import load_commands

CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 88,
    "auto_envvar_prefix": "WSAUDIT",
}


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@click.option(
    "--version", is_flag=True, allow_from_autoenv=False, help="Print the version."
)
@click.option(
    "--format",
    "name",
    type=click.Choice(("text", "json")),
    default="text",
    allow_from_autoenv=False,
    help="How to print the version.",
)
@click.pass_context
def cli(context: click.Context, *, version: bool, name: str) -> int:
    """Audit WebSocket servers and clients in Python and TypeScript."""
    if version:
        from wsaudit.output import emit_version

        context.exit(emit_version(name))
    if context.invoked_subcommand is None:
        raise click.UsageError("name a command; `wsaudit --help` lists them")
    return 0


for _command in load_commands():
    cli.add_command(_command)


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
