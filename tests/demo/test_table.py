from mobile_gateway.demo.people import named_people
from mobile_gateway.demo.table import named


def test_the_table_has_every_named_person_with_a_situation_and_a_way_in() -> None:
    rows = named()
    assert [(row.key, row.phone, row.shows) for row in rows] == [
        (person.key, person.phone, person.shows) for person in named_people()
    ]
    assert all(row.shows and row.signs_in_with for row in rows)


def test_who_has_a_phone_signs_in_with_it_and_the_other_with_a_student_number() -> None:
    rows = named()
    assert all(row.signs_in_with == row.phone for row in rows if row.phone)
    assert [row.signs_in_with for row in rows if row.phone is None] == [
        "北京市海淀区中关村第一小学, 2020010307, Demo-Xuexi-2024"
    ]
