import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from xml.etree.ElementTree import fromstring

import pytest

from mobile_gateway.demo.catalogue import Catalogue, Course, catalogue
from mobile_gateway.rules.banners import BannerTarget


@pytest.fixture(name="shown")
def _shown() -> Catalogue:
    return catalogue()


def _durations(shown: Catalogue, course: Course) -> list[int]:
    known = {resource.key: resource for resource in shown.resources}
    listed = [known[key] for section in course.sections for key in section.resources]
    return [resource.duration_ms for resource in listed if resource.duration_ms is not None]


def test_the_caps_are_the_manuals_and_sum_to_the_required_credits(shown: Catalogue) -> None:
    caps = {course.title: course.cap_credits for course in shown.topic.courses}
    assert caps == {
        "大力弘扬教育家精神": 2,
        "强化国家安全与文化自信": 1,
        "数字素养与技能提升": 1,
        "科学素养提升": 1,
        "心理健康教育能力提升": 1,
        "综合育人能力提升": 1,
        "学科教学能力提升": 3,
    }
    assert sum(caps.values()) == shown.topic.required_credits == 10


def test_the_windows_are_whole_days_of_shanghai(shown: Catalogue) -> None:
    topic = shown.topic
    assert topic.learning_from == datetime(2024, 7, 19, 16, tzinfo=UTC)
    assert topic.learning_until == datetime(2024, 9, 30, 16, tzinfo=UTC)
    assert topic.certificates_from == datetime(2024, 8, 31, 16, tzinfo=UTC)
    assert topic.learning_from.utcoffset() == timedelta(hours=8)


def test_the_last_course_has_the_five_named_sections(shown: Catalogue) -> None:
    assert [section.title for section in shown.topic.courses[-1].sections] == [
        "幼儿社会情感学习",
        "中小学实验教学基本目录理念与实践培训",
        "高中作业设计与研究",
        "特殊教育拓展融合",
        "义务教育课程方案和课程标准2022年版国家级示范培训",
    ]


def test_the_videos_of_every_course_pass_its_cap_by_30_to_60_percent(shown: Catalogue) -> None:
    for course in shown.topic.courses:
        cap_ms = course.cap_credits * shown.topic.seconds_per_credit * 1000
        assert 1.3 <= sum(_durations(shown, course)) / cap_ms <= 1.6, course.key


def test_videos_last_5_to_20_minutes_but_for_the_guide_of_30_seconds(shown: Catalogue) -> None:
    videos = {resource.key: resource.duration_ms for resource in shown.resources if resource.kind == "VIDEO"}
    assert videos.pop("guide") == 30_000
    assert 40 <= len(videos) <= 60
    assert all(duration and 300_000 <= duration <= 1_200_000 for duration in videos.values())
    assert any(duration and duration % 1000 for duration in videos.values())


def test_every_course_has_a_document_and_documents_have_no_duration(shown: Catalogue) -> None:
    documents = {resource.key for resource in shown.resources if resource.kind == "DOCUMENT"}
    for course in shown.topic.courses:
        assert documents & {key for section in course.sections for key in section.resources}, course.key
    assert all(resource.duration_ms is None for resource in shown.resources if resource.key in documents)


def test_one_video_is_listed_in_two_courses_and_the_rest_once(shown: Catalogue) -> None:
    listed = [
        key for course in shown.topic.courses for section in course.sections for key in section.resources
    ]
    assert {key for key in listed if listed.count(key) > 1} == {"ai-inquiry"}
    assert listed.count("ai-inquiry") == 2
    assert set(listed) == {resource.key for resource in shown.resources}


def test_no_section_is_empty_and_keys_are_unique(shown: Catalogue) -> None:
    courses = shown.topic.courses
    sections = [section for course in courses for section in course.sections]
    assert all(section.resources for section in sections)
    assert len({section.key for section in sections}) == len(sections)
    assert len({course.key for course in courses}) == len(courses)
    assert len({resource.key for resource in shown.resources}) == len(shown.resources)
    assert len({resource.title for resource in shown.resources}) == len(shown.resources)


def test_the_trainings_banner_stands_in_both_tabs_for_everyone(shown: Catalogue) -> None:
    training = next(banner for banner in shown.banners if banner.key == "training")
    assert training.tabs == ("HOME", "RECOMMENDED")
    assert (training.identities, training.clients) == ((), ())
    assert (training.link.kind, training.link.to) == ("TOPIC", shown.topic.key)


def test_at_the_middle_of_the_window_one_banner_is_over_and_others_are_to_come(shown: Catalogue) -> None:
    now = datetime(2024, 8, 15, tzinfo=UTC)
    over = {b.key for b in shown.banners if b.published_until and b.published_until <= now}
    ahead = {b.key for b in shown.banners if b.published_from > now}
    assert over == {"winter-expired"}
    assert ahead == {"autumn-future", "certificate-notice"}


def test_every_link_leads_to_something_known_or_to_https(shown: Catalogue) -> None:
    known = {"TOPIC": {shown.topic.key}, "RESOURCE": {resource.key for resource in shown.resources}}
    links = [banner.link for banner in shown.banners] + [entry.link for entry in shown.public_links]
    links += [item for shelf in shown.shelves for item in shelf.items]
    for link in links:
        assert link.to.startswith("https://") if link.kind == "URL" else link.to in known[link.kind]


def test_a_banner_leads_to_a_topic_or_an_address_and_has_a_picture(shown: Catalogue) -> None:
    pictures = files("mobile_gateway.demo") / "pictures"
    for banner in shown.banners:
        assert BannerTarget(banner.link.kind)
        picture = fromstring((pictures / banner.image).read_text("utf-8"))
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert {picture.name for picture in pictures.iterdir()} == {banner.image for banner in shown.banners}


def test_everything_shown_has_a_title_in_both_languages(shown: Catalogue) -> None:
    titles = [(shown.topic.title, shown.topic.title_en)]
    for course in shown.topic.courses:
        titles += [(course.title, course.title_en)]
        titles += [(section.title, section.title_en) for section in course.sections]
    titles += [(resource.title, resource.title_en) for resource in shown.resources]
    titles += [(banner.title, banner.title_en) for banner in shown.banners]
    titles += [(shelf.title, shelf.title_en) for shelf in shown.shelves]
    assert len(titles) > 90
    for chinese, english in titles:
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert english.isascii()
        assert english == english.strip() != ""


def test_only_the_basic_segment_leads_to_the_topic(shown: Catalogue) -> None:
    kinds = {entry.segment: entry.link.kind for entry in shown.public_links}
    assert kinds == {"BASIC": "TOPIC", "VOCATIONAL": "URL", "HIGHER": "URL"}


def test_two_calls_answer_equal_catalogues(shown: Catalogue) -> None:
    assert catalogue() == shown
