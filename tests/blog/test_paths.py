"""What the parts of an address may look like."""

import unicodedata
from datetime import date

import pytest
from django.urls import NoReverseMatch, resolve, reverse

from blog.paths import day_of
from tests.factories import make_live_post


def test_days_that_the_calendar_has():
    assert day_of(2024, 2, 29) == date(2024, 2, 29)
    assert day_of(2025, 9) == date(2025, 9, 1)
    assert [day_of(2025, 2, 29), day_of(2025, 13), day_of(0, 1, 1), day_of(2025, 1, 0)] == [None] * 4


def test_numbers_of_a_date_have_their_zeros():
    assert reverse("blog:day", args=[825, 9, 5]) == "/0825/09/05/"
    assert resolve("/0825/09/05/").kwargs == {"year": 825, "month": 9, "day": 5}
    with pytest.raises(NoReverseMatch):
        reverse("blog:year", args=[12345])


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["élection", "ソウルが", "서울"])
def test_a_letter_and_its_accent_may_come_apart_on_the_way(client, slug):
    make_live_post(slug=slug)
    path = f"/2025/09/05/{slug}/"
    apart = unicodedata.normalize("NFD", path)
    assert apart != path
    assert client.get(apart).status_code == client.get(path).status_code == 200
