"""Erasing at the desk: it says what will happen, and does exactly that."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from comments.models import Comment, ModerationAct
from comments.writers import writer_key
from tests.factories import everything, make_comment, make_live_post, make_reader, make_user, person

pytestmark = pytest.mark.django_db
EMAIL = "marit@mail.example"


def by_marit(post, text="When does it open?", name="Marit Dahl", **columns):
    return make_comment(post, text, name=name, email=EMAIL, writer=writer_key(email=EMAIL, name=name), **columns)


def page_of(comment):
    return f"/admin/comments/comment/{comment.pk}/erase/"


def test_a_moderator_is_told_what_will_happen_and_it_happens(client):
    post = make_live_post()
    row, waiting = by_marit(post), by_marit(post, "And the footpath?", state="waiting")
    answer = make_comment(post, "> When does it open?\n\nOn Friday.", name="Hana", answers=row)
    client.force_login(person("mod"))
    assert page_of(row) in client.get(f"/admin/comments/comment/{row.pk}/change/").text
    before = everything()
    page = client.get(page_of(row))
    assert everything() == before
    assert "2 comments will be erased" in page.text and "quotations in 1 comment of others" in page.text
    assert "And the footpath?" in page.text
    response = client.post(page_of(row), {"who": "writer", "comments": "2"}, follow=True)
    assert "Erased 2 comments for their writer." in response.text
    assert set(Comment.objects.filter(pk__in=[row.pk, waiting.pk]).values_list("text", "reason")) == {("", "erased")}
    assert Comment.objects.get(pk=answer.pk).text == "> […]\n\nOn Friday."
    assert set(ModerationAct.objects.values_list("verb", "by_name")) == {("erase", "Mod")}
    assert "Erase what" not in client.get(f"/admin/comments/comment/{row.pk}/change/").text


def test_when_something_came_meanwhile_nothing_is_erased(client):
    post = make_live_post()
    row = by_marit(post)
    client.force_login(person("mod"))
    client.get(page_of(row))
    by_marit(post, "One more.")
    before = everything()
    response = client.post(page_of(row), {"who": "writer", "comments": "1"})
    assert (response.status_code, everything()) == (409, before)
    assert "2 comments will be erased" in response.text and 'role="alert"' in response.text


def test_everybody_who_gave_an_address_may_be_meant(client):
    post = make_live_post()
    row, other = by_marit(post), by_marit(post, "Under another name.", name="M. D.")
    client.force_login(person("paula"))
    assert "One comment will be erased" in client.get(page_of(row)).text
    assert "2 comments will be erased" in client.get(page_of(row), {"who": "email"}).text
    client.post(page_of(row), {"who": "email", "comments": "2"})
    assert not Comment.objects.filter(pk__in=[row.pk, other.pk]).exclude(text="").exists()


def test_an_account_is_meant_where_there_is_one(client):
    rita = make_reader()
    row = make_comment(make_live_post(), name="Rita", user=rita, writer=writer_key(user=rita))
    client.force_login(person("mod"))
    assert "The account rita" in client.get(page_of(row)).text
    client.post(page_of(row), {"who": "account", "comments": "1"})
    assert Comment.objects.get(pk=row.pk).text == ""


def test_a_person_that_is_not_meant_is_refused(client):
    row = make_comment(make_live_post())
    client.force_login(person("mod"))
    assert "This comment alone" in client.get(page_of(row)).text
    for who in ("email", "account", "x"):
        assert client.get(page_of(row), {"who": who}).status_code == 400


def test_who_moderates_does_not_erase_by_that(client):
    row = by_marit(make_live_post())
    before = everything()
    for name in ("edith", "carla"):
        client.force_login(person(name))
        assert client.get(page_of(row)).status_code == 403
        assert client.post(page_of(row), {"who": "writer", "comments": "1"}).status_code == 403
    client.force_login(person("edith"))
    assert "Erase what" not in client.get(f"/admin/comments/comment/{row.pk}/change/").text
    client.force_login(make_user("nobody"))
    assert client.post(page_of(row), {"who": "writer", "comments": "1"}).status_code == 302
    assert everything() == before


def test_the_page_costs_the_same_for_one_and_three(client):
    row = by_marit(make_live_post())
    client.force_login(person("mod"))
    client.get(page_of(row))
    costs = []
    for count in (1, 3):
        while Comment.objects.count() < count:
            by_marit(make_live_post(f"Post {Comment.objects.count()}"), "One more.")
        with CaptureQueriesContext(connection) as asked:
            client.get(page_of(row))
        costs.append(len(asked))
    assert costs[0] == costs[1]
