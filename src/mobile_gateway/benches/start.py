"""`start`: a cold gateway process to its first answer, and its memory, against importing what it stands on."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from subprocess import PIPE
from urllib.parse import urlencode

from mobile_gateway.benches import cores
from mobile_gateway.benches.ground import Ground, product_command
from mobile_gateway.benches.measuring import Result, Target, in_turn
from mobile_gateway.schema import operations as trusted

NAME = "start"
STARTS = 5
SETTLED_SECONDS = 2.0
"""After its first answer a gateway still compiles documents; its memory is looked at when it has them."""

IMPORTS = "import starlette, strawberry, tortoise"

SECONDS = Target(1.5, at_least=False)
MEGABYTES = Target(120, at_least=False)


def bench(ground: Ground) -> Result:
    """Measure. A gateway is two processes: one that serves, and one that watches it; both are told."""
    memory: dict[str, list[float]] = {"serving": [], "watching": [], "imports": []}
    found = in_turn(
        {"product": partial(_product, ground, memory), "imports": partial(_imports, ground, memory)}, STARTS
    )
    result = Result(NAME)
    result.figure("product first answer s", found["product"], SECONDS)
    result.figure("imports s", found["imports"])
    result.figure("product serving process MB", memory["serving"], MEGABYTES)
    result.figure("product watching process MB", memory["watching"])
    result.figure("imports MB", memory["imports"])
    result.ratio("first answer × imports", found["product"], found["imports"])
    result.ratio("serving process memory × imports", memory["serving"], memory["imports"])
    return result


def _product(ground: Ground, memory: dict[str, list[float]]) -> float:
    port, log = cores.free_port(), ground.folder / "start.log"
    variables = {**ground.variables, "MOBILE_GATEWAY_PORT": str(port)}
    home = trusted.by_file()["resource_home"]
    asked = {"documentId": trusted.document_id(home), "variables": '{"tab":"HOME"}'}
    began = time.perf_counter()
    with cores.running(product_command("serve"), variables, log) as process:
        cores.wait_for(process, port, log, f"/graphql?{urlencode(asked)}")
        seconds = time.perf_counter() - began
        time.sleep(SETTLED_SECONDS)
        sizes = [cores.resident_mb(pid) for pid in cores.tree(process.pid)]
        memory["serving"].append(max(sizes))
        memory["watching"].append(sizes[0])
    return seconds


def _imports(ground: Ground, memory: dict[str, list[float]]) -> float:
    command, environment = [sys.executable, "-c"], dict(ground.variables)
    with cores.on(cores.SERVER):
        began = time.perf_counter()
        subprocess.run([*command, IMPORTS], env=environment, check=True, timeout=60)  # noqa: S603 - our own words
        seconds = time.perf_counter() - began
    # A second one, which waits to be looked at.
    waiting = [*command, f"{IMPORTS}\nprint(1, flush=True)\ninput()"]
    with subprocess.Popen(waiting, env=environment, stdin=PIPE, stdout=PIPE) as process:  # noqa: S603 - our own words
        assert process.stdout is not None
        process.stdout.readline()
        memory["imports"].append(cores.resident_mb(process.pid))
        process.kill()
    return seconds
