import re
from collections import Counter
from datetime import date
from importlib.resources import files

import pytest

from mobile_gateway.demo.crowd import ROSTER_SCHOOL, people
from mobile_gateway.demo.people import FIRST_PHONE, Person, id_number, named_people
from mobile_gateway.demo.regions import regions
from mobile_gateway.demo.schools import schools
from mobile_gateway.rules.words import StaffRole

ACTIVE = {"PENDING", "APPROVED", "REJECTED"}


@pytest.fixture(name="everybody", scope="module")
def _everybody() -> list[Person]:
    return people()


def _passes_iso_7064(number: str) -> bool:
    """Check as ISO 7064 MOD 11-2 states it, from left to right: another way than the demo's own."""
    rest = 0
    for character in number:
        rest = (2 * rest + (10 if character == "X" else int(character))) % 11
    return rest == 1


def test_the_independent_check_knows_a_valid_number_from_an_invalid_one() -> None:
    assert _passes_iso_7064("11010519491231002X")
    assert not _passes_iso_7064("110105194912310021")
    assert not _passes_iso_7064("11010519491213002X")


def test_every_identity_number_has_a_valid_check_character(everybody: list[Person]) -> None:
    numbers = [person.id_number for person in everybody if person.id_number]
    assert len(numbers) >= 240
    assert all(re.fullmatch(r"\d{17}[\dX]", number) and _passes_iso_7064(number) for number in numbers)
    assert any(number.endswith("X") for number in numbers)


def test_an_identity_number_agrees_with_province_birth_and_gender(everybody: list[Person]) -> None:
    provinces = {region.code for region in regions() if region.level == "PROVINCE"}
    for person in everybody:
        if person.id_number is None:
            continue
        assert person.id_number[:6] in provinces
        assert person.born is not None
        assert person.id_number[6:14] == f"{person.born:%Y%m%d}"
        assert date(1960, 1, 1) < person.born < date(2017, 1, 1)
        assert int(person.id_number[16]) % 2 == (person.gender == "MALE")


def test_an_identity_number_carries_the_sequence_it_was_given() -> None:
    assert id_number("11", date(1949, 12, 31), 1, "FEMALE")[:17] == "11000019491231002"


def test_phones_identity_numbers_keys_tokens_and_mails_are_unique(everybody: list[Person]) -> None:
    for values in (
        [person.key for person in everybody],
        [person.phone for person in everybody if person.phone],
        [person.id_number for person in everybody if person.id_number],
        [person.email for person in everybody if person.email],
        [device.token for person in everybody for device in person.devices],
    ):
        assert len(set(values)) == len(values) > 30


def test_phones_are_mobile_numbers_of_the_invented_block(everybody: list[Person]) -> None:
    phones = [int(person.phone) for person in everybody if person.phone]
    assert all(FIRST_PHONE <= phone < FIRST_PHONE + 999 for phone in phones)


def test_the_named_people_stand_first_with_phones_in_their_order(everybody: list[Person]) -> None:
    named = named_people()
    assert everybody[: len(named)] == named
    for sequence, person in enumerate(named):
        assert person.phone in {None, str(FIRST_PHONE + sequence)}


def test_the_table_of_the_named_people_tells_each_ones_login_and_situation() -> None:
    table = files("mobile_gateway.demo").joinpath("data/README.md").read_text("utf-8")
    rows = {tuple(line.strip("| ").split(" | ")) for line in table.splitlines() if line.startswith("| `")}
    found = {row[0]: row for row in rows}
    for person in named_people():
        _, login, identity, shows = found[f"`{person.key}`"]
        student = person.student
        assert student or person.phone
        by_number = f"{student.school}, {student.number}, `{student.password}`" if student else None
        assert login in {person.phone, by_number}
        assert (identity, shows) == (person.identity, person.shows)


def test_every_identity_and_every_staff_role_is_there(everybody: list[Person]) -> None:
    assert set(Counter(person.identity for person in everybody)) == {"TEACHER", "STUDENT", "PARENT"}
    roles = Counter(grant.role for person in everybody for grant in person.staff)
    assert set(roles) == set(StaffRole)
    assert roles[StaffRole.PLATFORM_ADMIN] == 2


def test_a_staff_role_has_the_scope_of_its_kind(everybody: list[Person]) -> None:
    active = {school.key for school in schools() if school.merged_into is None}
    counties = {region.code for region in regions() if region.level == "COUNTY"}
    for grant in (grant for person in everybody for grant in person.staff):
        assert (grant.school in active) == (grant.role == "SCHOOL_ADMIN")
        assert (grant.county in counties) == (grant.role == "COUNTY_ADMIN")


def test_a_school_admin_is_an_approved_teacher_of_that_school(everybody: list[Person]) -> None:
    for person in everybody:
        for grant in person.staff:
            if grant.role == "SCHOOL_ADMIN":
                assert (grant.school, "APPROVED") in {
                    (record.school, record.state) for record in person.records
                }


def test_every_school_with_teachers_of_the_crowd_has_an_admin(everybody: list[Person]) -> None:
    crowd = everybody[len(named_people()) :]
    taught = {record.school for person in crowd for record in person.records}
    governed = {grant.school for person in everybody for grant in person.staff}
    assert taught <= governed


def test_records_are_one_per_school_and_one_of_the_active_is_primary(everybody: list[Person]) -> None:
    active = {school.key for school in schools() if school.merged_into is None}
    for person in everybody:
        held = [record.school for record in person.records]
        assert len(set(held)) == len(held)
        assert set(held) <= active
        assert not held or person.identity == "TEACHER"
        primary = [record for record in person.records if record.primary]
        assert len(primary) == any(record.state in ACTIVE for record in person.records)
        assert all(record.state in ACTIVE for record in primary)


def test_only_a_rejected_record_has_a_reason(everybody: list[Person]) -> None:
    for record in (record for person in everybody for record in person.records):
        assert bool(record.reason) == (record.state == "REJECTED")


def test_everybody_can_sign_in_and_student_numbers_are_unique_in_a_school(everybody: list[Person]) -> None:
    assert all(person.phone or person.student for person in everybody)
    logins = [(p.student.school, p.student.number) for p in everybody if p.student]
    assert len(set(logins)) == len(logins) > 20
    assert all(person.identity == "STUDENT" for person in everybody if person.student)


def test_who_has_no_phone_has_no_device(everybody: list[Person]) -> None:
    assert not any(person.devices for person in everybody if person.phone is None)


def test_the_roster_school_has_many_teachers_in_several_states(everybody: list[Person]) -> None:
    states = Counter(r.state for person in everybody for r in person.records if r.school == ROSTER_SCHOOL)
    assert states.total() >= 40
    assert {"APPROVED", "PENDING", "REJECTED"} <= set(states)


def test_the_named_situations_are_what_they_say() -> None:
    known = {person.key: person for person in named_people()}
    stages = {school.key: school.stage for school in schools()}
    ready = known["teacher-ready"].records[0]
    assert (ready.state, ready.primary, stages[ready.school]) == ("APPROVED", True, "PRIMARY")
    assert known["teacher-pending"].records[0].state == "PENDING"
    assert known["teacher-rejected"].records[0].state == "REJECTED"
    assert stages[known["teacher-vocational"].records[0].school] == "SECONDARY_VOCATIONAL"
    assert stages[known["teacher-wrong-stage"].records[0].school] == "SECONDARY_VOCATIONAL"
    assert known["teacher-incomplete"].id_number is None
    assert len(known["teacher-two-schools"].records) == 2
    assert known["student-number"].phone is None
    assert known["student-phone"].phone is not None


def test_two_calls_answer_equal_people(everybody: list[Person]) -> None:
    assert people() == everybody
