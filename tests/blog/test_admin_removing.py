"""Words are removed in two steps, by who may, and what is chosen goes and nothing else."""

import pytest
from django.contrib.auth.models import Permission

from blog.models import Event
from tests import factories
from tests.factories import everything, fresh, make_admin, make_live_post, make_publisher

pytestmark = pytest.mark.django_db
CANARY = "Norbert stole the ferry"
WHY = {"reason": "Court of Ansel", "public_reason": "A court forbade it."}


@pytest.fixture
def ada(client):
    client.force_login(make_admin())
    return client


@pytest.fixture
def post():
    post = make_live_post("Ferry fares")
    post = factories.published(factories.write(post, body=f"<p>{CANARY}.</p>"), kind="update")
    note = f"We said that {CANARY}."
    return factories.published(factories.write(post, body="<p>Nobody.</p>"), kind="correction", public_note=note)


def address(post, query=""):
    return f"/admin/blog/post/{post.pk}/remove/{query}"


def test_found_chosen_looked_at_once_more_and_gone(ada, post):
    page = ada.get(address(post, "?words=norbert")).text
    assert "Version 2 by" in page and "Version 1 by" not in page and f"We said that {CANARY}." in page
    told = Event.objects.get(kind="correction")
    chosen = {"versions": [post.revisions.get(number=2).pk], "sentences": [told.pk]} | WHY
    before = everything()
    again = ada.post(address(post, "?words=norbert"), chosen)
    assert "The words of 1 version will be gone for good." in again.text
    assert "it is withdrawn" not in again.text
    assert everything() == before
    done = ada.post(address(post, "?words=norbert"), chosen | {"sure": "1"}, follow=True)
    assert "The words of 1 version are gone." in done.text
    assert "Its words were removed for legal reasons." in done.text
    assert CANARY not in str(everything())
    assert "No version of it holds these words." in ada.get(address(post, "?words=norbert")).text


def test_it_says_when_readers_lose_what_they_see(ada):
    post = make_live_post("Ferry fares", body=f"<p>{CANARY}.</p>")
    again = ada.post(address(post), {"versions": [post.live_id]} | WHY)
    assert "it is withdrawn, and its place says why" in again.text
    ada.post(address(post), {"versions": [post.live_id], "sure": "1"} | WHY)
    assert fresh(post).live is None


def test_an_update_is_chosen_by_its_number(ada):
    post = factories.make_rolling_post()
    update = factories.make_live_update(post, body=f"<p>{CANARY}.</p>")
    query = f"?update={update.number}"
    assert f"by {update.live.by_name}: {update.live.headline}" in ada.get(address(post, query)).text
    ada.post(address(post, query), {"versions": [update.live_id], "sure": "1"} | WHY)
    assert CANARY not in str(everything())


@pytest.mark.parametrize(
    "change",
    [
        {"versions": []},
        {"versions": ["999999"]},
        {"versions": ["x"]},
        {"reason": ""},
        {"public_reason": " "},
        {"reason": "a\0b"},
        {"sentences": ["999999"]},
    ],
)
def test_a_form_that_is_wrong_removes_nothing(ada, post, change):
    sent = {"versions": [post.revisions.get(number=2).pk], "sure": "1"} | WHY | change
    before = everything()
    assert ada.post(address(post), sent).status_code == 400
    assert everything() == before


def test_versions_of_other_pieces_are_none_of_this_page(ada, post):
    other = make_live_post("Other")
    before = everything()
    assert ada.post(address(post), {"versions": [other.live_id], "sure": "1"} | WHY).status_code == 400
    assert everything() == before


@pytest.mark.parametrize("query", ["?update=x", "?update=999", "?update=9999999999999"])
def test_no_such_update(ada, post, query):
    assert ada.get(address(post, query)).status_code == 404


def test_who_may_not_does_not(client, post):
    paula = make_publisher()
    client.force_login(paula)
    before = everything()
    assert client.get(address(post)).status_code == 403
    chosen = {"versions": [post.revisions.get(number=2).pk], "sure": "1"} | WHY
    assert client.post(address(post), chosen).status_code == 403
    assert everything() == before
    assert "Remove words" not in client.get(f"/admin/blog/post/{post.pk}/history/").text
    paula.user_permissions.add(Permission.objects.get(codename="remove_words_post"))
    assert client.get(address(post)).status_code == 200


def test_what_was_removed_is_not_brought_back(ada, post):
    two = post.revisions.get(number=2)
    ada.post(address(post), {"versions": [two.pk], "sure": "1"} | WHY)
    restore = f"/admin/blog/post/{post.pk}/restore/2/"
    answer = ada.post(restore, {"based_on": fresh(post).head.number}, follow=True)
    assert "There are no words of version 2 to bring back." in answer.text
