"""Runs nginx as deploy/nginx configures it, lets requests fail in every way, and looks for keys in its logs.

Where an address is a key, or holds one, no log may have it. That the requests make nginx write at all is shown by the
same requests without the `error_log` lines: there the keys are in the log, each of them.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HOST = "api.example.org"
FIRST = 60
"""So many requests go through; then each is refused, as in a flood."""

KEYED = (
    ("POST", "/uploads/{}"),
    ("GET", "/uploads/photo/{}"),
    ("GET", "/certificates/pictures/{}"),
    ("GET", "/certificates/document.pdf?token={}"),
    ("GET", "/certificates/check?serial={}"),
    ("GET", "/exports/progress.csv?token={}"),
    ("GET", "/exports/campaign-failures.csv?token={}"),
    ("GET", "/graphql?variables={}"),
)
TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE
FAULTS = ("close", "hang", "answer")


class Wrong(Exception):
    """What is wrong, in words for a terminal."""


class _Gateway(socketserver.StreamRequestHandler):
    """Fails as a request asks it to: closes, or does not answer, or answers 404."""

    def handle(self) -> None:
        head = b""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line.lower()
        if b"x-fault: hang" in head:
            time.sleep(0.6)
        elif b"x-fault: answer" in head:
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def check(room: Path, configuration: Path) -> None:
    """Wrong when nginx does not start, logs a key, or when the requests do not prove it."""
    text = configuration.read_text("utf-8")
    _certificate(room)
    shipped = _logged(room / "shipped", text)
    for name, found in shipped.items():
        if leaked := sorted(set(re.findall(r"KEY\d+", found))):
            raise Wrong(f"nginx wrote {', '.join(leaked)} into {name}:\n{found[:2000]}")
    for place in ("/uploads/", "/certificates/", "/exports/", "/graphql"):
        if f'"path":"{place}"' not in shipped["mobile-gateway.log"]:
            raise Wrong(f"the access log says nothing of {place}")
    control = "".join(_logged(room / "control", re.sub(r"(?m)^ *error_log .*$", "", text)).values())
    unproven = [path for number, (_, path) in enumerate(KEYED) if f"KEY{number}" not in control]
    if unproven:
        raise Wrong(f"no fault made nginx write of {', '.join(unproven)}: the probe proves nothing")


def _certificate(room: Path) -> None:
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={HOST}",
            ),
            *("-keyout", str(room / "privkey.pem"), "-out", str(room / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _logged(room: Path, text: str) -> dict[str, str]:
    """What nginx has in each of its logs after requests failed."""
    (room / "logs").mkdir(parents=True)
    plain, tls, gateway = _ports(3)
    replaced = {
        r"(listen (?:\[::\]:)?)80;": rf"\g<1>{plain};",
        r"(listen (?:\[::\]:)?)443 ": rf"\g<1>{tls} ",
        "127.0.0.1:8000": f"127.0.0.1:{gateway}",
        "/etc/mobile-gateway/tls": str(room.parent),
        "/var/log/nginx": str(room / "logs"),
        r"proxy_read_timeout \d+s": "proxy_read_timeout 300ms",
        r"rate=\d+r/s": "rate=1r/m",
        r"burst=\d+": f"burst={FIRST}",
    }
    for pattern, new in replaced.items():
        text, found = re.subn(pattern, new, text)
        if not found:
            raise Wrong(f"the configuration has no {pattern} to replace")
    (room / "site.conf").write_text(text, "utf-8")
    (room / "nginx.conf").write_text(
        "pid nginx.pid; daemon off; error_log logs/error.log;"
        " events { worker_connections 256; } http { include site.conf; }\n",
        "utf-8",
    )
    command = ["nginx", "-p", str(room), "-c", str(room / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    if tested.returncode:
        raise Wrong(tested.stderr)
    with _running(command, tls):
        _fail(plain, tls, gateway)
    return {log.name: log.read_text("utf-8") for log in (room / "logs").iterdir()}


def _ports(many: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports: list[int] = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _fail(plain: int, tls: int, gateway: int) -> None:
    """Requests to every keyed address: the gateway away, failing, answering; too large; too many; not HTTP at all."""
    _each(tls, "away", {502})
    with _Server(("127.0.0.1", gateway), _Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for fault in FAULTS:
            _each(tls, fault, {502, 504, 404})
        _each(tls, "answer", {413}, length=6_000_000)
        for _ in range(FIRST):
            _ask(tls, "GET", "/download", "answer")
        _each(tls, "answer", {429, 503})
        server.shutdown()
    for number, (_, path) in enumerate(KEYED):
        address = path.format(f"KEY{number}")
        _send(plain, f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n", is_tls=False)
        _send(tls, f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n", is_tls=False)
        _send(tls, f"GET {address} HTTP/9.9\r\n\r\n")
        _send(tls, f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nX-Long: {'x' * 9000}\r\n\r\n")


def _each(port: int, fault: str, expected: set[int], *, length: int = 0) -> None:
    for number, (method, path) in enumerate(KEYED):
        address = path.format(f"KEY{number}")
        status = _ask(port, method, address, fault, length)
        if status not in expected:
            raise Wrong(f"{method} {address}, {fault}: {status}, not one of {sorted(expected)}")


def _ask(port: int, method: str, address: str, fault: str, length: int = 0) -> int:
    head = f"{method} {address} HTTP/1.1\r\nHost: {HOST}\r\nX-Fault: {fault}\r\nContent-Length: {length}\r\n"
    return _send(port, f"{head}Referer: https://{HOST}{address}\r\nConnection: close\r\n\r\n")


def _send(port: int, request: str, *, is_tls: bool = True) -> int:
    """The status of the answer; 0 where the connection was closed without one."""
    answer = b""
    bare = socket.create_connection(("127.0.0.1", port), timeout=10)
    whole = TRUSTING.wrap_socket(bare, server_hostname=HOST) if is_tls else bare
    with whole as connection, contextlib.suppress(ConnectionError):
        connection.sendall(request.encode())
        while b"\r\n" not in answer and (read := connection.recv(4096)):
            answer += read
    status = re.match(rb"HTTP/\S+ (\d+)", answer)
    return int(status[1]) if status else 0
