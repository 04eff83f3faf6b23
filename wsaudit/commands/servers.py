"""`wsaudit lsp` and `wsaudit mcp`: servers for editors and agents."""

from __future__ import annotations

from importlib.util import find_spec

import click


def _require(package: str, extra: str) -> None:
    """Raise ClickException, with what to install, where a package is missing."""
    try:
        found = find_spec(package)
    except ValueError:  # it is there, but hidden
        found = None
    if found is None:
        raise click.ClickException(
            f"`wsaudit {extra}` needs more: pip install 'wsaudit[{extra}]'"
        )


@click.command()
def lsp() -> int:
    """Serve an editor: findings while code is written, over standard input."""
    _require("pygls", "lsp")
    from wsaudit.lsp.server import make_server

    make_server().start_io()
    return 0


@click.command()
@click.option(
    "--root",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    help="The project: nothing outside of it is read.",
)
def mcp(root: str) -> int:
    """Serve an agent: tools that only read, over standard input."""
    _require("mcp", "mcp")
    from wsaudit.mcp.server import make_server

    make_server(root).run()
    return 0


COMMANDS = (lsp, mcp)
