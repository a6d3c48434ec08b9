"""Words are removed in two steps, by who may, and what is chosen goes and nothing else."""

import pytest
from django.contrib.auth.models import Permission

from blog import removal, revisions
from blog.forms import PostForm
from blog.forms.pieces import NONE
from blog.models import Draft, Event, Revision
from blog.rendering import Unacceptable
from blog.revisions import Content
from tests import factories
from tests.blog.test_admin_writing import as_sent
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
    assert "No version of it holds these words, and nothing" in ada.get(address(post, "?words=norbert")).text


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


# Forms that were open when the words went


def opened(client, post, query=""):
    """What a browser has of the form of a piece, and its writer signed in."""
    client.force_login(make_publisher())
    page = f"/admin/blog/post/{post.pk}/change/{query}"
    return page, as_sent(client.get(page).context["form"])


def remove(piece, revision):
    return removal.remove(piece, [revision], by=make_admin(), **WHY)


@pytest.mark.parametrize("verb", ["", "publish"])
@pytest.mark.parametrize("is_newest", [True, False])
@factories.four_eyes(False)
def test_a_form_that_was_open_brings_nothing_back(client, verb, is_newest):
    post = factories.write(make_live_post("Ferry fares"), body=f"<p>{CANARY}.</p>")
    gone = post.head
    page, form = opened(client, post)
    if not is_newest:
        post = factories.write(post, body="<p>Nobody did.</p>")
    remove(post, gone)
    before = everything()
    answer = client.post(page, form | {"body": f"<p>{CANARY}!</p>", "change": "update", "verb": verb})
    assert answer.status_code == 400
    assert "have been removed for legal reasons. Nothing of this form is saved" in answer.text
    assert f"{CANARY}!" in answer.text  # what was typed is there to be copied
    assert everything() == before
    again = as_sent(answer.context["form"]) | {"change": "update"}
    assert client.post(page, again).status_code == 400
    assert everything() == before


def test_an_update_that_was_open_and_what_readers_see_bring_nothing_back_either(client):
    post = factories.make_rolling_post()
    update = factories.make_live_update(post, body=f"<p>{CANARY}.</p>")
    client.force_login(make_publisher())
    page = f"/admin/blog/post/{post.pk}/updates/{update.number}/"
    form = as_sent(client.get(page).context["form"])
    remove(update, update.live)
    before = everything()
    answer = client.post(page, form | {"update-body": f"<p>{CANARY}!</p>", "update-change": "typo", "verb": "publish"})
    assert (answer.status_code, "have been removed" in answer.text) == (400, True)
    assert everything() == before


@factories.four_eyes(False)
def test_a_change_of_what_readers_see_that_was_open_brings_nothing_back(client):
    post = make_live_post("Ferry fares", body=f"<p>{CANARY}.</p>")
    gone = post.live
    post = factories.write(post, body="<p>A draft.</p>")
    page, form = opened(client, post, "?live=1")
    post = factories.published(post, kind="update")
    post = factories.write(post, body="<p>Another draft.</p>")
    remove(post, gone)
    before = everything()
    answer = client.post(page, form | {"body": f"<p>{CANARY}!</p>", "change": "typo", "verb": "mend"})
    assert (answer.status_code, "have been removed" in answer.text) == (400, True)
    assert everything() == before


def test_what_is_typed_into_a_form_that_was_open_is_not_kept(client):
    post = factories.write(make_live_post("Ferry fares"), body=f"<p>{CANARY}.</p>")
    _page, form = opened(client, post)
    paula = make_publisher()
    kept = {"kept-place": f"post-{post.pk}", "kept-form": "form-of-one-window", "kept-by": paula.pk}
    typed = form | kept | {"body": f"<p>{CANARY}!</p>"}
    assert client.post("/admin/words/keep/", typed | {"kept-counter": 1}).status_code == 200
    remove(post, post.head)
    assert not Draft.objects.exists()
    answer = client.post("/admin/words/keep/", typed | {"kept-counter": 2})
    assert answer.status_code == 410
    assert "have been removed for legal reasons" in answer.json()["refused"]
    assert not Draft.objects.exists()
    # Nor by a form that says another version first
    assert client.post("/admin/words/keep/", typed | {"kept-counter": 3, "based_on": "1"}).status_code == 200
    assert client.post("/admin/words/keep/", typed | {"kept-counter": 4}).status_code == 410
    assert "".join(Draft.objects.get().fields["based_on"]) == "1"


@factories.four_eyes(False)
def test_who_opens_the_piece_afterwards_writes_it_anew(client):
    post = factories.write(make_live_post("Ferry fares"), body=f"<p>{CANARY}.</p>")
    remove(post, post.head)
    page, form = opened(client, post)
    anew = form | {"headline": "Ferry fares again", "body": "<p>Nobody did.</p>", "change": "update"}
    kept = {"kept-place": f"post-{post.pk}", "kept-form": "form-of-one-window", "kept-by": make_publisher().pk}
    assert client.post("/admin/words/keep/", anew | kept | {"kept-counter": 1}).status_code == 200
    assert client.post(page, anew | {"verb": "publish"}).status_code == 302
    assert fresh(post).live.body == "<p>Nobody did.</p>"


def test_an_older_form_is_saved_on_top_of_what_is_gone(client):
    """Put together with nothing, it would lose every word."""
    post = make_live_post("Ferry fares", body="<p>Cheaper.</p>")
    page, form = opened(client, post)
    post = factories.write(post, body=f"<p>{CANARY}.</p>")
    remove(post, post.head)
    answer = client.post(page, form | {"body": "<p>Much cheaper.</p>", "change": "update"})
    assert (answer.status_code, "The words of version 2 have been removed since" in answer.text) == (409, True)
    assert client.post(page, as_sent(answer.context["form"])).status_code == 302
    head = fresh(post).head
    assert (head.number, head.headline, head.body) == (3, "Ferry fares", "<p>Much cheaper.</p>")


def test_words_that_go_while_somebody_saves_do_not_come_back(post):
    """Whoever read a version a moment before it was emptied holds its words still."""
    paula, read = make_publisher(), Revision.objects.get(pk=post.live_id)
    old = post.revisions.get(number=2)
    removal.remove(post, [old, read], by=make_admin(), **WHY)
    before = everything()
    for act in (
        lambda: revisions.write(post, Content("Ferry", body=CANARY), by=paula, based_on=read),
        lambda: revisions.restore(post, old, by=paula),
    ):
        with pytest.raises(Unacceptable):
            act()
    form = PostForm(post=post, by=paula)
    form.base, form.cleaned_data = old, {"note": "", "image_choice": NONE}
    with pytest.raises(revisions.Removed):
        form.written_as(Content("Ferry", body=CANARY), fresh(post).head, "Put together")
    assert everything() == before
