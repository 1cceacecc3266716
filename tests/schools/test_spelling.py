from __future__ import annotations

import asyncio

from gateway import Gateway
from mobile_gateway.actions import spelling as writing
from mobile_gateway.actions.spelling import Spelled
from mobile_gateway.reads import directory
from mobile_gateway.reads.directory import Unspelled
from mobile_gateway.workers import spelling
from schooling import COUNTY_ADMIN, act, created, found, rows, run, school, spell, value, version

BEIJING = ("北京市", "市辖区", "海淀区")


def test_a_name_is_spelled_with_and_without_its_place() -> None:
    latin = spelling.spell(Unspelled(1, "北京市海淀区中关村第一小学", ("中关村一小",), BEIJING))
    assert latin.initials == ("zgcdyxx", "bjshdqzgcdyxx", "zgcyx")
    assert latin.spellings == (
        "zhongguancundiyixiaoxue",
        "beijingshihaidianquzhongguancundiyixiaoxue",
        "zhongguancunyixiao",
    )


def test_several_readings_are_kept_and_never_too_many() -> None:
    for name, wanted in {
        "单县": {"danxian", "shanxian"},
        "长郡": {"changjun", "zhangjun"},
        "重庆": {"chongqing", "zhongqing"},
        "朝阳": {"chaoyang", "zhaoyang"},
        "蔚县": {"yuxian", "weixian"},
        "六安": {"luan"},
        "厦门": {"xiamen", "shamen"},
    }.items():
        found_readings = {"".join(one) for one in spelling.readings(name)}
        assert len(found_readings) <= spelling.READINGS
        assert wanted <= found_readings, (name, found_readings)
    assert len(spelling.readings("单长重朝蔚厦乐")) == spelling.READINGS


def test_of_names_beyond_the_fortieth_the_likeliest_reading_is_kept() -> None:
    aliases = [f"长郡第{number}小学" for number in range(60)]
    spelled = set(spelling.spell(Unspelled(1, "云溪小学", tuple(aliases), BEIJING)).spellings)
    for number in range(60):
        assert f"zhangjundi{number}xiaoxue" in spelled
        assert (f"changjundi{number}xiaoxue" in spelled) is (number < spelling.MANY)


def test_what_is_no_ideograph_is_kept_as_it_is() -> None:
    latin = spelling.spell(Unspelled(1, "第101中学CBD", (), ("x", "y", "z")))
    assert latin.spellings == ("di101zhongxuecbd",)
    assert latin.initials == ("d101zxcbd",)
    assert spelling.spell(Unspelled(1, "……", (), BEIJING)).spellings == ("",)


async def test_a_new_school_is_found_by_name_at_once_and_by_pinyin_after_the_worker(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    await created(gateway, token, "海淀区槐荫示例小学", aliases=["槐荫小"])
    assert await found(gateway, "槐荫示例") == ["海淀区槐荫示例小学"]
    assert await found(gateway, "槐荫小") == ["海淀区槐荫示例小学"]
    assert await found(gateway, "huaiyin") == []
    before = await version(gateway)
    await gateway.sweep()
    assert await found(gateway, "huaiyin") == ["海淀区槐荫示例小学"]
    assert await found(gateway, "hysl") == ["海淀区槐荫示例小学"]
    assert await version(gateway) == before + 1


async def test_spelling_twice_changes_nothing(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    await created(gateway, token, "海淀区槐荫示例小学")
    await spell(gateway)
    before = await rows(gateway, "SELECT * FROM school_search ORDER BY school_id")
    stood = await version(gateway)
    await run(gateway, "UPDATE school SET spelled_at = NULL")
    await spell(gateway)
    assert await rows(gateway, "SELECT * FROM school_search ORDER BY school_id") == before
    assert await version(gateway) > stood
    assert await spelling.spell_due(gateway.database) == 0


async def test_two_workers_at_once_spell_once(gateway: Gateway) -> None:
    await run(gateway, "UPDATE school SET spelled_at = NULL WHERE county_id = 110108")
    before = await version(gateway)
    await asyncio.gather(*(spelling.spell_due(gateway.database) for _ in range(3)))
    assert await version(gateway) == before + 1
    assert await spelling.spell_due(gateway.database) == 0


async def test_a_spelling_of_an_older_name_is_not_kept(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    number = await created(gateway, token, "海淀区槐荫示例小学")
    async with gateway.database.connection() as connection:
        (due,) = await directory.unspelled(connection, 10)
    await act(gateway, "school_aliases_set", token, schoolId=school(number), aliases=["梧桐小"])
    assert await writing.write(gateway.database, [Spelled(due, spelling.spell(due))]) == 0
    await spell(gateway)
    assert await found(gateway, "wutongxiao") == ["海淀区槐荫示例小学"]


async def test_aliases_are_found_by_pinyin_while_the_new_ones_wait(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    number = await created(gateway, token, "海淀区槐荫示例小学")
    await spell(gateway)
    await act(gateway, "school_aliases_set", token, schoolId=school(number), aliases=["梧桐小"])
    assert await found(gateway, "huaiyin") == await found(gateway, "梧桐小") == ["海淀区槐荫示例小学"]
    assert await found(gateway, "wutong") == []


async def test_a_school_written_without_a_search_row_gets_one(gateway: Gateway) -> None:
    number = await value(
        gateway,
        "INSERT INTO school (county_id, name, normalised_name, stage)"
        " VALUES (110108, '孤岛小学', '孤岛小学', 'PRIMARY') RETURNING id",
    )
    assert await found(gateway, "孤岛") == []
    await gateway.sweep()
    assert await found(gateway, "孤岛") == await found(gateway, "gudao") == ["孤岛小学"]
    assert await value(gateway, "SELECT spelled_at FROM school WHERE id = $1", number) is not None


async def test_the_demos_schools_are_spelled_by_the_sweeper_in_batches(gateway: Gateway) -> None:
    await run(gateway, "UPDATE school SET spelled_at = NULL")
    await run(gateway, "UPDATE school_search SET initials = '', spellings = ''")
    waiting = await value(
        gateway, "SELECT count(*) FROM school WHERE spelled_at IS NULL AND merged_at IS NULL"
    )
    await gateway.sweep()
    left = await value(gateway, "SELECT count(*) FROM school WHERE spelled_at IS NULL AND merged_at IS NULL")
    assert left == waiting - spelling.BATCH
    await gateway.sweep()
    assert await found(gateway, "zgcdyxx") == ["北京市海淀区中关村第一小学"]
