"""Writing at the desk: what is saved, what is not, and what a button does with unsaved words."""

from datetime import datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from blog import belonging
from blog.models import Event, Picture, Post, Revision, StoryType
from blog.pictures import store
from tests.blog.test_pictures import made
from tests.factories import (
    approved,
    four_eyes,
    fresh,
    in_stage,
    make_author,
    make_live_page,
    make_live_post,
    make_post,
    make_story,
    person,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db
SOURCES = (
    {"outlet": "Harbour Authority", "title": "Notice 26-031", "url": "https://harbour.example/031", "at": ""},
    {"outlet": "County", "title": "", "url": "", "at": "2025-09-04T16:20:11+00:00"},
)


def page_of(post):
    return f"/admin/blog/post/{post.pk}/change/" if post else "/admin/blog/post/add/"


def as_sent(form):
    """What a browser sends for a form that was just opened."""
    sent = {}
    for field in (field for part in [form, form.sources.management_form, *form.sources] for field in part):
        value = field.value()
        if field.name in {"at", "deadline"}:
            exact = value.isoformat() if isinstance(value, datetime) else getattr(value, "exact", "")
            sent |= {f"{field.html_name}-exact": exact} if exact else {}
            value = field.field.widget.format_value(value)
        if field.name != "image_upload":
            sent[field.html_name] = "" if value is None else value
    return sent


@pytest.fixture
def desk(client):
    """Opens a page as somebody, and sends it with changes."""

    class Desk:
        def open(self, post, by):
            client.force_login(person(by))
            response = client.get(page_of(post))
            self.opened = as_sent(response.context["form"]) if response.context.get("form") else {}
            return response

        def send(self, post, by, **changes):
            if not hasattr(self, "opened"):
                self.open(post, by)
            client.force_login(person(by))
            return client.post(page_of(post), self.opened | {name.replace("__", "-"): v for name, v in changes.items()})

    return Desk()


def rows():
    """Everything that may not change by accident."""
    return [list(model.objects.order_by("pk").values()) for model in (Post, Revision, Event, Picture)]


def told(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_new_piece_begins_with_the_byline_of_its_writer(desk):
    make_author("Carla Reyes", "carla-reyes", user=person("carla"))
    assert desk.open(None, "carla").context["form"]["byline"].value() == "Carla Reyes"


def test_everything_that_is_typed_is_in_the_first_version(desk):
    make_author("Carla Reyes", "carla-reyes", user=person("carla"))
    story = make_story()
    response = desk.send(
        None,
        "carla",
        headline="Bridge closed",
        standfirst="Until Friday.",
        body="<p>It is <b>closed</b>.</p><script>x</script>",
        section="Harbour",
        tags='bridge, "Paris, Texas"',
        byline="carla reyes, A Guest",
        story=story.pk,
        slug="bridge",
        note="first go",
        sources__0__outlet="Harbour Authority",
        sources__0__url="https://harbour.example/",
        sources__2__title="Seen",
        sources__2__at="2025-09-05T18:42",
    )
    post = Post.objects.get()
    assert response.status_code == 302 and response.url == page_of(post)
    assert (post.stage, post.slug, post.story) == ("draft", "bridge", story)
    head = post.head
    assert (head.number, head.by_name, head.note) == (1, "Carla", "first go")
    assert (head.headline, head.standfirst, head.body) == (
        "Bridge closed",
        "Until Friday.",
        "<p>It is <strong>closed</strong>.</p>",
    )
    assert (head.section, head.tags) == ("Harbour", ["bridge", "Harbour", "Paris, Texas"])
    assert head.byline == [{"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "A Guest", "slug": ""}]
    assert [(one["outlet"], one["title"], one["url"], one["at"]) for one in head.sources] == [
        ("Harbour Authority", "", "https://harbour.example/", ""),
        ("", "Seen", "", "2025-09-05T18:42:00+00:00"),
    ]
    assert 'href="/preview/' in told(response)


def test_saving_untouched_writes_nothing_and_says_so(desk):
    picture = {"src": "https://a.example/p.jpg", "alt": "The bridge", "width": 0, "height": 0, "credit": "A"}
    byline = ({"name": "Smith, Jr.", "slug": ""}, {"name": "Carla Reyes", "slug": "carla-reyes"})
    parts = {"standfirst": "a\nb", "tags": ("a, b", 'c "d"'), "section": "X", "byline": byline, "sources": SOURCES}
    for post in (
        make_post(image=picture, slug="s", story=make_story(), **parts),
        make_live_post(image=picture, **parts),
        make_live_page(byline=byline),
    ):
        before = rows()
        desk.open(post, "ada")
        response = desk.send(post, "ada")
        assert (response.status_code, rows()) == (302, before)
        assert "Nothing was changed" in told(response)


def test_one_word_is_one_version_on_top(desk):
    post = make_post(sources=SOURCES)
    response = desk.send(post, "edith", headline="Council opens the bridge", note="it is open")
    post = fresh(post)
    assert [revision.headline for revision in post.revisions.order_by("number")] == [
        "Council closes the bridge",
        "Council opens the bridge",
    ]
    assert (post.head.by_name, post.head.note, post.head.sources) == ("Edith", "it is open", list(SOURCES))
    assert "Saved as version 2" in told(response)


def test_who_saves_second_sees_both_together_and_nothing_is_saved_before_that(desk):
    post = make_post(body="<p>One.</p><p>Two.</p>", tags=("a",))
    desk.open(post, "edith")
    write(post, by=person("colin"), headline="Colin's headline", body="<p>One, says Colin.</p><p>Two.</p>", tags=("a",))
    before = rows()
    typed = {"body": "<p>One.</p><p>Two, says Edith.</p>", "sources__0__outlet": "Her source", "note": "why"}
    for _ in range(2):
        response = desk.send(post, "edith", **typed, tags="a, b", verb="submit")
        assert (response.status_code, rows()) == (409, before)
        text = response.content.decode()
        assert "Colin saved version 2" in text and f"/preview/{post.key}/2/" in text
        assert "Colin changed: Headline, Text (1 place). You changed: Tags, Sources, Text (1 place)." in text
        assert "The button that you pressed did nothing else" in text
    form = response.context["form"]
    assert form["headline"].value() == "Colin's headline"
    assert form["body"].value() == "<p>One, says Colin.</p>\n<p>Two, says Edith.</p>"
    assert (form["note"].value(), form["tags"].value(), form.errors) == ("why", "a, b", {})
    desk.opened = as_sent(form)
    for _ in range(2):
        assert desk.send(post, "edith").status_code == 302
    assert list(post.revisions.order_by("number").values_list("headline", "based_on__number", "by_name", "note")) == [
        ("Council closes the bridge", None, "Carla", ""),
        ("Colin's headline", 1, "Colin", ""),
        ("Colin's headline", 2, "Edith", "why"),
    ]
    head = fresh(post).head
    assert head.body == "<p>One, says Colin.</p>\n<p>Two, says Edith.</p>"
    assert (head.tags, [one["outlet"] for one in head.sources]) == (["a", "b"], ["Her source"])


def test_the_times_of_sources_are_carried_through_a_version_of_somebody_else(desk):
    post = make_post(sources=SOURCES)
    desk.open(post, "edith")
    write(post, by=person("colin"), headline="Colin's headline", sources=SOURCES)
    response = desk.send(post, "edith", standfirst="Edith's", sources__0__title="Notice 26-032")
    assert response.status_code == 409
    desk.opened = as_sent(response.context["form"])
    assert desk.send(post, "edith").status_code == 302
    head = fresh(post).head
    assert (head.headline, head.standfirst) == ("Colin's headline", "Edith's")
    assert head.sources == [SOURCES[0] | {"title": "Notice 26-032"}, SOURCES[1]]


def test_where_both_changed_the_same_words_both_are_saved_in_a_draft_that_cannot_be_published(desk):
    post = make_live_post()
    desk.open(post, "paula")
    write(post, by=person("colin"), headline="Council shuts the bridge")
    typed = {"headline": "Council opens the bridge", "change": "typo", "note": "why", "verb": "publish"}
    typed |= {"image_choice": str(store(made()).pk), "image_alt": "What it shows"}
    response = desk.send(post, "paula", **typed)
    assert response.status_code == 409
    post = fresh(post)
    assert (post.head.number, post.head.based_on.number, post.head.by_name) == (3, 2, "Paula")
    assert (post.head.image["alt"], Picture.objects.get().alt) == ("What it shows", "What it shows")
    assert post.head.headline == "Council ⟦⇄ Colin:⟧ shuts ⟦⇄ Paula:⟧ opens ⟦⇄⟧ the bridge"
    assert post.head.note == "Put together with version 2 of Colin: one place has to be decided.\nwhy"
    assert (post.stage, post.live.number) == ("draft", 1)
    text = response.content.decode()
    assert "In one place you both wrote something else." in text and "version 3 is saved" in text
    assert response.context["form"]["headline"].value() == post.head.headline
    before = rows()
    again = desk.send(post, "paula", **typed)  # the very same once more
    assert (again.status_code, rows()) == (409, before)
    assert "version 3 has all your words" in again.content.decode()
    desk.open(post, "paula")
    with four_eyes(False):
        refused = desk.send(post, "paula", verb="publish", change="update")
    assert (refused.status_code, fresh(post).live.number) == (409, 1)
    assert "keep one of them" in refused.content.decode()
    assert desk.send(post, "paula", headline="Council shuts the bridge", change="update").status_code == 302
    assert fresh(post).head.headline == "Council shuts the bridge"


def test_two_texts_too_long_together_leave_the_typed_one_in_the_form(desk):
    post = make_post(body="<p>Short.</p>")
    desk.open(post, "edith")
    write(post, by=person("colin"), body=f"<p>{'c' * 250_000}</p>")
    before = rows()
    typed = f"<p>{'e' * 250_000}</p>"
    response = desk.send(post, "edith", body=typed)
    assert (response.status_code, rows()) == (409, before)
    assert "could not be put together" in response.content.decode()
    form = response.context["form"]
    assert (form["body"].value(), form["based_on"].value()) == (typed, "2")


def test_a_picture_and_where_it_belongs_come_along(desk):
    picture = {"src": "https://a.example/p.jpg", "alt": "Old", "width": 1, "height": 1, "credit": "A"}
    post = make_post(image=picture, slug="old")
    desk.open(post, "edith")
    write(post, by=person("colin"), image=picture | {"credit": "B"})
    response = desk.send(post, "edith", image_alt="New", slug="new", story=make_story().pk)
    assert response.status_code == 409
    desk.opened = as_sent(response.context["form"])
    assert desk.send(post, "edith").status_code == 302
    post = fresh(post)
    assert {part: post.head.image[part] for part in ("src", "alt", "credit")} == {
        "src": "https://a.example/p.jpg",
        "alt": "New",
        "credit": "B",
    }
    assert (post.slug, post.story.slug) == ("new", "kestrel-bridge")


def test_who_had_typed_nothing_sees_the_newer_version(desk):
    post = make_post()
    desk.open(post, "edith")
    write(post, by=person("colin"), headline="Colin's headline")
    response = desk.send(post, "edith")
    assert response.status_code == 409
    assert response.context["form"]["headline"].value() == "Colin's headline"


def test_the_same_form_sent_twice_is_one_version(desk):
    post = make_post()
    desk.open(post, "edith")
    for _ in range(2):
        assert desk.send(post, "edith", headline="Once").status_code == 302
    assert post.revisions.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headline": ""}, "headline"),
        ({"headline": "a\x01b"}, "headline"),
        ({"headline": "x" * 501}, "headline"),
        ({"standfirst": "a\x02b"}, "standfirst"),
        ({"body": "<b>" * 200}, "body"),
        ({"body": "x" * 400_001}, "body"),
        ({"tags": "t" * 101}, "tags"),
        ({"section": "t" * 101}, "section"),
        ({"byline": "n" * 151}, "byline"),
        ({"slug": "not a slug"}, "slug"),
        ({"slug": "x" * 201}, "slug"),
        ({"story": "9999"}, "story"),
        ({"image_choice": "9" * 5000}, "image_choice"),
        ({"image_choice": "4711"}, "image_choice"),
        ({"based_on": "7"}, "based_on"),
        ({"based_on": "x"}, "based_on"),
        ({"note": "n" * 5001}, "note"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_is_saved(desk, changes, field):
    post = make_post()
    desk.open(post, "edith")
    before = rows()
    response = desk.send(post, "edith", **{"headline": "Typed"} | changes)
    assert (response.status_code, rows()) == (400, before)
    assert field in response.context["form"].errors
    assert response.context["form"]["body"].value() == changes.get("body", desk.opened["body"])


@pytest.mark.parametrize(
    "changes",
    [
        {"sources__0__url": "javascript:alert(1)"},
        {"sources__0__url": "ftp://a.example/"},
        {"sources__0__at": "yesterday"},
        {"sources__TOTAL_FORMS": "999999999"},
        {"sources__TOTAL_FORMS": ""},
    ],
)
def test_sources_that_cannot_be_kept_are_refused(desk, changes):
    post = make_post()
    desk.open(post, "edith")
    before = rows()
    assert desk.send(post, "edith", headline="Typed", **changes).status_code == 400
    assert rows() == before


def test_over_live_text_the_kind_of_change_has_to_be_said(desk):
    post = make_live_post()
    desk.open(post, "edith")
    before = rows()
    response = desk.send(post, "edith", headline="Other")
    assert (response.status_code, rows()) == (400, before)
    assert "change" in response.context["form"].errors
    assert desk.send(post, "edith", headline="Other", change="typo").status_code == 302
    assert fresh(post).head.kind == "typo"
    assert fresh(post).live.headline == "Council closes the bridge"


def test_another_slug_moves_the_piece_and_another_story_assigns_it(desk):
    post, story = make_live_post(), make_story()
    response = desk.send(post, "paula", slug="other", story=story.pk)
    assert response.status_code == 302
    post = fresh(post)
    assert (post.slug, post.story, post.head.number) == ("other", story, 1)
    assert list(post.events.order_by("number").values_list("verb", flat=True))[-2:] == ["move", "assign"]


def test_an_old_form_changes_only_what_its_writer_changed(desk):
    post, story = make_post(slug="old"), make_story()
    kind = StoryType.objects.create(name="Interview")
    desk.open(post, "edith")
    post = belonging.move(post, "newer", by=person("carla"))
    post = belonging.assign(post, story, by=person("carla"))
    post = belonging.set_discussion(post, "waits", by=person("carla"))
    post = belonging.set_type(post, kind, by=person("carla"))
    due = timezone.now() + timedelta(days=1)
    post = belonging.set_deadline(post, due, by=person("carla"))
    last = post.sequence
    assert desk.send(post, "edith", headline="Only the words are other").status_code == 302
    post = fresh(post)
    assert (post.slug, post.story, post.discussion, post.story_type) == ("newer", story, "waits", kind)
    assert (post.deadline, post.head.headline) == (due, "Only the words are other")
    assert list(post.events.filter(number__gt=last).values_list("verb", flat=True)) == ["write"]


def test_what_both_set_is_said_and_not_overwritten_until_it_is_sent_again(desk):
    post = make_post(slug="old")
    desk.open(post, "edith")
    belonging.move(post, "carlas", by=person("carla"))
    before = rows()
    response = desk.send(post, "edith", slug="ediths", headline="Typed", deadline="2031-05-01T10:00")
    assert (response.status_code, rows()) == (400, before)
    form = response.context["form"]
    assert form.errors == {
        "slug": ["Carla set this to “carlas” while you had it open. Save again to have yours all the same."]
    }
    assert (form["slug"].value(), form["headline"].value()) == ("ediths", "Typed")
    desk.opened = as_sent(form)
    assert desk.send(post, "edith").status_code == 302
    post = fresh(post)
    assert (post.slug, post.head.headline, post.deadline.year) == ("ediths", "Typed", 2031)


def test_who_set_the_same_has_set_nothing(desk):
    post = make_post(slug="old")
    desk.open(post, "edith")
    belonging.move(post, "same", by=person("carla"))
    assert desk.send(post, "edith", slug="same").status_code == 302
    assert post.events.filter(verb="move").count() == 1


def test_what_is_set_with_no_word_waits_for_no_newer_version(desk):
    post = make_post(slug="old")
    desk.open(post, "edith")
    write(post, by=person("colin"), headline="Colin's headline")
    assert desk.send(post, "edith", slug="new").status_code == 302
    assert (fresh(post).slug, fresh(post).head.headline, fresh(post).head.number) == ("new", "Colin's headline", 2)


def test_what_is_set_comes_along_where_the_words_collide(desk):
    post = make_post(slug="old")
    desk.open(post, "edith")
    write(post, by=person("colin"), headline="Council shuts the bridge")
    belonging.set_discussion(post, "waits", by=person("carla"))
    response = desk.send(post, "edith", headline="Council opens the bridge", slug="new")
    assert response.status_code == 409
    form = response.context["form"]
    assert (form["slug"].value(), form["discussion"].value(), fresh(post).slug) == ("new", "waits", "old")
    desk.opened = as_sent(form)
    assert desk.send(post, "edith").status_code == 302
    assert (fresh(post).slug, fresh(post).discussion) == ("new", "waits")


@pytest.mark.parametrize("opened", ["", "[]", "{", "null", '{"slug": 1}', "[" * 100_000])
def test_a_form_that_does_not_say_what_was_set_is_compared_with_what_is(desk, opened):
    post = make_post(slug="old")
    desk.open(post, "edith")
    assert desk.send(post, "edith", slug="new", opened=opened).status_code == 302
    assert fresh(post).slug == "new"


def test_who_may_comment_is_a_field_of_the_piece(desk):
    post = make_post()
    assert desk.open(post, "carla").context["form"]["discussion"].value() == ""
    assert desk.send(post, "carla", discussion="waits").status_code == 302
    assert (fresh(post).discussion, fresh(post).head.number) == ("waits", 1)
    desk.open(post, "carla")
    desk.send(post, "carla", headline="Only the words are other")
    assert fresh(post).discussion == "waits"
    assert post.events.filter(verb="discuss").count() == 1


def test_a_new_piece_can_be_closed_to_comments_at_once(desk):
    desk.send(None, "carla", headline="Obituary", discussion="closed")
    assert Post.objects.get().discussion == "closed"


def test_who_writes_what_is_public_does_not_say_who_comments(desk):
    post = make_live_post()
    assert desk.open(post, "carla").context["form"].fields["discussion"].disabled
    desk.send(post, "carla", discussion="closed", headline="Newer", change="typo")
    assert (fresh(post).head.headline, fresh(post).discussion) == ("Newer", "")


def test_a_page_of_the_site_has_no_comments(desk):
    page = make_live_page()
    assert "discussion" not in desk.open(page, "edith").context["form"].fields
    assert desk.open(page, "mod").context["discussion"] is None
    assert desk.send(page, "mod", discuss="1", discussion="closed").status_code == 403
    assert fresh(page).discussion == ""


def test_a_moderator_closes_a_discussion_without_writing_the_piece(desk):
    post = make_live_post()
    assert b'name="discuss"' in desk.open(post, "mod").content
    assert desk.send(post, "mod", discuss="1", discussion="closed").status_code == 302
    assert fresh(post).discussion == "closed"
    assert 'value="closed" selected' in desk.open(post, "mod").content.decode()
    before = rows()
    assert desk.send(post, "mod", discuss="1", discussion="sometimes").status_code == 400
    assert desk.send(post, "mod", discussion="open").status_code == 403
    assert desk.send(post, "colin", discuss="1", discussion="open").status_code == 403
    assert rows() == before


def test_the_history_says_who_closed_the_discussion_in_words(desk, client):
    post = make_live_post()
    desk.open(post, "mod")
    desk.send(post, "mod", discuss="1", discussion="closed")
    client.force_login(person("edith"))
    page = client.get(f"/admin/blog/post/{post.pk}/history/").content.decode()
    assert "Changed who may comment from “As the house rules say” to “No new comments”" in page


def test_a_slug_that_may_not_be_changed_takes_the_words_with_it(desk):
    post = make_live_post()
    desk.open(post, "edith")
    before = rows()
    response = desk.send(post, "edith", slug="other", headline="Typed", change="typo")
    assert (response.status_code, rows()) == (400, before)
    assert "changed by those who publish" in response.content.decode()


def test_an_uploaded_picture_is_kept_even_when_another_field_is_wrong(desk):
    post = make_post()
    response = desk.send(post, "carla", image_upload=made())
    picture = Picture.objects.get()
    assert response.status_code == 400
    assert "image_alt" in response.context["form"].errors
    assert response.context["form"]["image_choice"].value() == str(picture.pk)
    desk.opened |= {"image_choice": str(picture.pk)}
    assert desk.send(post, "carla", image_alt="The bridge", image_credit="Carla").status_code == 302
    assert fresh(post).head.image == {
        "src": picture.file.url,
        "alt": "The bridge",
        "width": 40,
        "height": 30,
        "credit": "Carla",
    }
    assert picture.added_by == person("carla")


def test_a_file_that_is_no_picture_is_refused_at_its_field(desk):
    upload = made()
    upload.seek(0)
    upload.truncate(30)
    response = desk.send(make_post(), "carla", image_upload=upload)
    assert "image_upload" in response.context["form"].errors
    assert not Picture.objects.exists()


def test_a_page_is_begun_with_its_kind(desk, client):
    client.force_login(person("carla"))
    response = client.get("/admin/blog/post/add/?kind=page")
    client.post(
        "/admin/blog/post/add/?kind=page", as_sent(response.context["form"]) | {"headline": "About", "slug": "about"}
    )
    assert Post.objects.get().kind == "page"


# Buttons


def test_a_button_saves_first_and_acts_on_what_was_saved(desk):
    post = make_post()
    response = desk.send(post, "carla", headline="Last word", verb="submit")
    assert (response.status_code, fresh(post).stage, fresh(post).head.headline) == (302, "review", "Last word")


def test_a_refused_button_has_saved_the_words_and_keeps_its_reason(desk):
    post = approved(make_post())
    response = desk.send(post, "paula", headline="New words", verb="publish", publish__public_note="Typed reason")
    assert response.status_code == 409
    text = response.content.decode()
    assert "Saved as version 2." in text and "Somebody else has to approve it first." in text
    assert (fresh(post).head.headline, fresh(post).live) == ("New words", None)
    assert response.context["form"]["headline"].value() == "New words"


def test_publishing_over_live_text_takes_the_kind_and_the_sentence_for_readers(desk):
    post = make_live_post()
    write(post, headline="Corrected", kind="correction")
    post = approved(post)
    desk.open(post, "paula")
    response = desk.send(post, "paula", verb="publish")
    assert response.status_code == 409
    assert "needs a sentence for readers" in response.content.decode()
    response = desk.send(post, "paula", verb="publish", publish__public_note="We said Friday; it is Saturday.")
    assert response.status_code == 302
    event = post.events.order_by("-number").first()
    assert (event.verb, event.kind, event.public_note) == ("publish", "correction", "We said Friday; it is Saturday.")
    assert fresh(post).live.headline == "Corrected"
    assert f'href="{fresh(post).get_absolute_url()}"' in told(response)


@pytest.mark.parametrize("verb", ["approve", "publish"])
def test_nobody_approves_or_publishes_words_that_he_has_not_seen(desk, verb):
    post = put_in_review(make_post())
    with four_eyes(False):
        desk.open(post, "paula")
        write(post, by=person("colin"), headline="Unseen")
        put_in_review(post)
        before = rows()
        response = desk.send(post, "paula", verb=verb)
    assert (response.status_code, rows()) == (409, before)


@pytest.mark.parametrize(
    ("stage", "by", "verb", "reason", "ends"),
    [
        ("draft", "carla", "submit", {}, "review"),
        ("review", "carla", "recall", {}, "draft"),
        ("review", "edith", "request_changes", {"request_changes__note": "Who says so?"}, "changes"),
        ("review", "edith", "approve", {}, "approved"),
        ("approved", "paula", "publish", {}, "published"),
        ("published", "paula", "withdraw", {"withdraw__public_note": "It was wrong."}, "withdrawn"),
        ("draft", "carla", "spike", {}, "spiked"),
        ("spiked", "carla", "revive", {}, "draft"),
    ],
)
def test_every_button_does_its_step(desk, stage, by, verb, reason, ends):
    post = in_stage(stage)
    offered = desk.open(post, by).content.decode()
    assert f'name="verb" value="{verb}"' in offered
    assert desk.send(post, by, verb=verb, **reason).status_code == 302
    post = fresh(post)
    assert (post.stage, post.events.order_by("-number").first().by_name) == (ends, by.title())


def test_live_text_is_changed_and_sent_on_in_one_go_but_not_without_a_change(desk):
    post = make_live_post()
    assert 'name="verb" value="submit"' in desk.open(post, "carla").content.decode()
    before = rows()
    assert desk.send(post, "carla", verb="submit").status_code == 409
    assert rows() == before
    assert desk.send(post, "carla", verb="submit", headline="Other", change="update").status_code == 302
    assert (fresh(post).stage, fresh(post).live.headline) == ("review", "Council closes the bridge")


def test_who_writes_alone_publishes_a_change_in_one_go(desk):
    post = make_live_post()
    with four_eyes(False):
        desk.open(post, "paula")
        assert desk.send(post, "paula", verb="publish", headline="Other", change="typo").status_code == 302
    assert (fresh(post).stage, fresh(post).live.headline) == ("published", "Other")


@pytest.mark.parametrize("verb", ["request_changes", "withdraw"])
def test_a_step_that_needs_a_reason_is_refused_without_one(desk, verb):
    post = in_stage("review" if verb == "request_changes" else "published")
    desk.open(post, "paula")
    before = rows()
    response = desk.send(post, "paula", verb=verb)
    assert (response.status_code, rows()) == (409, before)


def test_what_is_not_possible_is_named_with_its_reason(desk):
    text = desk.open(make_post(), "carla").content.decode()
    assert "Your account may not do this." in text
    assert "Somebody else has to approve it first." in desk.open(make_post(), "paula").content.decode()
    assert 'value="publish"' not in text


@pytest.mark.parametrize("verb", ["adopt", "delete", "__init__", "save", "publish "])
def test_a_verb_that_is_no_button_is_refused(desk, verb):
    post = make_post()
    desk.open(post, "ada")
    before = rows()
    assert desk.send(post, "ada", verb=verb, headline="Typed").status_code == 400
    assert rows() == before


def test_a_reader_of_somebody_elses_piece_gets_no_form_and_none_of_its_drafts(desk):
    post = make_live_post()
    write(post, headline="Not yet public", kind="update")
    response = desk.open(post, "colin")
    assert response.context["form"] is None
    assert "Not yet public" not in response.content.decode()
    before = rows()
    assert desk.send(post, "colin", headline="Mine", based_on="2").status_code == 403
    assert desk.send(post, "colin", verb="withdraw", withdraw__public_note="x", based_on="2").status_code == 409
    assert rows() == before


def test_a_draft_behind_live_text_is_previewed_by_those_alone_who_may_read_it(client):
    post = make_live_post()
    write(post, headline="Not yet public", kind="update")
    statuses = {}
    for name in ("mod", "colin", "carla", "edith", "paula"):
        client.force_login(person(name))
        statuses[name] = [client.get(f"/preview/{post.key}/{number}/").status_code for number in (1, 2)]
    assert statuses == {
        "mod": [200, 404],
        "colin": [200, 404],
        "carla": [200, 200],
        "edith": [200, 200],
        "paula": [200, 200],
    }
