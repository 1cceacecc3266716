"""A local run's data directory: the environment that its processes were started with, kept for other commands."""

from __future__ import annotations

import json
import os
from ipaddress import ip_address
from pathlib import Path

from mobile_gateway import settings as settings_of
from mobile_gateway.local import LocalError
from mobile_gateway.local.keys import write_private
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import PREFIX, Settings

DEFAULT = Path(".local")
_ENVIRONMENT = "environment.json"
_KEYRING = "keyring"
_OURS = ("DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL", "FCM_ENDPOINT")


def environment(
    data: Path, database_url: str, migrate_url: str, redis_url: str, host: str, port: int
) -> dict[str, str]:
    """The environment of a local run's processes: the command's options, the caller's settings, what the run brings."""
    brought = {
        "DATABASE_URL": database_url,
        "MIGRATE_DATABASE_URL": migrate_url,
        "REDIS_URL": redis_url,
        f"{PREFIX}KEYS": _keyring(data),
        f"{PREFIX}PUBLIC_URL": f"http://{f'[{host}]' if ':' in host else host}:{port}",
        f"{PREFIX}LOG_FORMAT": "console",
    }
    given = {name: value for name, value in os.environ.items() if name in _OURS or name.startswith(PREFIX)}
    asked = {
        f"{PREFIX}ENVIRONMENT": "local",
        f"{PREFIX}DATA": str(data.resolve()),
        f"{PREFIX}HOST": host,
        f"{PREFIX}PORT": str(port),
    }
    return {name: value for name, value in {**brought, **given, **asked}.items() if value}


def keep(data: Path, variables: dict[str, str]) -> None:
    """Keep the environment for `clock`, `demo`, `qr` and `journey`; readable by its owner alone."""
    write_private(data / _ENVIRONMENT, json.dumps(variables, indent=2) + "\n")


def running_settings(data: str | Path = "") -> Settings:
    """The settings of the run in a data directory; without one, the environment's, or those of `.local`."""
    if not data and os.environ.get("DATABASE_URL"):
        return settings_of.read()
    path = Path(data or DEFAULT) / _ENVIRONMENT
    try:
        variables = json.loads(path.read_bytes())
    except OSError:
        raise LocalError(
            f"{path} is not there: start `mobile-gateway run` first, or name its directory with --data"
        ) from None
    return settings_of.read({str(k): str(v) for k, v in variables.items()})


def address(settings: Settings) -> str:
    """Where this machine reaches the gateway of a local run, whatever it is called from outside."""
    host = ip_address(settings.host)
    if host.is_unspecified:
        host = ip_address("127.0.0.1" if host.version == 4 else "::1")  # noqa: PLR2004 - IP's own number
    return f"http://{f'[{host}]' if host.version == 6 else host}:{settings.port}"  # noqa: PLR2004 - as above


def running_address(data: Path = DEFAULT) -> str:
    """Where the run in a data directory answers; where `run` does by default, if there is none in the default one."""
    try:
        return address(running_settings(data))
    except LocalError:
        if data != DEFAULT:
            raise
        return address(Settings())


def _keyring(data: Path) -> str:
    path = data / _KEYRING
    if not path.exists():
        write_private(path, Keyring.generate().to_text())
    return path.read_text("ascii").strip()
