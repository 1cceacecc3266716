"""What people write about themselves, and what of it is locked (PRODUCT.md §6, manual questions 1 and 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypedDict

from mobile_gateway.rules import documents_of_identity, emails, texts
from mobile_gateway.rules.documents_of_identity import Document, DocumentType
from mobile_gateway.rules.enrolment import Candidate
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Gender, ProfileField, RecordState

LONGEST_REASON: Final = 200
"""The longest reason of looking at a full number, in characters."""

_MISSING = {
    "name": ProfileField.NAME,
    "identityDocument": ProfileField.IDENTITY_DOCUMENT,
    "primaryTeachingRecord": ProfileField.PRIMARY_TEACHING_RECORD,
}


class Given(TypedDict, total=False):
    """What a person sends of a profile: an absent key leaves the field as it is, None asks to clear it."""

    phone: str | None
    name: str | None
    gender: Gender | None
    document_type: DocumentType | None
    document_number: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be written. `plain` has the columns name, gender and email as far as they were given."""

    plain: Mapping[str, str | None] = field(default_factory=dict)
    document: Document | None = None


def edit(given: Given, today: date) -> Edit | Refusal:
    """What was given, read and checked; or the first thing wrong with it.

    Gender and e-mail may be cleared; a name and a document can only be replaced, since enrolment and
    certificates stand on them. Document type and number go together. `today` is the domain's date.

    Refusals: PHONE_NOT_EDITABLE, NAME_INVALID, ID_NUMBER_INVALID, EMAIL_INVALID.
    """
    if given.get("phone") is not None:
        return Refusal(RefusalCode.PHONE_NOT_EDITABLE, ("phone",))
    plain: dict[str, str | None] = {}
    if "name" in given:
        name = texts.person_name(given["name"] or "")
        if isinstance(name, texts.Unclean):
            return Refusal(RefusalCode.NAME_INVALID, ("name",), {"why": name.reason})
        plain["name"] = name
    if "gender" in given:
        plain["gender"] = given["gender"]
    if "email" in given:
        email = given["email"] and emails.parse(given["email"])
        if isinstance(email, emails.Malformed):
            return Refusal(RefusalCode.EMAIL_INVALID, ("email",))
        plain["email"] = email or None
    document = _document(given, today)
    return document if isinstance(document, Refusal) else Edit(plain, document)


def _document(given: Given, today: date) -> Document | Refusal | None:
    if not {"document_type", "document_number"} & given.keys():
        return None
    kind, number = given.get("document_type"), given.get("document_number")
    if kind is None or number is None:
        path = "documentType" if kind is None else "documentNumber"
        return Refusal(RefusalCode.ID_NUMBER_INVALID, (path,), {"why": "INCOMPLETE"})
    document = documents_of_identity.parse(kind, number, today)
    if isinstance(document, documents_of_identity.Malformed):
        return Refusal(RefusalCode.ID_NUMBER_INVALID, ("documentNumber",), {"why": document.reason})
    return document


def locked(states: Collection[RecordState]) -> tuple[ProfileField, ...]:
    """Fields that an edit refuses: the phone always, the document while a teaching record is APPROVED."""
    if RecordState.APPROVED in states:
        return (ProfileField.PHONE, ProfileField.IDENTITY_DOCUMENT)
    return (ProfileField.PHONE,)


def missing(who: Candidate) -> tuple[ProfileField, ...]:
    """What enrolling needs and is not there; the same that PROFILE_INCOMPLETE names."""
    return tuple(_MISSING[name] for name in who.missing_fields())
