"""The permission matrix's acts and roles: what each act is tried on, and what it answers (PRODUCT.md §12)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PLATFORM,
    READY,
    SCHOOL_ADMIN,
    SUPPORT,
    YUQUAN,
    ZHONGGUANCUN,
    teacher,
)
from streaming import first_event

ROLES: Final = {
    "student": "+8619900000010",
    "parent": "+8619900000009",
    "teacher": READY,
    "school admin": SCHOOL_ADMIN,
    "county admin": COUNTY_ADMIN,
    "support": SUPPORT,
    "platform": PLATFORM,
}
TEACHERS: Final = frozenset({"teacher", "school admin", "county admin", "support", "platform"})
"""Staff learn through their own teacher identity."""

OWN_SCHOOL, OWN_COUNTY, ELSEWHERE = "the admins' own school", "another school of the county", "another county"
PLACES: Final = (OWN_SCHOOL, OWN_COUNTY, ELSEWHERE)

DONE: Final = ""
Tried = tuple[str, dict[str, Any]]
"""A document of the app and its variables."""


@dataclass(frozen=True)
class Ground:
    """What acts are tried on: fresh for each try, in one place."""

    gateway: Gateway
    place: str

    async def school(self) -> int:
        """A school of the place."""
        if self.place == ELSEWHERE:
            found: int = await value(
                self.gateway,
                "SELECT min(id) FROM school WHERE county_id <> $1 AND merged_at IS NULL",
                HAIDIAN,
            )
            return found
        name = ZHONGGUANCUN if self.place == OWN_SCHOOL else YUQUAN
        number: int = await value(self.gateway, "SELECT id FROM school WHERE name = $1", name)
        return number

    async def county(self) -> int:
        """The county of the place."""
        found: int = await value(
            self.gateway, "SELECT county_id FROM school WHERE id = $1", await self.school()
        )
        return found

    async def record(self, state: str, *, of_admin: bool = False) -> str:
        """A record of somebody new at the place's school, who is perhaps that school's admin."""
        phone, school = new_phone(), await self.school()
        number = await teacher(self.gateway, phone, school=school, state=state)
        if of_admin:
            await run(
                self.gateway,
                "INSERT INTO staff_grant (person_id, role, school_id) VALUES ($1, 'SCHOOL_ADMIN', $2)",
                await self.gateway.person(phone),
                school,
            )
        return str(global_id("TeachingRecord", number))

    async def new_school(self) -> str:
        """A school that nobody knows, in the place's county."""
        name = f"行知{secrets.token_hex(4)}学校"
        number: int = await value(
            self.gateway,
            "INSERT INTO school (county_id, name, normalised_name, stage) VALUES ($1, $2, $2, 'PRIMARY') RETURNING id",
            await self.county(),
            name,
        )
        return str(global_id("School", number))


Preparation = Callable[[Ground], Awaitable[Tried]]


@dataclass(frozen=True)
class Act:
    """One row of the matrix: who may, by place; everybody else is told `otherwise`.

    `learners_only`: whose identity is another learns of that before anything else. `also` holds refusals that
    come after the permission: who sees one of them was let through.
    """

    prepare: Preparation
    allowed: dict[str, frozenset[str]]
    otherwise: str = "NOT_FOUND"
    also: frozenset[str] = frozenset()
    anonymous: str = "UNAUTHENTICATED"
    learners_only: bool = False

    def wanted(self, role: str, place: str) -> str:
        """What a role is told."""
        if role in self.allowed[place]:
            return DONE
        return "IDENTITY_NOT_TEACHER" if self.learners_only and role not in TEACHERS else self.otherwise


def new_phone() -> str:
    return f"+86188{secrets.randbelow(10**8):08d}"


async def outcome(gateway: Gateway, tried: Tried, token: str | None) -> str:
    """What the gateway says: DONE, or the code of its first refusal."""
    document, variables = tried
    text = operations.by_file()[document]
    if text.startswith("subscription"):
        answer = await first_event(gateway, text, variables, token)
    else:
        answer = await gateway.execute(text, variables, token)
    for error in answer.get("errors", ()):
        return str(error["extensions"]["code"])
    for field in answer["data"].values():
        if isinstance(field, dict):
            said = [*field.get("userErrors", ())]
            if said:
                return str(said[0]["code"])
    return DONE
