"""People, their teaching records, staff roles and devices, as rows of their tables."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from mobile_gateway import seals
from mobile_gateway.demo.people import Person, TeachingRecord
from mobile_gateway.demo.rows import Numbers, Row
from mobile_gateway.demo.schools import School
from mobile_gateway.reads.snapshots import DOCUMENT_COLUMN
from mobile_gateway.rules import documents_of_identity, phones
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.words import DeviceState, PushProviderName, RecordState

SUBMITTED_BEFORE = timedelta(days=30)
DECIDED_BEFORE = timedelta(days=20)
LEFT_BEFORE = timedelta(days=5)
BETWEEN_SUBMISSIONS = timedelta(minutes=7)


def person(
    people: Sequence[Person],
    ids: Numbers,
    schools: Numbers,
    *,
    keyring: seals.Keyring,
    hashes: Mapping[str, str],
    today: date,
) -> list[Row]:
    """Rows of `person`; `hashes` has the hash of each password.

    Raises:
        ValueError: a phone or an identity number is malformed.
    """
    return [
        {
            "id": ids[one.key],
            "identity": one.identity,
            "phone": None if one.phone is None else _e164(one.phone),
            "student_school_id": None if one.student is None else schools[one.student.school],
            "student_number": None if one.student is None else one.student.number,
            "password_hash": None if one.student is None else hashes[one.student.password],
            "name": one.name,
            "gender": one.gender,
            "email": one.email,
            "locale": one.devices[0].locale if one.devices else "zh-CN",
            **_document(one.id_number, ids[one.key], keyring, today),
        }
        for one in people
    ]


def _e164(text: str) -> str:
    phone = phones.parse(text)
    if not isinstance(phone, str):
        raise ValueError(f"a phone of the demo is malformed: {phone.reason}")  # noqa: TRY004 - the value is wrong
    return phone


def _document(number: str | None, owner: int, keyring: seals.Keyring, today: date) -> Row:
    if number is None:
        return dict.fromkeys(("document_type", "document_sealed", "document_index", "document_last4"))
    document = documents_of_identity.parse(DocumentType.MAINLAND_ID, number, today)
    if isinstance(document, documents_of_identity.Malformed):
        raise ValueError(f"an identity number of the demo is malformed: {document.reason}")  # noqa: TRY004 - as above
    return {
        "document_type": document.type,
        "document_sealed": seals.seal(keyring, document.number, column=DOCUMENT_COLUMN, owner=owner),
        "document_index": seals.blind_index(keyring, document.unique_text, DOCUMENT_COLUMN),
        "document_last4": documents_of_identity.last_four(document.number),
    }


def teaching_record(
    people: Sequence[Person], schools: Sequence[School], ids: Numbers, school_ids: Numbers, *, now: datetime
) -> list[Row]:
    """Rows of `teaching_record`: handed in, decided and left in this order, all before `now`.

    The school's admin has decided, and about that admin the county's; nobody is named where there is none.
    """
    by_school, by_county = _deciders(people)
    counties = {school.key: school.county for school in schools}
    rows: list[Row] = []
    for one in people:
        for record in one.records:
            decider = by_school.get(record.school)
            if decider == one.key:
                decider = by_county.get(counties[record.school])
            rows.append(
                {
                    "person_id": ids[one.key],
                    "school_id": school_ids[record.school],
                    "is_primary": record.primary,
                    "teaching_stage": record.stage,
                    "subject": record.subject,
                    "grade": record.grade,
                    "reason": record.reason,
                    "submitted_at": now - SUBMITTED_BEFORE - len(rows) * BETWEEN_SUBMISSIONS,
                    **_state(record, None if decider is None else ids[decider], now),
                }
            )
    return rows


def _deciders(people: Sequence[Person]) -> tuple[dict[str, str], dict[str, str]]:
    """The admin of each school, and of each county."""
    grants = [(one.key, grant) for one in people for grant in one.staff]
    return (
        {grant.school: key for key, grant in grants if grant.school is not None},
        {grant.county: key for key, grant in grants if grant.county is not None},
    )


def _state(record: TeachingRecord, decider: int | None, now: datetime) -> Row:
    # Who was removed had been approved; who withdrew had not been decided about.
    decided = record.state in {RecordState.APPROVED, RecordState.REJECTED, RecordState.REMOVED}
    left = record.state in {RecordState.REMOVED, RecordState.WITHDRAWN}
    return {
        "state": record.state,
        "decided_by_id": decider if decided else None,
        "decided_at": now - DECIDED_BEFORE if decided else None,
        "left_at": now - LEFT_BEFORE if left else None,
    }


def staff_grant(people: Sequence[Person], ids: Numbers, schools: Numbers) -> list[Row]:
    """Rows of `staff_grant`."""
    return [
        {
            "person_id": ids[one.key],
            "role": grant.role,
            "school_id": None if grant.school is None else schools[grant.school],
            "county_id": None if grant.county is None else int(grant.county),
        }
        for one in people
        for grant in one.staff
    ]


def device(people: Sequence[Person], ids: Numbers) -> list[Row]:
    """Rows of `device`: all ACTIVE, with tokens that no provider knows."""
    return list(_devices(people, ids))


def _devices(people: Sequence[Person], ids: Numbers) -> Iterator[Row]:
    for one in people:
        for held in one.devices:
            yield {
                "person_id": ids[one.key],
                "provider": PushProviderName.FCM,
                "platform": held.platform,
                "token": held.token,
                "token_hash": hashlib.sha256(held.token.encode()).digest(),
                "locale": held.locale,
                "state": DeviceState.ACTIVE,
            }
