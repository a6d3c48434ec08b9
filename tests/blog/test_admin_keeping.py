"""Words that are not saved, over HTTP: kept, offered, taken, put away, and never lost when somebody is signed out."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blog.models import Draft, Post, Presence, Revision
from tests.factories import (
    fresh,
    make_live_post,
    make_post,
    make_rolling_post,
    make_update,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db

KEEP = "/admin/words/keep/"
FORM, OTHER = "form-of-one-window", "form-of-another"
TYPED = {
    "headline": "Council closes the bridge for a month",
    "body": "<p>The bridge is closed.</p>",
    "sources-TOTAL_FORMS": "3",
    "sources-INITIAL_FORMS": "0",
}


def edit(post):
    return f"/admin/blog/post/{post.pk}/change/"


@pytest.fixture
def carla(client):
    client.force_login(person("carla"))
    return client


def send(client, place, fields=TYPED, *, name="carla", form=FORM, counter=1, **more):
    about = {"kept-place": place, "kept-form": form, "kept-counter": counter, "kept-by": person(name).pk}
    return client.post(KEEP, fields | about | more)


def form_of(page, which="form"):
    """What a browser would send of the form of a page as it is, with the hidden fields."""
    form = page.context[which]
    data = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, "")}
    data |= {f"{form.sources.prefix}-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    kept = form.kept
    return data | {
        "kept-form": kept.form,
        "kept-place": kept.place,
        "kept-took": kept.took,
        "kept-by": page.context["user"].pk,
    }


def test_what_is_typed_is_kept_for_its_writer_and_is_no_version(carla):
    post = make_post()
    answer = send(carla, f"post-{post.pk}", TYPED | {"based_on": "1", "csrfmiddlewaretoken": "x", "verb": "publish"})
    assert answer.status_code == 200 and "private, no-store" in answer.headers["Cache-Control"]
    assert re.fullmatch(r"Kept at \d\d:\d\d\.", answer.json()["words"])
    [draft] = Draft.objects.all()
    assert (draft.user, draft.post, draft.update, draft.based_on) == (person("carla"), post, None, post.head)
    assert draft.fields == {name: [text] for name, text in (TYPED | {"based_on": "1"}).items()}
    assert (fresh(post).head.number, fresh(post).sequence) == (1, post.sequence)
    assert "for a month" not in Client().get("/search/?q=month").content.decode()


def test_what_cannot_be_kept_is_refused_with_a_sentence_and_nothing_changes(carla):
    foreign = make_post(by=person("colin"))
    for place, fields, more, status in [
        ("post-x", {}, {}, 400),
        ("new-post", {"headline": "a\0b"}, {}, 400),
        ("new-post", {"body": "x" * 1_600_000}, {}, 400),
        ("new-post", {}, {"kept-counter": "-1"}, 400),
        ("new-post", {}, {"kept-counter": "9" * 40}, 400),
        ("new-post", {"headline<script>": "x"}, {}, 400),
        ("new-post", {}, {"kept-took": "x:y"}, 200),
        (f"post-{foreign.pk}", {}, {}, 403),
        ("new-post", {}, {"kept-by": person("edith").pk}, 409),
    ]:
        answer = send(carla, place, TYPED | fields, **more)
        assert (place, answer.status_code) == (place, status)
        if status != 200:
            assert answer.json()["refused"].endswith(".")
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("body", [b"\xff\xfe=%ED%A0%80", b"{" * 10_000, b"a=1&" * 2_000, b"kept-form=%00"])
def test_a_body_that_is_no_form_never_fails(carla, body):
    answer = carla.post(KEEP, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {400, 409, 413}
    assert not Draft.objects.exists()


def test_opened_again_the_words_are_offered_with_what_differs(carla):
    post = make_post(tags=("Harbour",))
    data = form_of(carla.get(edit(post))) | {
        "body": "<p>The bridge is shut until Monday.</p>",
        "tags": "Harbour, Council",
    }
    send(carla, f"post-{post.pk}", data, form="form-that-is-left")
    page = carla.get(edit(post))
    [offer] = page.context["form"].kept.offers
    assert offer.differs == ["Text (2 words new, 2 gone)", "Tags"]
    assert offer.newer is None
    assert "You typed something that is not saved" in page.content.decode()


def test_what_is_saved_already_is_not_offered(carla):
    post = make_post()
    data = form_of(carla.get(edit(post))) | {"standfirst": "News"}
    send(carla, f"post-{post.pk}", data, form="form-that-is-left")
    assert len(carla.get(edit(post)).context["form"].kept.offers) == 1
    write(post, standfirst="News")
    assert carla.get(edit(post)).context["form"].kept.offers == []


def test_taken_words_stand_in_the_form_unsaved_based_on_their_own_version(carla):
    post = make_post()
    data = form_of(carla.get(edit(post))) | {
        "headline": "",
        "standfirst": "Of the draft",
        "withdraw-public_note": "Why",
    }
    send(carla, f"post-{post.pk}", data, form="form-that-is-left")
    write(post, by=person("edith"), standfirst="Of edith")
    [offer] = carla.get(edit(post)).context["form"].kept.offers
    assert (offer.newer.number, offer.draft.based_on.number) == (2, 1)
    page = carla.get(offer.draft.get_absolute_url())
    form, text = page.context["form"], page.content.decode()
    assert (form["standfirst"].value(), form["based_on"].value(), form["headline"].value()) == ("Of the draft", "1", "")
    assert "data-unsaved" in text
    assert "needs a headline" not in text and "Nothing was saved yet" not in text
    assert page.context["asks"]["withdraw"] == "Why"
    assert form.kept.offers == []
    assert fresh(post).head.number == 2


def test_words_are_taken_by_their_writer_and_in_their_own_form_alone(carla, client):
    post, other = make_live_post("One"), make_post("Another")
    send(carla, f"post-{other.pk}", TYPED)
    number = Draft.objects.get().pk
    write(post, by=person("carla"), standfirst="x")
    for strange in (number, "x", "9" * 40, ""):
        assert carla.get(f"{edit(post)}?words={strange}").context["form"].is_bound is False
    client.force_login(person("edith"))
    assert client.get(f"{edit(other)}?words={number}").context["form"].is_bound is False


def test_saving_lets_go_of_what_was_kept_and_of_what_was_taken(carla):
    post = make_post()
    page = carla.get(edit(post))
    data = form_of(page) | {"standfirst": "Typed"}
    send(carla, f"post-{post.pk}", data, form=page.context["form"].kept.form, counter=5)
    send(carla, f"post-{post.pk}", data, form=OTHER)
    taken = carla.get(Draft.objects.get(form=OTHER).get_absolute_url())
    answer = carla.post(edit(post), form_of(taken) | {"standfirst": "Saved"})
    assert answer.status_code == 302
    assert list(Draft.objects.values_list("form", flat=True)) == [data["kept-form"]]
    carla.post(
        edit(post),
        form_of(carla.get(edit(post))) | {"kept-form": data["kept-form"], "kept-counter": "5", "standfirst": "Again"},
    )
    assert not Draft.objects.exists()
    # what the browser brings afterwards, not knowing that it was saved
    assert send(carla, f"post-{post.pk}", data, form=data["kept-form"], counter=5).json()["saved"] is True
    assert not Draft.objects.exists()
    send(carla, f"post-{post.pk}", data, form=data["kept-form"], counter=6)
    assert Draft.objects.count() == 1


def test_a_save_that_is_refused_lets_go_of_nothing_and_keeps_the_key(carla):
    post = make_post()
    page = carla.get(edit(post))
    data = form_of(page) | {"headline": ""}
    send(carla, f"post-{post.pk}", data, form=data["kept-form"], counter=5)
    answer = carla.post(edit(post), data | {"kept-counter": "6"})
    assert answer.status_code == 400
    assert answer.context["form"].kept.form == data["kept-form"]
    assert answer.context["form"].kept.counter == 6
    assert answer.context["form"].kept.offers == []
    assert Draft.objects.count() == 1


def test_a_new_piece_is_found_again_and_two_of_them_do_not_fight(carla):
    one, two = (carla.get("/admin/blog/post/add/").context["form"].kept for _ in range(2))
    assert (one.place, one.form != two.form) == ("new-post", True)
    send(carla, "new-post", {"headline": "One"}, form=one.form)
    send(carla, "new-post", {"headline": "Two"}, form=two.form)
    send(carla, "new-page", {"headline": "A page"}, form="form-of-a-page")
    listed = carla.get("/admin/words/").content.decode()
    assert all(name in listed for name in ("One", "Two", "A page"))
    offers = carla.get("/admin/blog/post/add/").context["form"].kept.offers
    assert [offer.draft.title() for offer in offers] == ["Two", "One"]
    page = carla.get(offers[1].draft.get_absolute_url())
    carla.post("/admin/blog/post/add/", form_of(page) | {"slug": ""})
    assert Post.objects.get().head.headline == "One"
    assert sorted(draft.title() for draft in Draft.objects.all()) == ["A page", "Two"]
    of_page = Draft.objects.get(place="new-page")
    assert carla.get(of_page.get_absolute_url()).context["form"]["headline"].value() == "A page"


def test_updates_are_kept_like_posts_new_ones_and_old(carla):
    post = make_rolling_post()
    update = make_update(post)
    page = carla.get(edit(post))
    kept = page.context["update_form"].kept
    send(carla, kept.place, {"update-headline": "New one"}, form="form-that-is-left")
    where = f"/admin/blog/post/{post.pk}/updates/{update.number}/"
    data = form_of(carla.get(where)) | {"update-headline": "Old one, again"}
    send(carla, f"update-{update.pk}", data, form="form-that-is-left")
    [new] = carla.get(edit(post)).context["update_form"].kept.offers
    [old] = carla.get(where).context["form"].kept.offers
    assert (new.draft.title(), old.draft.title()) == ("New one", "Old one, again")
    assert old.differs == ["Headline of the update (3 words new, 2 gone)"]
    taken = carla.get(new.draft.get_absolute_url())
    assert taken.context["update_form"]["headline"].value() == "New one"
    assert taken.context["form"].is_bound is False
    carla.post(f"/admin/blog/post/{post.pk}/updates/", form_of(taken, "update_form"))
    carla.post(where, form_of(carla.get(old.draft.get_absolute_url())))
    assert sorted(one.head.headline for one in post.updates.all()) == ["New one", "Old one, again"]
    assert not Draft.objects.exists()


def test_put_away_and_brought_back(carla, client):
    post = make_post()
    send(carla, f"post-{post.pk}")
    number = Draft.objects.get().pk
    answer = carla.post(f"/admin/words/{number}/", follow=True)
    assert answer.redirect_chain[-1][0] == edit(post)
    assert "Bring it back" in answer.content.decode()
    assert answer.context["form"].kept.offers == []
    assert [draft.pk for draft in carla.get("/admin/words/").context["away"]] == [number]
    answer = carla.post(f"/admin/words/{number}/", {"back": "1"}, follow=True)
    assert answer.context["form"]["headline"].value() == TYPED["headline"]
    client.force_login(person("edith"))
    assert client.post(f"/admin/words/{number}/").status_code == 404


def test_the_first_page_of_the_desk_names_what_is_not_saved(carla, client):
    assert "Words not saved" not in carla.get("/admin/").content.decode()
    send(carla, "new-post", {"headline": "Never lost"})
    text = carla.get("/admin/").content.decode()
    assert "Words not saved" in text and Draft.objects.get().get_absolute_url() in text
    client.force_login(person("edith"))
    assert "Never lost" not in client.get("/admin/").content.decode()


def test_an_autosave_asks_little_and_writes_once(carla, django_assert_max_num_queries):
    post = make_post()
    with django_assert_max_num_queries(15):
        send(carla, f"post-{post.pk}", counter=1)
    with CaptureQueriesContext(connection) as again:
        send(carla, f"post-{post.pk}", TYPED | {"headline": "Typed on"}, counter=2)
    assert len(again) <= 10
    assert sum(query["sql"].startswith("UPDATE") for query in again) == 1
    with CaptureQueriesContext(connection) as same:
        send(carla, f"post-{post.pk}", TYPED | {"headline": "Typed on"}, counter=3)
    assert len(same) <= 9
    assert not any(query["sql"].startswith(("UPDATE", "INSERT", "DELETE")) for query in same)


# Signed out


def test_a_form_of_somebody_who_was_signed_out_is_answered_with_its_words(carla):
    post = make_post()
    data = form_of(carla.get(edit(post))) | {"headline": "Never <lost>", "note": "\nOne line down", "verb": "submit"}
    carla.logout()
    answer = carla.post(edit(post), data)
    text = answer.content.decode()
    assert answer.status_code == 403 and "no-store" in answer.headers["Cache-Control"]
    assert "Never &lt;lost&gt;" in text and 'name="verb"' not in text
    carla.force_login(person("carla"))
    sent = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', text, re.DOTALL))
    assert sent["note"] == "\nOne line down"
    answer = carla.post(edit(post), sent | {"headline": "Never lost"})
    assert (answer.status_code, fresh(post).head.headline, fresh(post).stage) == (302, "Never lost", "draft")


def test_an_old_token_loses_no_words_and_nothing_is_saved_without_a_press(live_like):
    post, data, client = live_like
    for origin, status, has_words in [("http://testserver", 403, True), ("https://evil.example", 403, False)]:
        answer = client.post(edit(post), data, headers={"Origin": origin})
        assert (answer.status_code, "Never lost" in answer.content.decode()) == (status, has_words)
    assert fresh(post).head.number == 1
    answer = client.post(edit(post), data, headers={"Origin": "http://testserver"})
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.content.decode())[1]
    answer = client.post(edit(post), data | {"csrfmiddlewaretoken": token}, headers={"Origin": "http://testserver"})
    assert (answer.status_code, fresh(post).head.headline) == (302, "Never lost")


@pytest.fixture
def live_like():
    """A form with the token of before somebody signed in again, and a client that checks tokens."""
    post = make_post()
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("carla"))
    data = form_of(client.get(edit(post))) | {"headline": "Never lost", "csrfmiddlewaretoken": "a" * 64}
    return post, data, client


def test_other_forms_and_scripts_are_answered_as_ever(client):
    post = make_post()
    assert client.post(edit(post), {"headline": "x"}).status_code == 302
    assert send(client, f"post-{post.pk}").status_code == 403
    sent = {"kept-form": FORM, "kept-by": "1"}
    assert client.post(KEEP, sent, headers={"X-CSRFToken": "x"}).status_code == 302


# Who is here


def at(client, piece_place, **data):
    return client.post("/admin/words/here/", {"place": piece_place} | data).json()


def test_a_window_says_that_it_is_there_and_hears_who_else_is(carla, client):
    post = make_post()
    assert at(carla, f"post-{post.pk}", typed="1") | {"token": ""} == {
        "token": "",
        "user": person("carla").pk,
        "who": [],
        "saved": None,
    }
    client.force_login(person("edith"))
    [said] = at(client, f"post-{post.pk}")["who"]
    assert re.fullmatch(r"Carla is here, writing, since \d\d:\d\d", said)
    client.force_login(person("carla"))
    [said] = at(client, f"post-{post.pk}")["who"]
    assert re.fullmatch(r"Edith is here, looking, since \d\d:\d\d", said)


def test_asking_leaves_no_trace(carla):
    post = make_post()
    carla.get(f"/admin/words/here/?place=post-{post.pk}")
    assert not Presence.objects.exists()


def test_it_is_told_who_saved_a_newer_version_meanwhile(carla):
    post = make_post()
    assert at(carla, f"post-{post.pk}", based_on="1")["saved"] is None
    write(post, by=person("edith"), standfirst="News")
    saved = at(carla, f"post-{post.pk}", based_on="1")["saved"]
    assert re.fullmatch(r"Edith saved version 2 at \d\d:\d\d: your next save will be merged\.", saved["words"])
    assert carla.get(saved["compare"]).status_code == 200
    assert at(carla, f"post-{post.pk}", based_on="2")["saved"] is None
    write(post, standfirst="More news")
    assert at(carla, f"post-{post.pk}", based_on="2")["saved"]["words"].startswith("You saved version 3 at")


def test_what_somebody_may_not_see_is_not_told_of(carla):
    secret = make_post(by=person("colin"))
    live = write(published(make_post("Live", by=person("colin"))), by=person("colin"), headline="Secret, newer")
    found = [at(carla, f"post-{secret.pk}", based_on="0"), at(carla, f"post-{live.pk}", based_on="1")]
    assert [one["saved"] for one in found] == [None, None]
    assert [row.post for row in Presence.objects.all()] == [live]
    for strange in ("post-x", "post-" + "9" * 30, "", "new-post", "author-1", "post-1\0"):
        assert at(carla, strange)["who"] == []


def test_a_poll_asks_little(carla):
    post = make_post()
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            at(carla, f"post-{post.pk}", based_on="1")
    assert len(asked) <= 7


def test_versions_are_written_by_saving_alone(carla):
    post = make_post()
    before = Revision.objects.count()
    send(carla, f"post-{post.pk}")
    at(carla, f"post-{post.pk}", typed="1")
    carla.get(f"/admin/words/offers/?place=post-{post.pk}")
    carla.get("/admin/words/")
    assert Revision.objects.count() == before
