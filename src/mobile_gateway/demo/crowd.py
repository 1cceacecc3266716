"""The ordinary people of the demo, so that rosters, reviews and campaigns have somebody in them.

All invented, drawn from a fixed seed: teachers in every state of verification, some with two schools, some
who are their school's admin; parents; students with and without a phone. `ROSTER_SCHOOL` has a long roster.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from mobile_gateway.demo.people import (
    Device,
    Gender,
    Locale,
    Person,
    StaffGrant,
    StudentLogin,
    TeachingRecord,
    TeachingStage,
    id_number,
    named_people,
    phone,
)
from mobile_gateway.demo.schools import School, schools
from mobile_gateway.rules.words import Identity, Platform, RecordState, SchoolStage, StaffRole

SEED = 20240930
TEACHERS = 200
TEACHERS_OF_THE_ROSTER = 36
ROSTER_SCHOOL = "zhongguancun-1"
SCHOOLS_WITH_TEACHERS = 60
PARENTS = 16
STUDENTS = 20
SECOND_SCHOOL_EVERY = 12
DEVICE_EVERY = 3
ENGLISH_DEVICE_EVERY = 15

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎"
GIVEN: dict[Gender, tuple[str, ...]] = {
    "FEMALE": (
        "雨桐",
        "思齐",
        "静怡",
        "若溪",
        "晓岚",
        "佳宁",
        "书瑶",
        "梦洁",
        "婉清",
        "春燕",
        "丽华",
        "秋霞",
        "亦菲",
        "欣然",
        "慧敏",
        "淑贞",
        "芷若",
        "月华",
        "玉兰",
    ),
    "MALE": (
        "子轩",
        "浩然",
        "建国",
        "志强",
        "文博",
        "俊杰",
        "明哲",
        "永康",
        "景行",
        "修远",
        "立新",
        "海涛",
        "宏伟",
        "思源",
        "嘉树",
        "承志",
        "学海",
        "向阳",
        "国栋",
    ),
}
STATES: tuple[RecordState, ...] = (
    (RecordState.APPROVED,) * 14 + (RecordState.PENDING,) * 4 + (RecordState.REJECTED, RecordState.REMOVED)
)
BORN: dict[Identity, tuple[date, date]] = {
    Identity.TEACHER: (date(1966, 1, 1), date(2001, 1, 1)),
    Identity.PARENT: (date(1970, 1, 1), date(1995, 1, 1)),
    Identity.STUDENT: (date(2009, 9, 1), date(2016, 9, 1)),
}
PROVINCES = ("11", "13", "21", "31", "32", "33", "37", "41", "42", "43", "44", "51", "61")
REASONS = ("任教学科填写有误", "非本校在职教师", "请上传正确的证件信息")

# What a teacher of a school teaches: teaching stage, grades, subjects.
TEACHING: dict[SchoolStage, tuple[TeachingStage, str, str]] = {
    SchoolStage.KINDERGARTEN: ("KINDERGARTEN", "小班 中班 大班", "健康 语言 社会 科学 艺术"),
    SchoolStage.PRIMARY: (
        "PRIMARY",
        "一年级 二年级 三年级 四年级 五年级 六年级",
        "语文 数学 英语 科学 体育与健康 音乐 美术",
    ),
    SchoolStage.JUNIOR_HIGH: (
        "JUNIOR_HIGH",
        "七年级 八年级 九年级",
        "语文 数学 英语 物理 化学 历史 地理 生物学",
    ),
    SchoolStage.SENIOR_HIGH: (
        "SENIOR_HIGH",
        "高一 高二 高三",
        "语文 数学 英语 物理 化学 生物学 思想政治 历史 地理",
    ),
    SchoolStage.NINE_YEAR: ("JUNIOR_HIGH", "七年级 八年级 九年级", "语文 数学 英语 物理 化学"),
    SchoolStage.TWELVE_YEAR: ("SENIOR_HIGH", "高一 高二 高三", "语文 数学 英语 通用技术"),
    SchoolStage.SPECIAL: ("SPECIAL", "一年级 二年级 三年级", "生活语文 生活数学 康复训练"),
    SchoolStage.SECONDARY_VOCATIONAL: (
        "SECONDARY_VOCATIONAL",
        "中职一年级 中职二年级",
        "信息技术 机械基础 会计",
    ),
    SchoolStage.HIGHER_VOCATIONAL: ("HIGHER", "大一 大二", "学前教育 数控技术"),
    SchoolStage.HIGHER: ("HIGHER", "大一 大二 大三", "教育学 心理学"),
}


def people() -> list[Person]:
    """Answer the named people, then the crowd; equal at every call. Phones and identity numbers are unique.

    Every school with teachers of the crowd has a SCHOOL_ADMIN, the roster school the named one.
    """
    rng = random.Random(SEED)  # noqa: S311 - repeatable demo data, no secret
    named = named_people()
    active = [school for school in schools() if school.merged_into is None]
    first = len(named) + 1
    return [
        *named,
        *_teachers(rng, active, first),
        *_parents(rng, first + TEACHERS),
        *_students(rng, active, first + TEACHERS + PARENTS),
    ]


def _teachers(rng: random.Random, active: Sequence[School], first: int) -> Iterator[Person]:
    """Draw teachers: the roster school's first, then the other schools in turn."""
    roster = next(school for school in active if school.key == ROSTER_SCHOOL)
    others = rng.sample([school for school in active if school is not roster], SCHOOLS_WITH_TEACHERS)
    rest = TEACHERS - TEACHERS_OF_THE_ROSTER
    places = [roster] * TEACHERS_OF_THE_ROSTER + [others[n % len(others)] for n in range(rest)]
    governed = {ROSTER_SCHOOL}
    for number, school in enumerate(places):
        records = [_record(rng, school, rng.choice(STATES))]
        staff: tuple[StaffGrant, ...] = ()
        if school.key not in governed:
            governed.add(school.key)
            records = [replace(records[0], state=RecordState.APPROVED, reason=None, primary=True)]
            staff = (StaffGrant(StaffRole.SCHOOL_ADMIN, school=school.key),)
        elif number % SECOND_SCHOOL_EVERY == 0:
            alike = [other for other in others if other.stage == school.stage and other is not school]
            for second in rng.sample(alike, min(1, len(alike))):
                record = _record(rng, second, RecordState.PENDING)
                records.append(replace(record, primary=not records[0].primary))
        person = _person(rng, first + number, Identity.TEACHER, "teacher", number + 1, school.county[:2])
        yield replace(person, records=tuple(records), staff=staff)


def _record(rng: random.Random, school: School, state: RecordState) -> TeachingRecord:
    """Draw a record, primary unless it is REMOVED."""
    stage, grades, subjects = TEACHING[school.stage]
    return TeachingRecord(
        school=school.key,
        stage=stage,
        subject=rng.choice(subjects.split()),
        grade=rng.choice(grades.split()),
        state=state,
        reason=rng.choice(REASONS) if state is RecordState.REJECTED else None,
        primary=state is not RecordState.REMOVED,
    )


def _parents(rng: random.Random, first: int) -> Iterator[Person]:
    for number in range(PARENTS):
        yield _person(rng, first + number, Identity.PARENT, "parent", number + 1, rng.choice(PROVINCES))


def _students(rng: random.Random, active: Sequence[School], first: int) -> Iterator[Person]:
    """Draw students of primary and junior schools; every second one has no phone, hence no device either."""
    theirs = [school for school in active if school.stage in {SchoolStage.PRIMARY, SchoolStage.JUNIOR_HIGH}]
    for number in range(STUDENTS):
        school = rng.choice(theirs)
        person = _person(rng, first + number, Identity.STUDENT, "student", number + 1, school.county[:2])
        login = StudentLogin(school.key, f"2022{first + number:06d}")
        if number % 2:
            yield replace(person, student=login, phone=None, devices=())
        else:
            yield replace(person, student=login)


def _person(
    rng: random.Random, sequence: int, identity: Identity, word: str, number: int, province: str
) -> Person:
    """Draw one person without records; `sequence` counts everybody, for the phone and the identity number."""
    gender: Gender = rng.choice(("FEMALE", "FEMALE", "MALE"))
    oldest, youngest = BORN[identity]
    born = oldest + timedelta(days=rng.randrange((youngest - oldest).days))
    key = f"{word}-{number:03d}"
    devices: tuple[Device, ...] = ()
    if sequence % DEVICE_EVERY == 0:
        locale: Locale = "en" if sequence % ENGLISH_DEVICE_EVERY == 0 else "zh-CN"
        devices = (Device(Platform.ANDROID, f"demo-android-{key}", locale),)
    return Person(
        key=key,
        name=rng.choice(SURNAMES) + rng.choice(GIVEN[gender]),
        gender=gender,
        identity=identity,
        phone=phone(sequence),
        id_number=id_number(province, born, sequence, gender),
        born=born,
        email=None if identity is Identity.STUDENT else f"{key}@example.com",
        devices=devices,
    )
