"""Peers of `watchRecord`: an echo that stores nothing, and the naive way, one upsert a request.

Both parse the same body and check the same sign-in; the naive one also checks the session's token and answers when
its own commit is durable. It keeps no sequence numbers and no budget, so it promises less than the product does.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobile_gateway.benches.ground import Given
from mobile_gateway.benches.stage import Stage, ready
from mobile_gateway.rules import watching
from mobile_gateway.seals import PlaybackClaims, read_playback

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

_UPSERT = """
INSERT INTO coverage AS c (person_id, topic_id, media_version_id, spans, wipe_epoch) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT ON CONSTRAINT coverage_key DO UPDATE SET spans = c.spans + excluded.spans
RETURNING spans, (SELECT duration_ms FROM media_version WHERE id = $3) AS duration_ms
"""


def _answer(beats: list[dict[str, Any]], missing: tuple[tuple[int, int], ...]) -> Response:
    payload = {
        "results": [{"seq": beat["seq"], "answer": "ACCEPTED"} for beat in beats],
        "missingSpans": [{"fromMs": start, "toMs": end} for start, end in missing],
        "covered": False,
        "userErrors": [],
    }
    return Response(_encode({"data": {"watchRecord": payload}}), media_type="application/json")


def echo(given: Given) -> Starlette:
    """Parse, check the sign-in, answer."""
    stage = Stage(given)

    async def record(request: Request) -> Response:
        asked = _decode(await request.body())["variables"]["input"]
        stage.signed_in(request)
        return _answer(asked["beats"], ((0, 1),))

    routes = [Route("/health/ready", ready), Route("/graphql", record, methods=["POST"])]
    return Starlette(routes=routes, lifespan=stage.lifespan)


def naive(given: Given) -> Starlette:
    """Parse, check the sign-in and the session, upsert the coverage in a transaction of its own, answer."""
    stage = Stage(given)

    async def record(request: Request) -> Response:
        asked = _decode(await request.body())["variables"]["input"]
        viewer = stage.signed_in(request)
        claims = read_playback(stage.keyring, asked["sessionToken"])
        assert isinstance(claims, PlaybackClaims)
        played = [(s["fromMs"], s["toMs"]) for beat in asked["beats"] for s in beat["spans"]]
        spans = [asyncpg.Range(*span) for span in watching.union(played, watching.MAX_BEATS_A_CALL**4)]
        async with stage.database.connection() as connection:
            row = await connection.fetchrow(
                _UPSERT, viewer.person_id, claims.topic_id, claims.media_version, spans
            )
        covered = [(r.lower, r.upper) for r in row["spans"]]
        return _answer(asked["beats"], watching.missing(covered, row["duration_ms"]))

    routes = [Route("/health/ready", ready), Route("/graphql", record, methods=["POST"])]
    return Starlette(routes=routes, lifespan=stage.lifespan)
