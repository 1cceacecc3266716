from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import documents_of_identity as documents
from mobile_gateway.rules.documents_of_identity import Document, DocumentFault, DocumentType, Malformed

TODAY = date(2024, 8, 1)
VALID = "11010519491231002X"

birthdays = st.dates(date(1900, 1, 1), TODAY - timedelta(days=1))
mainland = st.builds(
    documents.make_mainland, st.sampled_from(sorted(documents.PROVINCES)), birthdays, st.integers(0, 999)
)


def residence(region: str, rest: str = "19900101123") -> str:
    return region + rest + documents.check_character(region + rest)


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        VALID.lower(),
        f" {VALID}　",
        "110105 19491231 002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002ｘ",
    ],
)
def test_the_spellings_of_a_mainland_id_are_one_number(text: str) -> None:
    found = documents.parse(DocumentType.MAINLAND_ID, text, TODAY)
    assert found == Document(DocumentType.MAINLAND_ID, VALID, date(1949, 12, 31))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", DocumentFault.EMPTY),
        (" 　", DocumentFault.EMPTY),
        ("110105491231002", DocumentFault.BAD_LENGTH),
        (VALID + "0", DocumentFault.BAD_LENGTH),
        ("1101051949123100XX", DocumentFault.BAD_CHARACTER),
        ("11010519491231002Y", DocumentFault.BAD_CHARACTER),
        ("11010519491231002\x00", DocumentFault.BAD_CHARACTER),
        ("١١010519491231002X", DocumentFault.BAD_CHARACTER),
        ("11010519491231002\u0425", DocumentFault.BAD_CHARACTER),
        ("11010519491231002\ud800", DocumentFault.BAD_CHARACTER),
        ("²1010519491231002X", DocumentFault.BAD_CHARACTER),
        ("\u202e11010519491231002X", DocumentFault.BAD_CHARACTER),
        ("11010519491231002ß", DocumentFault.BAD_CHARACTER),
        ("00010519491231002X", DocumentFault.UNKNOWN_PROVINCE),
        ("71010519491231002X", DocumentFault.UNKNOWN_PROVINCE),
        ("99010519491231002X", DocumentFault.UNKNOWN_PROVINCE),
        (residence("810000"), DocumentFault.UNKNOWN_PROVINCE),
        ("11010519490230002X", DocumentFault.BAD_DATE),
        ("11010519491331002X", DocumentFault.BAD_DATE),
        ("11010500000101002X", DocumentFault.BAD_DATE),
        ("11010518991231002X", DocumentFault.BAD_DATE),
        ("110105190002290020", DocumentFault.BAD_DATE),
        ("11010520240801002X", DocumentFault.NOT_IN_THE_PAST),
        ("11010599991231002X", DocumentFault.NOT_IN_THE_PAST),
        ("110105194912310021", DocumentFault.BAD_CHECKSUM),
    ],
)
def test_what_is_no_mainland_id_says_why(text: str, reason: DocumentFault) -> None:
    assert documents.parse(DocumentType.MAINLAND_ID, text, TODAY) == Malformed(reason)


def test_a_birthday_is_in_the_past_from_the_next_day_on() -> None:
    number = documents.make_mainland("11", TODAY, 1)
    assert isinstance(documents.parse(DocumentType.MAINLAND_ID, number, TODAY), Malformed)
    assert isinstance(documents.parse(DocumentType.MAINLAND_ID, number, TODAY + timedelta(days=1)), Document)


@given(mainland)
def test_an_invented_number_reads_back(number: str) -> None:
    found = documents.parse(DocumentType.MAINLAND_ID, number, TODAY)
    assert isinstance(found, Document)
    assert found.number == number
    assert f"{found.birthday:%Y%m%d}" == number[6:14]


@given(mainland, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, step: int) -> None:
    digit = str((int(number[place]) + step) % 10)
    wrong = number[:place] + digit + number[place + 1 :]
    assert isinstance(documents.parse(DocumentType.MAINLAND_ID, wrong, TODAY), Malformed)


@given(mainland, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    found = documents.parse(DocumentType.MAINLAND_ID, swapped, TODAY)
    assert swapped == number or isinstance(found, Malformed)


@given(st.sampled_from(DocumentType), st.text())
def test_any_text_is_a_document_or_a_reason_and_reads_the_same_again(kind: DocumentType, text: str) -> None:
    found = documents.parse(kind, text, TODAY)
    assert isinstance(found, Malformed) or documents.parse(kind, found.number, TODAY) == found


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_a_residence_permit_is_a_type_of_its_own(region: str) -> None:
    number = residence(region)
    found = documents.parse(DocumentType.RESIDENCE_PERMIT, number, TODAY)
    assert found == Document(DocumentType.RESIDENCE_PERMIT, number, date(1990, 1, 1))


@pytest.mark.parametrize("number", [VALID, residence("840000"), residence("810101")])
def test_a_number_of_another_region_is_no_residence_permit(number: str) -> None:
    found = documents.parse(DocumentType.RESIDENCE_PERMIT, number, TODAY)
    assert found == Malformed(DocumentFault.UNKNOWN_PROVINCE)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (DocumentType.HK_MACAO_PERMIT, "h12345678", "H12345678"),
        (DocumentType.HK_MACAO_PERMIT, "M1234567801", "M1234567801"),
        (DocumentType.HK_MACAO_PERMIT, "Ｈ１２３４５６７８", "H12345678"),
        (DocumentType.TAIWAN_PERMIT, "12345678", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567890", "1234567890"),
        (DocumentType.TAIWAN_PERMIT, "1234567890（b）", "1234567890(B)"),
        (DocumentType.PASSPORT, "ab 123456", "AB123456"),
        (DocumentType.PASSPORT, "123456789", "123456789"),
        (DocumentType.PASSPORT, "A1234", "A1234"),
    ],
)
def test_the_other_documents_follow_their_own_format(kind: DocumentType, text: str, number: str) -> None:
    assert documents.parse(kind, text, TODAY) == Document(kind, number)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (DocumentType.HK_MACAO_PERMIT, "T12345678"),
        (DocumentType.HK_MACAO_PERMIT, "H123456789"),
        (DocumentType.HK_MACAO_PERMIT, "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567"),
        (DocumentType.TAIWAN_PERMIT, "123456789"),
        (DocumentType.TAIWAN_PERMIT, "12345678(B)"),
        (DocumentType.PASSPORT, "A123"),
        (DocumentType.PASSPORT, "A123456789"),
        (DocumentType.PASSPORT, "ABCDEFGH"),
        (DocumentType.PASSPORT, "A1234<<<"),
        (DocumentType.PASSPORT, "A1234\x00"),
    ],
)
def test_a_number_of_another_form_is_refused(kind: DocumentType, text: str) -> None:
    assert documents.parse(kind, text, TODAY) == Malformed(DocumentFault.BAD_FORMAT)


def test_reissues_of_an_older_permit_are_one_holder() -> None:
    found = [
        documents.parse(DocumentType.HK_MACAO_PERMIT, text, TODAY)
        for text in ("H12345678", "H1234567801", "H1234567802", "M12345678")
    ]
    assert [document.unique_text for document in found if isinstance(document, Document)] == [
        "HK_MACAO_PERMIT:H12345678",
        "HK_MACAO_PERMIT:H12345678",
        "HK_MACAO_PERMIT:H12345678",
        "HK_MACAO_PERMIT:M12345678",
    ]


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (VALID, "**************002X"),
        ("H12345678", "*****5678"),
        ("A1234", "***34"),
        ("AB12345", "****345"),
        ("", ""),
    ],
)
def test_a_mask_shows_the_last_four_and_never_more_than_half(number: str, masked: str) -> None:
    assert documents.mask(number) == masked
    assert masked.endswith(documents.last_four(number))


def test_a_county_may_be_named_and_nonsense_is_not_made() -> None:
    assert documents.make_mainland("110105", date(1949, 12, 31), 2) == VALID
    for prefix, birthday, sequence in (
        ("71", TODAY, 1),
        ("1", TODAY, 1),
        ("11x105", TODAY, 1),
        ("11", date(1899, 1, 1), 1),
        ("11", TODAY, 1000),
        ("11", TODAY, -1),
    ):
        with pytest.raises(ValueError, match=r"17 digits|no mainland province"):
            documents.make_mainland(prefix, birthday, sequence)
