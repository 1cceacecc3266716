"""`mobile-gateway …`: one file a group of commands."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from mobile_gateway.local import LocalError
from mobile_gateway.settings import SettingWrong

WRONG_SETTING = 2
"""Exit code of a process that a setting stopped; the supervisor does not start it again."""

COMMANDS = {
    "run": "run",
    "serve": "serving",
    "work": "working",
    "migrate": "data",
    "demo": "data",
    "fcm-stand-in": "standing_in",
    "bench": "bench",
    "campaign": "campaign",
    "clock": "clock",
    "journey": "journey",
    "qr": "qr",
    "redraw": "redraw",
    "schema": "schema",
}
"""Each command and the file it stands in, which is imported only when the command is asked for."""


def application(asked: str | None) -> typer.Typer:
    """The command line with the group of `asked`, or with all of them."""
    app = typer.Typer(
        name="mobile-gateway",
        help="The GraphQL backend of a national teacher-training app.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def _several() -> None:
        """Keep every command a subcommand."""

    files = [COMMANDS[asked]] if asked in COMMANDS else dict.fromkeys(COMMANDS.values())
    for name in files:
        import_module(f"mobile_gateway.cli.{name}").register(app)
    return app


def main() -> None:
    """Run a command. A wrong setting ends it with one line that names the setting and what would be right."""
    asked = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        application(asked)()
    except (SettingWrong, LocalError) as why:
        sys.stderr.write(f"mobile-gateway: {why}\n")
        sys.exit(WRONG_SETTING)
