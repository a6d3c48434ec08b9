"""Names that look alike (T-59)."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from comments import names
from comments.names import Likeness
from tests.factories import make_author, make_user, person

pytestmark = pytest.mark.django_db

PAIRS = json.loads((Path(__file__).parents[1] / "data/hostile/unicode/homograph-names.json").read_text())


@pytest.mark.parametrize(("name", "twin"), PAIRS)
def test_names_that_look_alike_have_one_skeleton(name, twin):
    assert names.skeleton(name) == names.skeleton(twin) != ""


@pytest.mark.parametrize(("name", "twin"), PAIRS)
def test_who_looks_like_an_account_of_staff_is_noticed(name, twin):
    make_user(name, is_staff=True)
    assert names.looks_like_staff(twin)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marit Dahl", "Marta Dahl"),
        ("Olga", "Inga"),
        ("山田", "山本"),
        ("محمد", "محمود"),
        ("Ann Lee", "Ann Leed"),
    ],
)
def test_other_names_have_other_skeletons(one, other):
    assert names.skeleton(one) != names.skeleton(other)


def test_a_name_of_which_nothing_is_seen_has_no_skeleton_and_looks_like_nobody():
    make_user("\u3164", is_staff=True)
    assert names.skeleton("\u200b\u3164 ") == ""
    assert not names.looks_like_staff("\u200b")


def test_a_name_of_signs_has_a_skeleton_of_its_own():
    assert names.skeleton("***") not in {"", names.skeleton("!!!")}


@pytest.fixture
def edith():
    return make_user("edith.m", is_staff=True, first_name="Edith", last_name="Marsh")


@pytest.mark.parametrize(
    "name",
    [
        "Edith Marsh",
        "EDITH MARSH",
        "edith-marsh",
        "EdithMarsh",
        "E d i t h  Marsh",
        "Édith Mársh",
        "Еdith Маrsh",  # with Cyrillic letters
        "Edlth Marsh",
        "Edith Marsh (Record)",
        "The real Edith Marsh",
    ],
)
def test_names_like_that_of_an_editor(edith, name):
    assert names.likeness(name) == Likeness(names.PERSON, "Edith Marsh")


@pytest.mark.parametrize(
    "name", ["Edith", "Edith Jones", "Marsh", "Meredith Marsh", "Edith Marshall", "Marit Dahl", ""]
)
def test_names_that_are_somebody_elses(edith, name):
    assert names.likeness(name) is None


def test_an_account_name_counts_as_a_whole_only(edith):
    person("mod")
    assert names.likeness("Mod") == Likeness(names.PERSON, "mod")
    assert names.likeness("Mod Squad") is None


def test_a_reader_with_an_account_is_nobody_of_the_house():
    make_user("rita", first_name="Rita", last_name="Vance")
    assert names.likeness("Rita Vance") is None


def test_capitals_of_other_alphabets_are_seen_through():
    make_user("ilias", is_staff=True, first_name="Ηλίας", last_name="Νίκου")
    assert names.looks_like_staff("ΗΛΙΑΣ ΝΙΚΟΥ")


def test_a_byline_is_protected_except_from_its_own_account():
    rita = make_user("rita")
    make_author("Rita Vance", "rita-vance", user=rita)
    assert names.likeness("Rita Vance") == Likeness(names.PERSON, "Rita Vance")
    assert names.likeness("Rita Vance", user=make_user("somebody"))
    assert names.likeness("Rita Vance", user=rita) is None


def test_staff_may_have_their_names(edith):
    assert names.likeness("Edith Marsh", user=edith) is None
    assert names.likeness("Editor", user=edith) is None


def test_the_name_of_the_site():
    with override_settings(SITE_NAME="Writethru"):
        assert names.likeness("Wrіtethru Team") == Likeness(names.SITE, "Writethru")
        assert names.likeness("Writer") is None
    assert names.likeness(settings.SITE_NAME).kind == names.SITE


@pytest.mark.parametrize("name", ["Editor", "The Editor", "m0derator", "ADMIN Joe", "аdmin", "news-staff"])
def test_words_for_staff_in_a_name(name):
    assert names.likeness(name).kind == names.ROLE


@pytest.mark.parametrize("name", ["Editorial", "Staffan", "Adminder Singh"])
def test_words_that_only_begin_like_those(name):
    assert names.likeness(name) is None


def test_words_for_staff_in_the_language_of_the_site(monkeypatch):
    monkeypatch.setattr(names, "pgettext", lambda context, text: "redaktion moderatorin")
    with translation.override("de"):
        assert names.likeness("Redaktion").whose == "redaktion"
        assert names.likeness("Editor").whose == "editor"


def test_as_many_questions_for_many_staff_as_for_one(django_assert_num_queries, edith):
    with django_assert_num_queries(2):
        names.likeness("Marit Dahl")
    for number in range(5):
        make_user(f"staff{number}", is_staff=True)
        make_author(f"Author {number}", f"author-{number}")
    with django_assert_num_queries(2):
        names.likeness("Marit Dahl")
