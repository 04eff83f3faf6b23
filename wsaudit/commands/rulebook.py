"""`wsaudit explain` and `wsaudit rules`: the pages, one by one and as a table."""

from __future__ import annotations

import click

from wsaudit.commands.project import TO, completed


@click.command()
@click.argument("code", shell_complete=completed)
@click.option(
    "--format",
    "name",
    type=click.Choice(("text", "md", "json")),
    default="text",
    help=TO,
)
def explain(code: str, name: str) -> int:
    """Print the page of a rule, by its CODE or name."""
    from wsaudit.output import emit_page

    return emit_page(code, name)


@click.command()
@click.option(
    "--format",
    "name",
    type=click.Choice(("table", "md", "json")),
    default="table",
    help=TO,
)
def rules(name: str) -> int:
    """List all rules."""
    from wsaudit.output import emit_rules

    return emit_rules(name)


COMMANDS = (explain, rules)
