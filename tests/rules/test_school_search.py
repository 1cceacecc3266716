from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import school_search
from mobile_gateway.rules.school_search import Search
from mobile_gateway.rules.words import SchoolStage


@pytest.mark.parametrize(
    ("text", "together", "apart"),
    [
        ("中关村", ("中关村",), ()),
        ("Zhong'guan cun", ("zhongguancun",), ("zhongguan", "cun")),
        ("ＺＧＣ", ("zgc",), ()),
        ("海淀 zgc", ("海淀", "zgc"), ()),
        ("海淀zgc", ("海淀", "zgc"), ()),
        ("北京 一小", ("北京一小",), ("北京", "一小")),
        ("101中学", ("101", "中学"), ()),
        ("zhōng guān cūn", ("zhongguancun",), ("zhong", "guan", "cun")),
        ("lǜ nü", ("lvnv",), ("lv", "nv")),
        ("第一（南）", ("第一南",), ("第一", "南")),
        ("50%_\\", ("50",), ()),
    ],
)
def test_a_search_becomes_runs_of_one_script(
    text: str, together: tuple[str, ...], apart: tuple[str, ...]
) -> None:
    found = school_search.search(text)
    assert found is not None
    assert (found.together, found.apart) == (together, apart)


@pytest.mark.parametrize("text", ["", "   ", "%", "_ \\", "😀", "……", "’"])
def test_a_text_without_letters_seeks_nothing(text: str) -> None:
    assert school_search.search(text) is None


def _grams(name: str, spelling: str = "", initials: str = "") -> set[int]:
    lines = [school_search.line(name)]
    return set(
        school_search.grams(
            lines, [initials] * bool(initials), [spelling] * bool(spelling), [1], SchoolStage.PRIMARY
        )
    )


def _fits(search: Search | None, grams: set[int]) -> bool:
    assert search is not None
    return set(school_search.containing(search.together)) <= grams


@given(st.text(min_size=1, max_size=40), st.data())
def test_a_school_has_the_grams_of_every_part_of_its_name(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    whole, part = school_search.line(name), school_search.search(name[start:end])
    if part is None or part.whole not in whole:  # what combines with a neighbour is another letter without it
        return
    near, far = school_search.patterns(part.together)
    assert _fits(part, _grams(name))
    assert all(pattern.strip("%") in whole for pattern in (*near, *far))


def test_pinyin_initials_and_digits_are_found_in_parts() -> None:
    grams = _grams("第101中学", "di101zhongxue", "d101zx")
    for text in ("di101zhongxue", "zhongxue", "ongx", "101", "d101zx", "zx", "z", "101中学", "第101"):
        assert _fits(school_search.search(text), grams), text
    for text in ("zhongguan", "102", "中关", "q"):
        assert not _fits(school_search.search(text), grams), text


def test_one_and_two_letters_are_not_sought_in_spellings() -> None:
    assert school_search.patterns(["zx", "zho", "中", "1"]) == (["%zx%", "%中%", "%1%"], ["%zho%"])


def test_grams_are_numbers_of_four_bytes_the_same_everywhere() -> None:
    assert school_search.region(110108) == school_search.region(110108)
    assert all(-(2**31) <= gram < 2**31 for gram in _grams("北京市海淀区中关村第一小学"))
    assert school_search.containing(["中关"]) == [404022857]


def test_lines_are_kept_each_once_with_a_sign_around_each() -> None:
    kept = school_search.lines(["ab", "", "cd", "ab"])
    assert kept == "\nab\ncd\n"
    assert school_search.of(kept) == ["ab", "cd"]
    assert school_search.lines([""]) == ""


def test_of_many_names_those_that_were_sought_are_shown() -> None:
    names = ["云溪小学", "松坪小学", "青槐小学", "青槐 第二小学"]
    assert school_search.shown(names, school_search.search("青槐"), 4) == names
    assert school_search.shown(names, school_search.search("青槐"), 2) == names[2:]
    assert school_search.shown(names, school_search.search("青槐 二"), 1) == names[3:]
    assert school_search.shown(names, school_search.search("qinghuai"), 2) == names[:2]
    assert school_search.shown(names, None, 2) == names[:2]
