from __future__ import annotations

import pytest

from mobile_gateway.rules import school_names
from mobile_gateway.rules.school_names import Called
from mobile_gateway.rules.texts import Unclean

HAIDIAN = ("北京市", "市辖区", "海淀区")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  中关村第一小学 ", "中关村第一小学"),
        ("北大附中（CBD校区）", "北大附中（CBD校区）"),
        ("101中学", "101中学"),
        ("名" * 100, "名" * 100),
    ],
)
def test_a_name_is_kept_as_written_but_for_the_space_around_it(given: str, kept: str) -> None:
    assert school_names.school_name(given) == kept


@pytest.mark.parametrize(
    "given", ["", "  ", "123", "——", "😀", "名" * 101, "小\0学", "小\u202e学", "小\n学", "\ud800", "㌀" * 60]
)
def test_a_name_without_a_letter_too_long_or_with_what_hides_is_refused(given: str) -> None:
    assert isinstance(school_names.school_name(given), Unclean)


def test_names_are_the_same_whatever_their_width_case_and_spaces() -> None:
    assert school_names.same("ＡＢＣ 小学", "abc小学")
    assert not school_names.same("第一小学", "一小")


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("北京市海淀区中关村第一小学", "中关村第一小学"),
        ("北京海淀中关村第一小学", "中关村第一小学"),
        ("海淀区中关村第一小学", "中关村第一小学"),
        ("中关村第一小学", "中关村第一小学"),
        ("北京小学", "北京小学"),
        ("北京市海淀区", "海淀区"),
        ("北京市第一〇一中学", "第一〇一中学"),
    ],
)
def test_the_places_before_a_name_are_no_part_of_it_unless_nothing_would_be_left(
    name: str, core: str
) -> None:
    assert school_names.core(name, HAIDIAN) == core


@pytest.mark.parametrize(
    ("new", "known", "alike"),
    [
        (Called("海淀区松坪小学"), Called("北京市海淀区松坪小学"), True),
        (Called("松坪小学"), Called("北京市海淀区松坪中心小学", ["松坪小学"]), True),
        (Called("北京市海淀区松坪中心小学", ["云溪小学"]), Called("海淀云溪小学"), True),
        (Called("松坪小学"), Called("松坪中学", ["松坪"]), False),
    ],
)
def test_schools_are_similar_when_one_name_of_theirs_is_equal_but_for_the_place(
    new: Called, known: Called, alike: bool
) -> None:
    assert school_names.similar(new, known, HAIDIAN) is alike
    assert school_names.similar(known, new, HAIDIAN) is alike


def test_the_old_name_and_aliases_become_aliases_each_once() -> None:
    successor = Called("云溪中心小学", ["云溪小学"])
    assert school_names.with_former(successor, ["松坪小学", "云溪 小学", "松小", "云溪中心小学"]) == [
        "云溪小学",
        "松坪小学",
        "松小",
    ]


def test_however_many_aliases_there_are_none_is_left_out() -> None:
    many = [f"别名{number}小学" for number in range(60)]
    found = school_names.with_former(Called("云溪小学", many), ["松坪小学", "松小", *many])
    assert found == [*many, "松坪小学", "松小"]
