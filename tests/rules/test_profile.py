from datetime import date

import pytest

from mobile_gateway.messages import reasons
from mobile_gateway.rules import documents_of_identity as documents
from mobile_gateway.rules import profile
from mobile_gateway.rules.documents_of_identity import Document, DocumentFault, DocumentType
from mobile_gateway.rules.enrolment import Candidate
from mobile_gateway.rules.profile import Edit, Given
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.texts import TextFault
from mobile_gateway.rules.words import Gender, Identity, ProfileField, RecordState

TODAY = date(2024, 8, 20)


def test_only_what_is_given_is_edited() -> None:
    assert profile.edit({}, TODAY) == Edit()
    given: Given = {"name": " 张三 ", "gender": None, "email": "A@B.CN", "phone": None}
    assert profile.edit(given, TODAY) == Edit({"name": "张三", "gender": None, "email": "A@b.cn"})
    assert profile.edit({"gender": Gender.MALE, "email": None}, TODAY) == Edit(
        {"gender": "MALE", "email": None}
    )
    document = Document(DocumentType.PASSPORT, "E12345678")
    read = profile.edit({"document_type": DocumentType.PASSPORT, "document_number": "e1234 5678"}, TODAY)
    assert read == Edit({}, document)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"phone": ""}, Refusal(RefusalCode.PHONE_NOT_EDITABLE, ("phone",))),
        ({"name": None}, Refusal(RefusalCode.NAME_INVALID, ("name",), {"why": "EMPTY"})),
        ({"email": " "}, Refusal(RefusalCode.EMAIL_INVALID, ("email",))),
        (
            {"document_type": DocumentType.PASSPORT},
            Refusal(RefusalCode.ID_NUMBER_INVALID, ("documentNumber",), {"why": "INCOMPLETE"}),
        ),
        (
            {"document_type": None, "document_number": "E12345678"},
            Refusal(RefusalCode.ID_NUMBER_INVALID, ("documentType",), {"why": "INCOMPLETE"}),
        ),
    ],
)
def test_the_first_wrong_field_is_named(given: Given, refusal: Refusal) -> None:
    assert profile.edit(given, TODAY) == refusal


def test_the_document_is_locked_by_any_approved_record() -> None:
    phone, document = ProfileField.PHONE, ProfileField.IDENTITY_DOCUMENT
    assert profile.locked([]) == profile.locked([RecordState.PENDING, RecordState.REJECTED]) == (phone,)
    assert profile.locked([RecordState.PENDING, RecordState.APPROVED]) == (phone, document)


def test_what_is_missing_is_told_in_the_words_of_the_profile() -> None:
    nobody = Candidate(
        Identity.TEACHER, has_name=False, has_document=False, primary_state=None, primary_stage=None
    )
    assert profile.missing(nobody) == (
        ProfileField.NAME,
        ProfileField.IDENTITY_DOCUMENT,
        ProfileField.PRIMARY_TEACHING_RECORD,
    )


def test_each_fault_of_a_name_or_number_has_its_clause_in_both_languages() -> None:
    words = [(RefusalCode.ID_NUMBER_INVALID, str(fault)) for fault in DocumentFault]
    words += [
        (RefusalCode.NAME_INVALID, str(fault)) for fault in TextFault if fault is not TextFault.TOO_SHORT
    ]
    for code, why in words:
        chinese, english = (reasons.text(code, why, locale) for locale in ("zh-CN", "en"))
        assert why not in {chinese, english}
        assert chinese != english


def test_a_why_that_is_no_word_is_shown_as_it_is() -> None:
    shown = reasons.text(RefusalCode.BAD_USER_INPUT, "first: {1}–50", "en")
    assert shown.format(why="", most="") == "first: {1}–50"


def test_a_kept_end_is_masked_as_the_full_number_where_the_length_is_known() -> None:
    number = "11010519491231002X"
    assert documents.masked(DocumentType.MAINLAND_ID, documents.last_four(number)) == documents.mask(number)
    assert documents.masked(DocumentType.PASSPORT, "5678") == "****5678"
