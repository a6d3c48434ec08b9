"""The page on which what readers see is changed beside a draft: what is typed there is kept for that page alone."""

import pytest

from blog.forms import settings
from blog.models import Draft, Picture, Post
from blog.pictures import store
from tests.blog.test_admin_keeping import OTHER, edit, form_of, send
from tests.blog.test_pictures import made
from tests.factories import (
    everything,
    four_eyes,
    fresh,
    make_live_post,
    make_live_update,
    make_rolling_post,
    make_story,
    person,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_pair_of_eyes():
    with four_eyes(False):
        yield


def with_draft():
    """A piece that readers see, with a draft behind it, and with everything set that stands beside its words."""
    post = make_live_post(body="<p>The brigde is shut.</p>", story=make_story())
    Post.objects.filter(pk=post.pk).update(discussion="closed", deadline="2027-01-01T12:00:00Z")
    return write(fresh(post), person("colin"), headline="Of the draft")


def left(client, where, **typed):
    """Words that were typed in a form of paula's which was left."""
    client.force_login(person("paula"))
    data = form_of(client.get(where)) | typed
    assert send(client, data["kept-place"], data, name="paula", form="form-that-is-left").status_code == 200
    return Draft.objects.get()


def test_words_for_readers_are_offered_and_taken_where_they_were_typed(client):
    post = with_draft()
    more = {"publish-public_note": "It was misspelt."}
    draft = left(client, f"{edit(post)}?live=1", body="<p>The bridge is shut.</p>", change="typo", **more)
    assert (draft.place, draft.post, draft.based_on) == (f"live-post-{post.pk}", post, post.live)
    for where in (edit(post), f"{edit(post)}?live=1"):
        page = client.get(where)
        [offer] = page.context["form"].kept.offers
        assert (offer.draft, offer.newer, offer.differs) == (draft, None, ["Text (1 word new, 1 gone)"])
        assert "It is a change of what readers see" in page.content.decode()
    assert "a change of what readers see" in client.get("/admin/words/").content.decode()
    assert client.get(f"{edit(post)}?words={draft.pk}").context["form"].is_bound is False
    before = settings.of(post)
    page = client.get(draft.get_absolute_url())
    form = page.context["form"]
    assert (form["headline"].value(), form["body"].value()) == (post.live.headline, "<p>The bridge is shut.</p>")
    assert page.context["publish_note"] == "It was misspelt."
    assert "data-unsaved" in page.content.decode() and form.kept.offers == []
    assert client.post(f"{edit(post)}?live=1", form_of(page) | {"verb": "mend"}).status_code == 302
    post = fresh(post)
    assert (post.live.headline, post.live.body) == ("Council closes the bridge", "<p>The bridge is shut.</p>")
    assert (post.head.headline, settings.of(post)) == ("Of the draft", before)
    assert not Draft.objects.exists()


def test_words_for_readers_of_an_update_are_taken_where_they_were_typed(client):
    update = make_live_update(make_rolling_post(), body="<p>The brigde is shut.</p>")
    rewrite_update(update, by=person("colin"), headline="Of the draft")
    where = f"/admin/blog/post/{update.post.pk}/updates/{update.number}/"
    draft = left(client, f"{where}?live=1", **{"update-body": "<p>The bridge is shut.</p>", "update-change": "typo"})
    assert (draft.place, draft.update, draft.based_on) == (f"live-update-{update.pk}", update, update.live)
    assert draft.get_absolute_url() == f"{where}?live=1&words={draft.pk}"
    page = client.get(draft.get_absolute_url())
    assert client.post(f"{where}?live=1", form_of(page) | {"verb": "mend"}).status_code == 302
    assert fresh(update).live.body == "<p>The bridge is shut.</p>"
    assert not Draft.objects.exists()


def test_words_over_what_readers_see_no_more_are_put_together_with_what_they_do(client):
    post = with_draft()
    draft = left(client, f"{edit(post)}?live=1", headline="Council shuts the bridge", change="update")
    data = form_of(client.get(f"{edit(post)}?live=1"))
    mended = {"body": "<p>The bridge is shut.</p>", "change": "typo", "verb": "mend", "kept-form": OTHER}
    assert client.post(f"{edit(post)}?live=1", data | mended).status_code == 302
    [offer] = client.get(f"{edit(post)}?live=1").context["form"].kept.offers
    assert offer.newer == fresh(post).live
    taken = form_of(client.get(draft.get_absolute_url())) | {"verb": "mend"}
    answer = client.post(f"{edit(post)}?live=1", taken)
    assert (answer.status_code, Draft.objects.count()) == (409, 1)
    form = answer.context["form"]
    assert form["headline"].value() == "Council shuts the bridge"
    assert form["body"].value() == "<p>The bridge is shut.</p>"


def test_words_are_still_to_be_read_where_they_can_be_published_no_more(client):
    post = with_draft()
    draft = left(client, f"{edit(post)}?live=1", body="<p>The bridge is shut.</p>")
    with four_eyes(True):
        published(post, kind="update")
    before = everything()
    page = client.get(draft.get_absolute_url())
    assert page.status_code == 409 and "There is no draft behind what readers see" in page.content.decode()
    assert page.context["form"]["body"].value() == "<p>The bridge is shut.</p>"
    assert client.get(f"{edit(post)}?live=1").status_code == 302
    assert everything() == before


def test_a_form_without_its_settings_changes_none_of_them(client):
    post = with_draft()
    before = settings.of(post)
    client.force_login(person("paula"))
    data = form_of(client.get(edit(post))) | {"change": "update"}
    for number, missing in enumerate([settings.SETTINGS, {*settings.SETTINGS, "opened"}]):
        words = {name: text for name, text in data.items() if name not in missing}
        words |= {"headline": f"Another {number}", "based_on": fresh(post).head.number}
        assert client.post(edit(post), words).status_code == 302
        post = fresh(post)
        assert (post.head.headline, settings.of(post)) == (f"Another {number}", before)


@pytest.mark.parametrize(
    ("said", "kept"),
    [({"image_decorative": "on"}, ("", "", True)), ({"image_alt": "A", "image_credit": "C"}, ("A", "C", False))],
)
def test_what_is_said_of_a_picture_there_is_known_to_the_checks_and_kept_in_the_library(client, said, kept):
    post, picture = with_draft(), store(made())
    client.force_login(person("paula"))
    data = form_of(client.get(f"{edit(post)}?live=1")) | {"image_choice": picture.pk, "change": "update", **said}
    assert client.post(f"{edit(post)}?live=1", data).status_code == 400  # not the button
    assert not Picture.objects.get().is_described()
    assert client.post(f"{edit(post)}?live=1", data | {"verb": "mend"}).status_code == 302
    assert fresh(post).live.image["alt"] == kept[0]
    assert Picture.objects.values_list("alt", "credit", "is_decorative").get() == kept


def test_what_is_said_of_a_picture_is_kept_only_with_what_is_published(client):
    post, picture = with_draft(), store(made())
    client.force_login(person("paula"))
    data = form_of(client.get(f"{edit(post)}?live=1"))
    data |= {"image_choice": picture.pk, "image_alt": "A", "change": "correction", "verb": "mend"}
    assert client.post(f"{edit(post)}?live=1", data).status_code == 409  # without its sentence
    assert not Picture.objects.get().is_described()
