"""The command line: the commands together, and errors as one line and an exit code."""

from __future__ import annotations

import click

import wsaudit
from wsaudit.commands import load_commands

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


@click.group(context_settings=CONTEXT)
@click.version_option(wsaudit.__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Audit WebSocket servers and clients in Python and TypeScript."""


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
