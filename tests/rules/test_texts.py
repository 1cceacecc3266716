import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import texts
from mobile_gateway.rules.texts import TextFault, Unclean

FORBIDDEN = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    "\ud800",
    "\udfff",
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *"\u200b\u2060\ufeff\u2028\u2029\u00ad\u3164\ufff9",
    "\ufffe",
    "\uffff",
    "\ufdd0",
    "\U0010ffff",
    "\U000e0041",
]
HOSTILE = {
    "": TextFault.EMPTY,
    "   ": TextFault.EMPTY,
    "\u3000": TextFault.EMPTY,
    "张3": TextFault.FORBIDDEN_CHARACTER,
    "Robert'); DROP TABLE Students;--": TextFault.FORBIDDEN_CHARACTER,
    "<script>": TextFault.FORBIDDEN_CHARACTER,
    "{{7*7}}": TextFault.FORBIDDEN_CHARACTER,
    "=cmd": TextFault.FORBIDDEN_CHARACTER,
    "张\n三": TextFault.FORBIDDEN_CHARACTER,
    "张三\x00": TextFault.FORBIDDEN_CHARACTER,
    "张\u202e三": TextFault.FORBIDDEN_CHARACTER,
    "张\ud842三": TextFault.FORBIDDEN_CHARACTER,
    "张\ufe00三": TextFault.FORBIDDEN_CHARACTER,
    "张\U000e0100三": TextFault.FORBIDDEN_CHARACTER,
    "\ue000": TextFault.FORBIDDEN_CHARACTER,
    "😀": TextFault.FORBIDDEN_CHARACTER,
    "*": TextFault.FORBIDDEN_CHARACTER,
    "⼤": TextFault.FORBIDDEN_CHARACTER,
    "\u3164": TextFault.FORBIDDEN_CHARACTER,
    "\U0002ffff": TextFault.FORBIDDEN_CHARACTER,
    "张\u200d三": TextFault.MISPLACED_MARK,
    "A\u200cB": TextFault.MISPLACED_MARK,
    "م\u200c": TextFault.MISPLACED_MARK,
    "·": TextFault.MISPLACED_MARK,
    "·张": TextFault.MISPLACED_MARK,
    "张·": TextFault.MISPLACED_MARK,
    "买买提··艾力": TextFault.MISPLACED_MARK,
    "-a": TextFault.MISPLACED_MARK,
    "a-": TextFault.MISPLACED_MARK,
    "a--b": TextFault.MISPLACED_MARK,
    "..": TextFault.MISPLACED_MARK,
    "\u0301a": TextFault.MISPLACED_MARK,
    "a" + "\u0300" * 6: TextFault.MISPLACED_MARK,
    "张" * 51: TextFault.TOO_LONG,
}
names = st.text(st.sampled_from("张三𠮷〇éña Öب·•.．-' ᠮ\u0301\u3000"), max_size=60)


@pytest.mark.parametrize("character", FORBIDDEN, ids=lambda character: f"U+{ord(character):04X}")
def test_a_forbidden_character_is_refused_wherever_it_stands(character: str) -> None:
    for position, text in enumerate((f"{character}ab", f"a{character}b", f"ab{character}")):
        refused = Unclean(TextFault.FORBIDDEN_CHARACTER, position)
        assert texts.clean(text, longest=10) == refused
        assert texts.person_name(text) == refused


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  二〇二四　", "二〇二四"),
        ("e\u0301", "é"),
        ("\u1100\u1161", "가"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🏫", "👩\u200d🏫"),
        ("\ue000", "\ue000"),
        ("\u00a0a\u2003b\u00a0", "a\u2003b"),
    ],
)
def test_a_clean_text_is_in_nfc_and_trimmed(text: str, cleaned: str) -> None:
    assert texts.clean(text, longest=50) == cleaned


def test_a_length_is_in_characters_after_normalising() -> None:
    assert texts.clean("𠮷" * 5, longest=5) == "𠮷" * 5
    assert texts.clean("e\u0301" * 5, longest=5) == "é" * 5
    assert texts.clean("𠮷" * 6, longest=5) == Unclean(TextFault.TOO_LONG)
    assert texts.clean(" a ", longest=5, shortest=2) == Unclean(TextFault.TOO_SHORT)
    assert texts.clean("  ", longest=5) == Unclean(TextFault.EMPTY)
    assert texts.clean("  ", longest=5, shortest=0) == ""


def test_lines_may_be_several_where_they_are_asked_for() -> None:
    assert texts.clean("a\r\nb\n\tc\r\n", longest=10, lines=True) == "a\nb\n\tc"
    assert texts.clean("a\rb", longest=10, lines=True) == Unclean(TextFault.FORBIDDEN_CHARACTER, 1)
    assert texts.clean("a\r\n\x00", longest=10, lines=True) == Unclean(TextFault.FORBIDDEN_CHARACTER, 3)
    assert texts.clean("a\nb", longest=10) == Unclean(TextFault.FORBIDDEN_CHARACTER, 1)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("　张三 ", "张三"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("𠮷田", "𠮷田"),
        ("\U000323b0", "\U000323b0"),
        ("\U0002ebf0三", "\U0002ebf0三"),
        ("〇一", "〇一"),
        ("\uf9dd", "利"),
        ("买买提·艾力", "买买提·艾力"),
        *((f"买买提{dot}艾力", "买买提·艾力") for dot in "•‧・･∙⋅᛫․．.\u0387"),
        ("买买提 · 艾力", "买买提·艾力"),
        ("买买提 ． 艾力", "买买提·艾力"),
        ("Anna  Maria O'Neil-Smith", "Anna Maria O'Neil-Smith"),
        ("J. R. Smith Jr.", "J. R. Smith Jr."),
        ("'t Hooft", "'t Hooft"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("محمد", "محمد"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("བསྟན་འཛིན".replace("་", " "), "བསྟན འཛིན"),
        ("ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ"),
        ("김\u00a0민수", "김 민수"),
        ("张" * 50, "张" * 50),
    ],
)
def test_names_of_every_script_are_kept_in_one_spelling(text: str, name: str) -> None:
    assert texts.person_name(text) == name


@pytest.mark.parametrize(("text", "reason"), HOSTILE.items(), ids=lambda value: ascii(value)[:30])
def test_what_is_no_name_says_why(text: str, reason: TextFault) -> None:
    found = texts.person_name(text)
    assert isinstance(found, Unclean)
    assert found.reason is reason


@given(st.one_of(names, st.text()))
def test_a_name_that_was_read_reads_the_same_again(text: str) -> None:
    found = texts.person_name(text)
    if isinstance(found, str):
        assert texts.person_name(found) == found
        assert unicodedata.is_normalized("NFC", found)
        assert 1 <= len(found) <= texts.NAME_LIMIT


@given(st.text())
def test_a_text_that_was_cleaned_is_clean(text: str) -> None:
    found = texts.clean(text, longest=40)
    assert isinstance(found, Unclean) or texts.clean(found, longest=40) == found


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张", "*"),
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("欧阳小三", "欧**三"),
        ("买买提·艾力", "买*提·艾*"),
        ("阿卜杜拉·买买提·艾", "阿**拉·买*提·*"),
        ("Anna Lee", "A**a L*e"),
        ("𠮷田", "𠮷*"),
        ("བསྟན", "བ*ན"),
        ("སྟན", "སྟ*"),
        ("", ""),
    ],
)
def test_a_mask_hides_what_lies_between(name: str, masked: str) -> None:
    assert texts.mask_name(name) == masked


@given(names)
def test_every_part_of_a_masked_name_hides_a_character(text: str) -> None:
    name = texts.person_name(text)
    if isinstance(name, str):
        assert all("*" in part for part in texts.mask_name(name).replace("·", " ").split(" "))
