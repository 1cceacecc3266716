"""The named people as a table, for who wants to sign in as one of them."""

from dataclasses import dataclass

from mobile_gateway.demo.people import Person, named_people
from mobile_gateway.demo.schools import schools
from mobile_gateway.rules.words import Identity


@dataclass(frozen=True, slots=True)
class Named:
    """A row of the table. `phone` is None where the school, the student number and the password sign in."""

    key: str
    phone: str | None
    signs_in_with: str
    identity: Identity
    shows: str


def named() -> list[Named]:
    """Answer the named people in their order; equal at every call."""
    names = {school.key: school.name for school in schools()}
    return [
        Named(one.key, one.phone, one.phone or _by_number(one, names), one.identity, one.shows)
        for one in named_people()
    ]


def _by_number(one: Person, names: dict[str, str]) -> str:
    assert one.student is not None  # who has no phone has a student number
    return f"{names[one.student.school]}, {one.student.number}, {one.student.password}"
