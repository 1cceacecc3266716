"""The school directory: everybody looks for schools, a county's administrator adds, corrects and merges them.

Each walk adds schools of fresh names to the demo's 海淀区, so it can be walked again.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.telling import NotHeld, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

COUNTY_ADMIN = "+8619900000013"
SCHOOL_ADMIN = "+8619900000012"
EXAMPLE = "北京市海淀区中关村第一小学"
WAYS = (
    "中关村第一",
    "中关村一小",
    "zhongguancundiyixiaoxue",
    "Zhong'guan cun",
    "zgcdyxx",
    "海淀 zgc",
)
PLACE = ("北京市", "市辖区", "海淀区")
SYLLABLES = {
    "禾": "he",
    "松": "song",
    "竹": "zhu",
    "梅": "mei",
    "兰": "lan",
    "桐": "tong",
    "枫": "feng",
    "柳": "liu",
}
SPELLED_SECONDS = 5.0
SPELLED_SECONDS_AFTER_AN_OUTAGE = 60.0
POLL_SECONDS = 0.2


def story(walk: Walk) -> None:
    """Walk it; ends with the names of the schools that were made."""
    reader = walk.client()
    with walk.step("anybody finds a school by name, alias, pinyin and initials"):
        for search in WAYS:  # a run that has just started is still spelling its schools
            _await(reader, search, EXAMPLE)
            expect(f"{search} finds first", _names(reader, search)[:1], [EXAMPLE])
    with walk.step("regions lead from the province to the county"):
        county = _county(reader)
    with walk.step("a region keeps what it holds, and a missing school brings guidance"):
        expect("within the county", _names(reader, "zgc", regionId=county)[:1], [EXAMPLE])
        missing = _search(reader, "绝无此校绝无此校")
        expect("no school", missing["edges"], [])
        require("guidance", "县区管理员" in (missing["guidance"] or ""), missing["guidance"])
    admin = walk.person(COUNTY_ADMIN)
    name, spelled = _fresh()
    with walk.step("the county's administrator adds a school, which is found at once"):
        version = _search(reader, "")["directoryVersion"]
        made = done("adding", _create(admin, county, f"{name}小学", "SECONDARY_VOCATIONAL"))["school"]
        expect("found by a part of its name", _names(reader, name), [f"{name}小学"])
        grown = _search(reader, "")["directoryVersion"]
        require("the directory's version grows", grown > version, [version, grown])
    with walk.step("its pinyin finds it within seconds"):
        _await(reader, spelled, f"{name}小学")
    with walk.step("the same name is refused with the school beside it"):
        again = _create(admin, county, f" {name} 小学 ", "PRIMARY")
        refused("the same name", again, "SCHOOL_DUPLICATE")
        expect("candidates", [one["id"] for one in again["candidates"]], [made["id"]])
        near = _create(admin, county, f"海淀区{name}小学", "PRIMARY")
        refused("nearly the same name", near, "SCHOOL_SIMILAR")
    with walk.step("its stage is corrected"):
        payload = admin.act("school_stage_correct", schoolId=made["id"], stage="PRIMARY")
        expect("the stage", done("correcting", payload)["school"]["stage"], "PRIMARY")
    with walk.step("it is merged, and its name and pinyin find the successor"):
        successor = done("adding", _create(admin, county, f"{name}中心校", "PRIMARY"))["school"]
        merging = {"schoolId": made["id"], "successorId": successor["id"]}
        done("merging", admin.act("school_merge", **merging))
        done("merging again", admin.act("school_merge", **merging))
        expect("its name finds", _names(reader, f"{name}小学"), [f"{name}中心校"])
        page = reader.ask("school", id=made["id"])["school"]
        expect("its page leads to", [page["isActive"], page["successor"]["id"]], [False, successor["id"]])
        _await(reader, f"{spelled}xiaoxue", f"{name}中心校")
    with walk.step("a school's administrator adds none, not even in the own county"):
        payload = _create(walk.person(SCHOOL_ADMIN), county, f"{name}分校", "PRIMARY")
        refused("adding", payload, "NOT_FOUND")
        expect("nothing was added", _names(reader, f"{name}分校"), [])
    walk.found["schools"] = [f"{name}小学", f"{name}中心校"]


def _search(client: Client, search: str, **more: Any) -> Json:
    found: Json = client.ask("schools", search=search, **more)["schools"]
    return found


def _names(client: Client, search: str, **more: Any) -> list[str]:
    return [edge["node"]["name"] for edge in _search(client, search, **more)["edges"]]


def _county(client: Client) -> str:
    parent: str | None = None
    for name in PLACE:
        under = client.ask("regions", parentId=parent)["regions"]
        chosen = [one for one in under if one["name"] == name]
        expect(f"a region called {name}", len(chosen), 1)
        parent = chosen[0]["id"]
    assert parent is not None  # PLACE is not empty
    return parent


def _create(client: Client, county: str, name: str, stage: str) -> Json:
    return client.act("school_create", countyId=county, name=name, stage=stage)


def _fresh() -> tuple[str, str]:
    """A name that no walk has drawn yet, in all likelihood, and its pinyin."""
    drawn = [secrets.choice(list(SYLLABLES)) for _ in range(8)]
    return "".join(drawn), "".join(SYLLABLES[one] for one in drawn)


def _await(client: Client, search: str, name: str) -> None:
    """Wait until a search finds a school.

    Raises:
        NotHeld: it does not within 5 s, or within a minute where the worker was killed meanwhile.
    """
    began = time.monotonic()
    while name not in (seen := _names(client, search)):
        patience = SPELLED_SECONDS_AFTER_AN_OUTAGE if client.was_away else SPELLED_SECONDS
        if time.monotonic() - began > patience:
            raise NotHeld(f"{search} within {patience:.0f} s", name, seen)
        time.sleep(POLL_SECONDS)
