"""Invented people of every identity and staff role, with valid identity numbers and phones of a valid shape.

Source: `data/people.toml` for the named ones (`shows` tells what each is for, as does `data/README.md`);
the others are drawn by `crowd`. All names are invented.
"""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Literal

import msgspec

from mobile_gateway.rules import documents_of_identity
from mobile_gateway.rules.words import Identity, Platform, RecordState, StaffRole

Gender = Literal["FEMALE", "MALE"]
Locale = Literal["zh-CN", "en"]
TeachingStage = Literal[
    "KINDERGARTEN", "PRIMARY", "JUNIOR_HIGH", "SENIOR_HIGH", "SPECIAL", "SECONDARY_VOCATIONAL", "HIGHER"
]

STUDENT_PASSWORD = "Demo-Xuexi-2024"  # noqa: S105 - invented, documented, and only ever a demo's
FIRST_PHONE = 19900000001


@dataclass(frozen=True, slots=True)
class TeachingRecord:
    """A person's place at a school (its key), with the verification's state; `reason` belongs to REJECTED."""

    school: str
    stage: TeachingStage
    subject: str
    grade: str
    state: RecordState
    reason: str | None = None
    primary: bool = False


@dataclass(frozen=True, slots=True)
class StaffGrant:
    """A staff role; its scope is a school (key), a county (region code), or neither: the whole platform."""

    role: StaffRole
    school: str | None = None
    county: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that receives pushes; tokens are invented and no provider knows them."""

    platform: Platform
    token: str
    locale: Locale = "zh-CN"


@dataclass(frozen=True, slots=True)
class StudentLogin:
    """A student's school (key), number and password; the number is unique in its school."""

    school: str
    number: str
    password: str = STUDENT_PASSWORD


@dataclass(frozen=True, slots=True)
class Person:
    """One account. A student number's holder may have no phone; an incomplete profile has no identity number.

    `id_number` is a mainland ID (GB 11643, 18 characters); `born` and `gender` agree with it. At most one
    record is primary, and that one is PENDING, APPROVED or REJECTED. `shows` is empty for the crowd.
    """

    key: str
    name: str
    gender: Gender
    identity: Identity
    phone: str | None = None
    id_number: str | None = None
    born: date | None = None
    email: str | None = None
    records: tuple[TeachingRecord, ...] = ()
    staff: tuple[StaffGrant, ...] = ()
    devices: tuple[Device, ...] = ()
    student: StudentLogin | None = None
    shows: str = ""


def id_number(province: str, born: date, sequence: int, gender: Gender) -> str:
    """Answer an 18-character mainland identity number with its GB 11643 check character.

    It begins with the province's own code (`110000`), under which no county issues numbers: it is nobody's.
    `sequence` counts people (0 to 499); the last digit of the sequence code is odd for men, even for women.
    """
    order = 2 * sequence + (gender == "MALE")
    return documents_of_identity.make_mainland(f"{province}0000", born, order)


def phone(sequence: int) -> str:
    """Answer the phone of the person with that number, counted from 1: `19900000001` onwards."""
    return str(FIRST_PHONE + sequence - 1)


def named_people() -> list[Person]:
    """Answer the people of the demo's situations, in the order of their table; equal at every call."""
    text = files(__package__).joinpath("data/people.toml").read_text("utf-8")
    found = []
    for sequence, row in enumerate(msgspec.toml.decode(text)["people"], start=1):
        province = row.pop("province", None)
        if province:
            row["id_number"] = id_number(province, row["born"], sequence, row["gender"])
        found.append(msgspec.convert(row, Person))
    return found
