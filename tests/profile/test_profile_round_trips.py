"""Generated names, numbers and addresses through the API and back."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import Gateway
from mobile_gateway.rules import documents_of_identity as documents
from mobile_gateway.rules import texts
from teachers import Teacher, change, refusals, teacher

API = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)

numbers = st.builds(
    documents.make_mainland,
    st.sampled_from(sorted(documents.PROVINCES)),
    st.dates(date(1900, 1, 1), date(2024, 8, 19)),
    st.integers(0, 999),
)
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12)
latin = st.text("abcdefgzéñüABCD", min_size=1, max_size=12)
names = st.one_of(
    han,
    st.lists(han, min_size=2, max_size=3).map("·".join),
    st.lists(latin, min_size=1, max_size=3).map(" ".join),
)
atoms = st.text("abcXYZ019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=12)
addresses = st.builds(
    lambda local, domain: f"{'.'.join(local)}@{'.'.join(domain)}.cn",
    st.lists(atoms, min_size=1, max_size=3),
    st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), min_size=1, max_size=3),
)


async def somebody(gateway: Gateway) -> Teacher:
    """The same person for each example, as just registered; the quota of changes is forgotten."""
    await gateway.resources.queue.flushall()
    await change(
        gateway,
        "INSERT INTO person (identity, phone) VALUES ('TEACHER', '+8618800000001') ON CONFLICT DO NOTHING",
    )
    return await teacher(gateway, "+8618800000001")


@given(numbers)
@API
async def test_every_well_formed_number_is_taken_and_only_its_end_comes_back(
    gateway: Gateway, number: str
) -> None:
    who = await somebody(gateway)
    payload = await who.edit(documentType="MAINLAND_ID", documentNumber=number)
    assert payload["userErrors"] == []
    assert payload["viewer"]["documentNumber"] == "*" * 14 + number[-4:]


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
@API
async def test_a_number_with_any_one_character_changed_is_refused(
    gateway: Gateway, number: str, place: int, other: str
) -> None:
    who = await somebody(gateway)
    wrong = number[:place] + other + number[place + 1 :]
    payload = await who.edit(documentType="MAINLAND_ID", documentNumber=wrong)
    expected = [] if wrong == number else [("ID_NUMBER_INVALID", ["documentNumber"])]
    assert refusals(payload) == expected


@given(names)
@API
async def test_a_name_comes_back_as_it_will_be_printed(gateway: Gateway, name: str) -> None:
    clean = texts.person_name(name)
    assert isinstance(clean, str)
    who = await somebody(gateway)
    assert (await who.edit(name=f"  {name} "))["viewer"]["name"] == clean
    assert (await who.edit(name=clean))["viewer"]["name"] == clean, "reading it again changes nothing"


@given(addresses)
@API
async def test_an_address_comes_back_as_it_was_given(gateway: Gateway, address: str) -> None:
    who = await somebody(gateway)
    assert (await who.edit(email=address))["viewer"]["email"] == address


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True) | st.text(max_size=20))
@API
async def test_no_phone_is_taken_by_an_edit(gateway: Gateway, phone: str) -> None:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in phone):
        return
    who = await somebody(gateway)
    payload = await who.edit(name="示例", phone=phone)
    assert refusals(payload) == [("PHONE_NOT_EDITABLE", ["phone"])]
    assert (await who.profile())["phone"] == "188****0001"
