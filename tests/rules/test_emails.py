import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import emails
from mobile_gateway.rules.emails import EmailFault, Malformed

LONGEST_LOCAL = "a" * 64
LONGEST_DOMAIN = ".".join(["b" * 61] * 3) + ".cn"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("teacher@example.cn", "teacher@example.cn"),
        (" Teacher.One+x@Example.COM　", "Teacher.One+x@example.com"),
        ("ｔｅａｃｈｅｒ＠ｅｘａｍｐｌｅ．ｃｎ", "teacher@example.cn"),
        ("teacher@example。cn", "teacher@example.cn"),
        ("o'neil_{x}@xn--fiqs8s.xn--fiqs8s", "o'neil_{x}@xn--fiqs8s.xn--fiqs8s"),
        ("1@2.a3", "1@2.a3"),
        (f"{LONGEST_LOCAL}@{LONGEST_DOMAIN}", f"{LONGEST_LOCAL}@{LONGEST_DOMAIN}"),
    ],
)
def test_spellings_of_an_address_are_read(text: str, address: str) -> None:
    assert emails.parse(text) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", EmailFault.EMPTY),
        (" 　", EmailFault.EMPTY),
        (f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.efghijk", EmailFault.TOO_LONG),
        ("a" * 100_000, EmailFault.TOO_LONG),
        (f"{'a' * 65}@example.cn", EmailFault.BAD_FORMAT),
        (f"a@{'b' * 64}.cn", EmailFault.BAD_FORMAT),
        ("教师@example.cn", EmailFault.BAD_CHARACTER),
        ("a@例子.中国", EmailFault.BAD_CHARACTER),
        ("a b@example.cn", EmailFault.BAD_CHARACTER),
        ("a\x00@example.cn", EmailFault.BAD_CHARACTER),
        ("a\n@example.cn", EmailFault.BAD_CHARACTER),
        ("a@example.cn\r\nBcc: b@example.cn", EmailFault.BAD_CHARACTER),
        ("\u202ea@example.cn", EmailFault.BAD_CHARACTER),
        ("a\ud800@example.cn", EmailFault.BAD_CHARACTER),
        ("a@b@example.cn", EmailFault.BAD_FORMAT),
        ("example.cn", EmailFault.BAD_FORMAT),
        ("@example.cn", EmailFault.BAD_FORMAT),
        ("a@", EmailFault.BAD_FORMAT),
        ("a@localhost", EmailFault.BAD_FORMAT),
        ("a@127.0.0.1", EmailFault.BAD_FORMAT),
        ("a@[127.0.0.1]", EmailFault.BAD_FORMAT),
        ("a@-b.cn", EmailFault.BAD_FORMAT),
        ("a@b-.cn", EmailFault.BAD_FORMAT),
        ("a@b..cn", EmailFault.BAD_FORMAT),
        ("a@b.c", EmailFault.BAD_FORMAT),
        (".a@example.cn", EmailFault.BAD_FORMAT),
        ("a..b@example.cn", EmailFault.BAD_FORMAT),
        ('"a b"@example.cn', EmailFault.BAD_CHARACTER),
        ('"a"@example.cn', EmailFault.BAD_FORMAT),
        ("<a@example.cn>", EmailFault.BAD_FORMAT),
        ("a,b@example.cn", EmailFault.BAD_FORMAT),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text: str, reason: EmailFault) -> None:
    assert emails.parse(text) == Malformed(reason)


@given(st.text(max_size=300))
def test_whatever_is_read_is_ascii_short_and_read_again_as_itself(text: str) -> None:
    found = emails.parse(text)
    if isinstance(found, str):
        assert found.isascii()
        assert len(found) <= emails.LONGEST
        assert found.count("@") == 1
        assert emails.parse(found) == found
