"""`wsaudit init`: write what a project needs to be audited every day."""

from __future__ import annotations

import os

import click


@click.command("init")
@click.argument("folder", default=".", type=click.Path())
@click.option(
    "--dry-run", "--diff", "dry", is_flag=True, help="Show the difference only."
)
def init(folder: str, *, dry: bool) -> int:
    """Write a configuration, a pre-commit hook and a workflow; show the difference.

    What is there already is left as it is.
    """
    from wsaudit.initial import carry_out, plan
    from wsaudit.output import emit_plan

    made = plan(os.path.abspath(folder))
    if not dry:
        carry_out(made)
    return emit_plan(made, dry=dry)


COMMANDS = (init,)
