"""Whether a port can be listened on: told before anything is started."""

from __future__ import annotations

import socket
from ipaddress import ip_address

from mobile_gateway.local import LocalError


def free(host: str, port: int) -> None:
    """LocalError, with what to do, when somebody listens on the port or the host is not this machine's."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004 - IP's own number
    except ValueError:
        raise LocalError(f"{host} is not an IP address: choose one such as 127.0.0.1 with --host") from None
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as why:
            raise LocalError(
                f"port {port} of {host} cannot be used ({why.strerror}): choose another with --port"
            ) from None
