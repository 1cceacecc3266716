"""`schema print` and `schema check`: the GraphQL contract, and whether the app's documents keep to it."""

from __future__ import annotations

import typer

from mobile_gateway.schema import operations, root
from mobile_gateway.web import compiling

group = typer.Typer(help="The GraphQL contract.", no_args_is_help=True)


@group.command("print")
def print_schema() -> None:
    """Print the SDL, as it is committed in schema.graphql."""
    typer.echo(root.printed(), nl=False)


@group.command("check")
def check_documents() -> None:
    """Compile each of the app's documents as production does. Exit code 1: some are refused, and why."""
    refused = compiling.refused(compiling.operations_of(is_local=False))
    for name, why in refused.items():
        typer.echo(f"{name}.graphql is refused: {why}", err=True)
    if refused:
        raise typer.Exit(1)
    typer.echo(f"All {len(operations.by_file())} documents keep to the schema.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="schema")
