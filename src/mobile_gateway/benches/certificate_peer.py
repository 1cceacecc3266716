"""The process that `bench certificates` watches: sets one certificate and ends, or many and tells how long they took.

It imports next to nothing else, so that its start and its memory are those of setting certificates.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from typing import Final

import msgspec

from mobile_gateway.benches import cores
from mobile_gateway.benches.measuring import ROUNDS
from mobile_gateway.documents import certificate
from mobile_gateway.documents.certificate import Printed

EACH: Final = 100
PICTURES: Final = 30
WARM: Final = 10

SECOND_MS: Final = 1000

_NAMES = (
    "张王李赵陈杨黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚"
)
_numbers = count()


def _printed() -> Printed:
    """Another certificate each time."""
    number = next(_numbers)
    serial = f"{number:016d}"
    first, rest = number % len(_NAMES), number // len(_NAMES)
    return Printed(
        name=_NAMES[first] + _NAMES[rest % len(_NAMES)],
        document_label="居民身份证",
        document_number="11010519491231002X",
        school=f"云溪县第{number}小学",
        topic="2024年暑期教师研修",
        learned_from=date(2024, 7, 20),
        learned_to=date(2024, 9, 30),
        credits="10.00",
        serial=serial,
        issued_on=date(2024, 9, 15),
        check_url=f"https://gateway.example.cn/certificates/{serial}",
        masked=False,
    )


def _pdf() -> float:
    return _timed(lambda: certificate.pdf(_printed()))


def _png() -> float:
    return _timed(lambda: certificate.png(_printed()))


def _blank() -> float:
    return _timed(lambda: certificate.blank(str(next(_numbers))))


def _timed(work: Callable[[], bytes]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * SECOND_MS


def _warm() -> dict[str, object]:
    """Everything in turn, in this process; `certificates.Seen` says in which shape."""
    works: dict[str, Callable[[], float]] = {"pdf_ms": _pdf, "blank_ms": _blank, "png_ms": _png}
    rounds: dict[str, list[list[float]]] = {name: [] for name in works}
    alone: list[float] = []
    together: list[float] = []
    processor: list[float] = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(WARM):
            _blank()
            list(pool.map(lambda _: _pdf(), range(2)))
        for turn in range(ROUNDS):
            for name in list(works)[:: 1 if turn % 2 == 0 else -1]:
                times = PICTURES if name == "png_ms" else EACH
                rounds[name].append([works[name]() for _ in range(times)])
            used = time.process_time()
            alone.append(_rate(lambda: [_pdf() for _ in range(EACH)]))
            processor.append((time.process_time() - used) * SECOND_MS / EACH)
            together.append(_rate(lambda: list(pool.map(lambda _: _pdf(), range(EACH)))))
    memory = cores.resident_mb(os.getpid())
    return {**rounds, "alone": alone, "together": together, "processor_ms": processor, "memory_mb": memory}


def _rate(work: Callable[[], list[float]]) -> float:
    """Certificates a minute."""
    began = time.perf_counter()
    made = len(work())
    return made * 60 / (time.perf_counter() - began)


if __name__ == "__main__":
    if sys.argv[1] == "cold":
        _pdf()
    else:
        sys.stdout.buffer.write(msgspec.json.encode(_warm()))
