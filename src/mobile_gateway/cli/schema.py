"""`schema print`: the GraphQL contract."""

from __future__ import annotations

import typer

from mobile_gateway.schema import root

group = typer.Typer(help="The GraphQL contract.", no_args_is_help=True)


@group.callback()
def _group() -> None:
    """Keep `print` a subcommand."""


@group.command("print")
def print_schema() -> None:
    """Print the SDL, as it is committed in schema.graphql."""
    typer.echo(root.printed(), nl=False)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="schema")
