"""`directory`: looking for a school among 1,000, 50,000 and 500,000, against `name LIKE '%…%'` in the same rounds.

Times are those of a statement through the driver on loopback, connection and plan in place, and of the app's own
document over HTTP. What a school is sought by is drawn from the schools that were made; each must then be found.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from statistics import quantiles

import asyncpg
import httpx

from mobile_gateway.benches import directory_schools
from mobile_gateway.benches.directory_schools import Invented
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import ROUNDS, BenchWrong, Result, Target
from mobile_gateway.models.database import Database
from mobile_gateway.reads import school_search
from mobile_gateway.reads.directory import Region, Unspelled
from mobile_gateway.rules import school_search as rules
from mobile_gateway.rules.words import RegionLevel
from mobile_gateway.schema import operations
from mobile_gateway.workers import spelling

NAME = "directory"
SIZES = (1_000, 50_000, 500_000)
DRAWN = 25
FIRST = 20
SEED = 7
ENOUGH = Target(20, at_least=False)
BROAD = (
    "小学",
    "中学",
    "学校",
    "第一小学",
    "实验",
    "中心",
    "幼儿园",
    "北京",
    "xiaoxue",
    "zhongxue",
    "zhong",
    "xx",
)
ONE = ("学", "小", "第", "一", "云", "溪", "鑫", "x", "z", "q")
NONE = ("绝无此校", "鑫淼焱垚", "qqqzzz", "buzaizheli", "北京 绝无", "100%_")

Query = tuple[str, Region | None]
Ask = Callable[[Query], Awaitable[int]]

_NAIVE = """
SELECT id, name FROM school WHERE merged_at IS NULL AND name LIKE '%' || $1 || '%' ORDER BY length(name), id LIMIT $2
"""


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when a school is not found by what it was drawn for."""
    result = Result(NAME)
    schools = directory_schools.invented()
    product: dict[int, list[float]] = {}
    there = 0
    for size in SIZES:
        began = time.perf_counter()
        made = directory_schools.grow(ground, schools, size - there)
        there = size
        result.figure(f"{size}/grown s", [time.perf_counter() - began])
        kinds = _kinds(made)
        ground.run(partial(_check, kinds["whole name in the county"]))
        found, naive = ground.run(partial(_measure, kinds))
        for kind, rounds in found.items():
            _tell(result, f"{size}/{kind}", rounds, ENOUGH if size == SIZES[-1] else None)
        together = [[one for kind in found.values() for one in kind[turn]] for turn in range(ROUNDS)]
        _tell(result, f"{size}/all kinds", together, ENOUGH if size == SIZES[-1] else None)
        product[size] = [_p50(one) for one in together]
        _tell(result, f"{size}/naive LIKE, part of a name", naive)
        ours = [_p50(one) for one in found["part of a name"]]
        result.ratio(f"{size}/× naive", [_p50(one) for one in naive], ours)
        _tell(result, f"{size}/all kinds over HTTP", _over_http(ground, kinds, SIZES.index(size)))
    for size in SIZES[1:]:
        result.ratio(f"p50 at {size} to {SIZES[0]}", product[size], product[SIZES[0]])
    return result


def _tell(result: Result, key: str, rounds: Sequence[Sequence[float]], target: Target | None = None) -> None:
    result.figure(f"{key} p50 ms", [_p50(one) for one in rounds], target)
    result.figure(f"{key} p99 ms", [quantiles(one, n=100)[98] for one in rounds])


def _p50(times: Sequence[float]) -> float:
    return quantiles(times, n=100)[49]


def _kinds(made: Sequence[Invented]) -> dict[str, list[Query]]:
    rng = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    drawn = rng.sample([one for one in made if one.aliases], DRAWN)
    spelled = [
        spelling.spell(Unspelled(0, one.name, one.aliases, tuple(place.name for place in one.places)))
        for one in drawn
    ]
    return {
        "part of a name": [(one.core[:4], None) for one in drawn],
        "whole name": [(one.name, None) for one in drawn],
        "whole name in the county": [(one.name, _region(one, RegionLevel.COUNTY)) for one in drawn],
        "part of a name in the province": [
            (one.core[:3], _region(one, RegionLevel.PROVINCE)) for one in drawn
        ],
        "alias": [(one.aliases[0], None) for one in drawn],
        "pinyin": [(latin.spellings[0], None) for latin in spelled],
        "part of pinyin": [(latin.spellings[0][2:12], None) for latin in spelled],
        "initials": [(latin.initials[0], None) for latin in spelled],
        "place and initials": [
            (f"{one.places[2].name[:2]} {latin.initials[0]}", None)
            for one, latin in zip(drawn, spelled, strict=True)
        ],
        "broad": [(text, None) for text in BROAD],
        "broad in the province": [(text, _region(drawn[0], RegionLevel.PROVINCE)) for text in BROAD],
        "one character": [(text, None) for text in ONE],
        "no match": [(text, None) for text in NONE],
    }


def _region(one: Invented, level: RegionLevel) -> Region:
    place = one.places[list(RegionLevel).index(level)]
    return Region(int(place.code), place.name, level)


async def _check(queries: Sequence[Query], database: Database) -> None:
    async with database.connection() as connection:
        for text, region in queries:
            found = await school_search.find(connection, rules.search(text), region=region, first=FIRST)
            if not found or found[0].school.name != text:
                raise BenchWrong(f"{text} is not found by its own name")


async def _measure(
    kinds: Mapping[str, Sequence[Query]], database: Database
) -> tuple[dict[str, list[list[float]]], list[list[float]]]:
    """Milliseconds of each query by kind and round, the naive way's beside them."""
    found: dict[str, list[list[float]]] = {kind: [] for kind in kinds}
    naive: list[list[float]] = []
    async with database.connection() as connection:
        ask = partial(_ask, connection)
        for queries in kinds.values():  # once before, so that what is measured is warm for both
            await _timed(ask, queries)
        for turn in range(ROUNDS):
            for kind, queries in list(kinds.items())[:: 1 if turn % 2 == 0 else -1]:
                found[kind].append(await _timed(ask, queries))
            naive.append(await _timed(partial(_ask_naively, connection), kinds["part of a name"]))
    return found, naive


async def _timed(ask: Ask, queries: Sequence[Query]) -> list[float]:
    times = []
    for query in queries:
        began = time.perf_counter()
        await ask(query)
        times.append((time.perf_counter() - began) * 1000)
    return times


async def _ask(connection: asyncpg.Connection, query: Query) -> int:
    text, region = query
    return len(await school_search.find(connection, rules.search(text), region=region, first=FIRST + 1))


async def _ask_naively(connection: asyncpg.Connection, query: Query) -> int:
    return len(await connection.fetch(_NAIVE, query[0], FIRST + 1))


def _over_http(ground: Ground, kinds: Mapping[str, Sequence[Query]], place: int) -> list[list[float]]:
    """The app's own document to one process, one request after the other.

    Each round comes from a network of its own (of RFC 2544's range), or the quota of lookups would end it.
    """
    queries = [query for one in kinds.values() for query in one if query[1] is None]
    document = operations.document_id(operations.by_file()["schools"])
    with ground.product(MOBILE_GATEWAY_TRUSTED_PROXIES="1") as (_, port):

        async def ask(client: httpx.AsyncClient, query: Query) -> int:
            body = {"documentId": document, "variables": {"search": query[0], "first": FIRST}}
            answer = (await client.post("/graphql", json=body)).json()
            if "errors" in answer:
                raise BenchWrong(f"the search for {query[0]} is answered with errors")
            return len(answer["data"]["schools"]["edges"])

        async def measure() -> list[list[float]]:
            times = []
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                for turn in range(1 + ROUNDS):
                    client.headers["x-forwarded-for"] = f"198.18.{place * 10 + turn}.1"
                    times.append(await _timed(partial(ask, client), queries))
            return times[1:]

        return asyncio.run(measure())
