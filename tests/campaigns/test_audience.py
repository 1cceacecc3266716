"""A segment's SQL against the same segment in Python, over a few hundred drawn people."""

from __future__ import annotations

import random

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigning import crowd, desks
from drawn_people import COURSES, STAGES, TOPICS, World, holds, world
from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database
from mobile_gateway.reads import audience, audience_sizes
from mobile_gateway.rules import segments
from mobile_gateway.rules.segments import LastSeen, Segment, TopicPart, TopicProgress
from mobile_gateway.rules.words import Identity
from player import value
from servers import Servers

EXAMPLES = 150
MANY = 120_000


def _segments(drawn: World) -> st.SearchStrategy[Segment]:
    regions = sorted(
        {place // size * size for place, _ in drawn.schools.values() for size in (1, 100, 10_000)}
    )
    hundredths = st.none() | st.sampled_from([0, 1, 50, 99, 100, 150, 200, 300])

    def part(topic: int) -> st.SearchStrategy[TopicPart]:
        simple = st.builds(
            TopicPart,
            st.just(topic + 1000),
            st.sampled_from([one for one in TopicProgress if one is not TopicProgress.CREDITS_BETWEEN]),
        )
        missing = st.builds(
            TopicPart,
            st.just(topic + 1000),
            st.just(TopicProgress.COURSE_MISSING),
            st.sampled_from([course + 1000 for course in COURSES[topic]]),
        )
        between = st.builds(
            TopicPart,
            st.just(topic + 1000),
            st.just(TopicProgress.CREDITS_BETWEEN),
            st.none(),
            hundredths,
            hundredths,
        )
        return simple | missing | between

    return st.builds(
        Segment,
        st.lists(st.sampled_from(Identity), max_size=2, unique=True).map(tuple),
        st.lists(st.sampled_from(regions), max_size=2, unique=True).map(tuple),
        st.lists(st.sampled_from(STAGES), max_size=2, unique=True).map(tuple),
        st.lists(st.sampled_from(sorted(drawn.schools)), max_size=3, unique=True).map(tuple),
        st.none() | st.sampled_from(TOPICS).flatmap(part),
        st.none() | st.builds(LastSeen, st.integers(1, 100), st.booleans()),
    )


async def test_the_sql_of_a_segment_finds_whom_the_segment_means(database: Database) -> None:
    async with database.connection() as connection:
        drawn = await world(connection, random.Random(7))
        drawn_at = real()
        tried: list[tuple[int, int]] = []
        examples: list[Segment] = []

        @settings(
            max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck), deadline=None
        )
        @given(_segments(drawn))
        def draw(segment: Segment) -> None:
            examples.append(segment)

        draw()
        for segment in examples:
            assert segments.of(segment.kept()) == segment
            whom = await audience.compiled(connection, segment, real_now=drawn_at, first=1)
            rows = await connection.fetch(
                f"SELECT p.id FROM ({whom.source}) x JOIN person p ON p.id = x.id WHERE {whom.predicate}",
                *whom.arguments,
            )
            found = [row["id"] for row in rows]
            wanted = {person.id for person in drawn.people if holds(drawn, segment, person)}
            assert sorted(found) == sorted(wanted), segment
            alone = await connection.fetch(
                f"SELECT p.id FROM person p WHERE {whom.predicate}", *whom.arguments
            )
            assert {row["id"] for row in alone} == wanted, segment
            sizes = await audience_sizes.sizes(connection, segment, real_now=drawn_at)
            assert (sizes.exact, sizes.people) == (True, len(wanted))
            tried.append((len(wanted), len(drawn.people)))
        some = [one for one, all_of in tried if 0 < one < all_of]
        assert len(some) > len(tried) / 4, "too many examples mean nobody, or everybody"


async def test_nothing_asked_for_is_everybody(gateway: Gateway) -> None:
    async with gateway.database.connection() as connection:
        whom = await audience.compiled(connection, Segment(), real_now=real())
        assert (whom.source, whom.predicate, whom.arguments) == (audience.EVERYBODY, "true", ())
        sizes = await audience_sizes.sizes(connection, Segment(), real_now=real())
        assert sizes.people == await connection.fetchval("SELECT count(*) FROM person")


async def test_a_large_audience_is_estimated_and_says_so(gateway: Gateway, servers: Servers) -> None:
    await crowd(gateway, MANY)
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    await owner.execute("ANALYZE person")
    await owner.close()
    desk = (await desks(gateway)).first
    large = await desk.preview(await desk.draft(segment={"identities": ["TEACHER"]}))
    assert (large["exact"], large["atMost"]) == (False, None)
    assert 0.85 * MANY < large["people"] < 1.15 * MANY
    (android,) = [one for one in large["platforms"] if one["platform"] == "ANDROID"]
    assert 0.85 * MANY < android["devices"] < 1.15 * MANY
    small = await desk.preview(await desk.draft(segment={"identities": ["PARENT"]}))
    assert (small["exact"], small["atMost"]) == (True, None)
