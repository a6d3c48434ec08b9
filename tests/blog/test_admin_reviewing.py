"""Review on the pages of the desk: sending, notes, what happened meanwhile, types with their steps, mails."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from blog import belonging, glass, passage_notes, reviewing, workflow
from blog.forms.reviews import ReviewForm
from blog.models import Muted, PassageNote, Post, ReviewRequest, ReviewStep, StoryType
from tests.factories import everything, fresh, make_live_post, make_post, person, put_in_review, write

pytestmark = pytest.mark.django_db

BODY = "<p>Engineers found a crack, and the bridge stays shut.</p>"


def sign_in(client, name):
    client.force_login(person(name))
    return client


def change(post):
    return reverse("admin:blog_post_change", args=[post.pk])


def read(post, number=1):
    return reverse("admin:blog_post_read", args=[post.pk, number])


def form_of(client, post, **more):
    """What a browser sends of the page of a piece."""
    form = client.get(change(post)).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value not in (None, False)}
    return sent | {"sources-TOTAL_FORMS": "0", "sources-INITIAL_FORMS": "0"} | more


def test_a_piece_is_sent_to_a_person_until_a_time(client):
    post, edith = make_post(), person("edith")
    sign_in(client, "carla")
    due = timezone.localtime(timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    asked = {"submit-to": f"user-{edith.pk}", "submit-due_at": due.strftime("%Y-%m-%dT%H:%M"), "submit-note": "Quotes?"}
    response = client.post(change(post), form_of(client, post, verb="submit", **asked))
    assert response.status_code == 302
    request = reviewing.open_request(post)
    assert (request.to_user, request.due_at, request.note) == (edith, due, "Quotes?")


def test_so_many_people_are_offered_by_name_and_no_more(client, monkeypatch):
    monkeypatch.setattr("blog.forms.reviews.MOST_PEOPLE", 2)
    for name in ("edith", "emil", "paula"):
        person(name)
    form = ReviewForm(piece=make_post(), by=person("carla"))
    assert [label for _value, label in dict(form.fields["to"].choices)["People"]] == ["Edith", "Emil"]


def test_who_is_not_offered_cannot_be_asked_and_the_form_comes_back_as_it_was(client):
    post, colin = make_post(), person("colin")
    sign_in(client, "carla")
    sent = form_of(client, post, verb="submit", **{"submit-to": f"user-{colin.pk}", "submit-note": "Please look"})
    response = client.post(change(post), sent)
    assert (response.status_code, fresh(post).stage) == (409, "draft")
    assert response.context["review_form"].errors.keys() == {"to"}
    assert b"Please look" in response.content


def test_a_button_that_comes_too_late_says_what_happened_meanwhile(client):
    post = put_in_review(make_post())
    sign_in(client, "emil")
    sent = form_of(client, post, verb="approve", seen=str(client.get(change(post)).context["seen"]))
    person("edith")
    workflow.approve(fresh(post), post.head, by=person("edith"))
    response = client.post(change(post), sent)
    at = timezone.localtime(fresh(post).events.latest("number").at).strftime("%H:%M")
    assert response.status_code == 409
    assert f"Edith approved version 1 at {at}." in response.content.decode()


def test_who_breaks_the_glass_gives_a_reason_and_another_looks_over_it(client):
    post = make_post()
    sign_in(client, "paula")
    response = client.post(change(post), form_of(client, post, verb="break_glass"))
    assert (response.status_code, fresh(post).live) == (409, None)
    sent = form_of(client, post, verb="break_glass", **{"break_glass-note": "Flood."})
    assert client.post(change(post), sent).status_code == 302
    assert fresh(post).glass.note == "Flood."
    assert b"Published without approval" in client.get(change(post)).content
    assert client.post(read(post), {"verb": "look_over"}).status_code == 409
    sign_in(client, "edith")
    assert client.post(read(post), {"verb": "look_over", "look_over-note": "Right."}).status_code == 302
    assert fresh(post).glass is None


def test_what_is_looked_over_is_what_the_page_showed(client):
    """Edith reads what was published without approval; meanwhile something else is."""
    post = make_post()
    post = glass.break_glass(post, post.head, by=person("paula"), reason="Flood.")
    write(post, headline="A draft behind it")
    sign_in(client, "edith")
    number = re.search(r'name="look_over-version" value="(\d+)"', client.get(read(post, 2)).text)[1]
    assert number == "1"
    post = fresh(post)
    glass.break_glass(post, post.head, by=person("paula"), reason="Flood again.")
    before = everything()
    sent = {"verb": "look_over", "look_over-version": number, "look_over-note": "Right, all of it."}
    answer = client.post(read(post, 2), sent)
    assert answer.status_code == 409 and everything() == before
    assert "Paula published version 2 without approval: look at that one." in answer.text
    assert "Right, all of it.</textarea>" in answer.text
    assert client.post(change(post), form_of(client, post, **sent)).status_code == 409
    assert client.post(change(post), form_of(client, post, **sent | {"look_over-version": "2"})).status_code == 302
    assert fresh(post).glass is None


def test_changes_are_asked_for_in_the_version_that_is_read(client):
    post = put_in_review(write(make_post(), headline="Newer"))
    sign_in(client, "edith")
    sent = {"verb": "request_changes", "request_changes-note": "Who says so?"}
    assert client.post(read(post, 1), sent).status_code == 409
    assert client.post(read(post, 2), sent).status_code == 302


def test_what_is_passed_over_by_breaking_the_glass_stands_in_the_event(client):
    post = make_post(body="<p>The the bridge is shut.</p>")
    sign_in(client, "paula")
    sent = form_of(client, post, verb="break_glass", **{"break_glass-note": "Flood."})
    assert client.post(change(post), sent).status_code == 302  # why it cannot wait is said, and asked once
    assert fresh(post).glass.details["warnings"] == ["doubled"]


def test_a_doubtful_typo_is_asked_about_before_the_glass_is_broken(client):
    post = write(make_live_post(body="<p>It opened in 1974.</p>"), body="<p>It opened in 1976.</p>")
    sign_in(client, "paula")
    sent = form_of(client, post, verb="break_glass", change="typo", **{"break_glass-note": "Flood."})
    before = everything()
    answer = client.post(change(post), sent)
    assert answer.status_code == 409 and everything() == before
    assert "It is said to be a typo, but:" in answer.text and "Flood." in answer.text
    sure = re.search(r'name="publish-sure" value="([^"]*)"', answer.text)[1]
    assert client.post(change(post), sent | {"publish-sure": sure}).status_code == 302
    assert fresh(post).glass.details["warnings"] == sure.split()


def test_who_approves_a_step_is_told_where_the_piece_is_now_and_that_nobody_can_go_on(client):
    news = StoryType.objects.create(name="News")
    for position, name in enumerate(("Editor", "Publisher"), 1):
        ReviewStep.objects.create(story_type=news, position=position, name=name, group=Group.objects.get(name=name))
    person("edith"), person("paula")
    posts = [put_in_review(belonging.set_type(make_post(), news, by=person("carla"))) for _number in range(2)]
    sign_in(client, "edith")
    answer = client.post(read(posts[0]), {"verb": "approve"}, follow=True)
    assert "is at “Publisher” now." in answer.text and "is approved" not in answer.text
    assert "Nobody could approve" not in answer.text
    Group.objects.get(name="Publisher").user_set.clear()
    answer = client.post(read(posts[1]), {"verb": "approve"}, follow=True)
    assert answer.text.count("Nobody could approve “Publisher” (Publisher).") == 2  # at once, and beside the piece


def test_a_review_past_its_time_says_so_beside_the_piece(client):
    post, soon = make_post(), timezone.now() + timedelta(hours=1)
    workflow.submit(post, by=person("carla"), to=person("edith"), due_at=soon)
    sign_in(client, "carla")
    late = '<span class="late">late</span>'
    assert late not in client.get(change(post)).text
    ReviewRequest.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert late in client.get(change(post)).text


def test_a_version_is_approved_where_it_is_read_and_only_as_the_newest(client):
    post = put_in_review(write(make_post(), headline="Newer"))
    sign_in(client, "edith")
    assert client.post(read(post, 1), {"verb": "approve"}).status_code == 409
    assert client.post(read(post, 2), {"verb": "approve"}).status_code == 302
    assert fresh(post).stage == "approved"


def test_a_note_is_left_answered_and_done_without_script(client):
    post = make_post(body=BODY)
    sign_in(client, "edith")
    notes = reverse("admin:blog_post_notes", args=[post.pk])
    words = {"number": "1", "note-part": "body", "note-exact": "a crack", "note-text": "Who <b>says</b> so?"}
    made = client.post(notes, words)
    note = PassageNote.objects.get()
    assert made.headers["Location"] == f"{read(post)}#note-{note.pk}"
    shown = client.get(change(post)).content.decode()
    assert "a crack</blockquote>" in shown
    assert "Who &lt;b&gt;says&lt;/b&gt; so?" in shown
    sign_in(client, "carla")
    client.post(notes, {"answer": note.pk, f"answer-{note.pk}": "The engineers.", "back": "write"})
    assert [answer.text for answer in passage_notes.open_notes(post)[0].answers] == ["The engineers."]
    client.post(notes, {"finish": note.pk, "back": "write"})
    assert passage_notes.open_notes(post) == []


def test_words_that_are_gone_are_shown_as_they_were(client):
    post = make_post(body=BODY)
    passage_notes.add(post, post.head, by=person("edith"), part="body", exact="a crack", text="Who says so?")
    write(post, body="<p>All is well.</p>")
    shown = sign_in(client, "carla").get(change(post)).content.decode()
    assert "Refers to words since changed. Version 1 said:" in shown
    assert "a crack</blockquote>" in shown


@pytest.mark.parametrize("words", ["words that are not there", ""])
def test_a_note_on_words_that_are_not_there_keeps_what_was_typed(client, words):
    post = make_post(body=BODY)
    sign_in(client, "edith")
    sent = {"number": "1", "note-part": "body", "note-exact": words, "note-text": "Who says so?"}
    response = client.post(reverse("admin:blog_post_notes", args=[post.pk]), sent)
    assert response.status_code == 400
    assert b"Who says so?" in response.content
    assert not PassageNote.objects.exists()


@pytest.mark.parametrize("text", ["Because.\x00", "Because. " * 700, "\x1bBecause."])
def test_an_answer_that_is_refused_stands_in_its_field_again(client, text):
    post = make_post(body=BODY)
    note = passage_notes.add(post, post.head, by=person("edith"), part="body", exact="a crack", text="Who says so?")
    sign_in(client, "carla")
    before = everything()
    sent = {"answer": note.pk, f"answer-{note.pk}": text, "back": "write"}
    answer = client.post(reverse("admin:blog_post_notes", args=[post.pk]), sent)
    assert answer.status_code == 400 and everything() == before
    field = re.search(rf'<textarea id="answer-{note.pk}"[^>]*>([^<]*)</textarea>', answer.text)[1]
    assert "Because." in field and len(field.strip()) >= len(text.strip()) - 1


def test_an_answer_to_a_note_that_is_done_meanwhile_is_not_lost(client):
    post = make_post(body=BODY)
    note = passage_notes.add(post, post.head, by=person("edith"), part="body", exact="a crack", text="Who says so?")
    passage_notes.finish(note, by=person("edith"))
    sign_in(client, "carla")
    before = everything()
    sent = {"answer": note.pk, f"answer-{note.pk}": "The engineers <say> so."}
    answer = client.post(reverse("admin:blog_post_notes", args=[post.pk]), sent)
    assert answer.status_code == 409 and everything() == before
    assert "Edith has marked this note as done." in answer.text
    assert "The engineers &lt;say&gt; so.</textarea>" in answer.text


def test_a_note_of_a_piece_with_a_number_that_there_is_none_of(client):
    post = make_post(body=BODY)
    note = passage_notes.add(post, post.head, by=person("edith"), part="body", exact="a crack", text="Who says so?")
    sign_in(client, "edith")
    for wrong in ("9" * 20, "9" * 400, str(post.pk + 1)):
        address = reverse("admin:blog_post_notes", args=[post.pk]).replace(f"/{post.pk}/", f"/{wrong}/")
        for sent in ({"finish": note.pk}, {"answer": note.pk}, {"number": "1"}):
            assert client.post(address, sent).status_code == 404


def test_notes_of_another_piece_are_not_touched(client):
    mine, other = make_post(body=BODY), make_post("Other", body=BODY, by=person("colin"))
    note = passage_notes.add(other, other.head, by=person("edith"), part="body", exact="a crack", text="Whose?")
    sign_in(client, "carla")
    before = everything()
    for post, status in ((mine, 404), (other, 404)):
        notes = reverse("admin:blog_post_notes", args=[post.pk])
        assert client.post(notes, {"finish": note.pk}).status_code == status
    assert everything() == before


def test_everybody_says_which_mails_he_gets_and_nobody_says_it_for_others(client):
    Muted.objects.create(user=person("edith"), kind="plan_done")
    sign_in(client, "carla")
    client.post(reverse("admin:mail_settings"), {"wanted": ["review_approved", "glass_broken"]})
    own = set(Muted.objects.filter(user=person("carla")).values_list("kind", flat=True))
    reviews, plans = {"review_asked", "review_changes", "review_stands"}, {"plan_done", "plan_idle", "plan_failed"}
    assert own == reviews | plans | {"passage_note"}
    assert Muted.objects.exclude(user=person("carla")).count() == 1
    assert client.post(reverse("admin:mail_settings"), {"wanted": ["nothing"]}).status_code == 400
    client.post(reverse("admin:mail_settings"), {"wanted": [*own, "review_approved", "glass_broken"]})
    assert not Muted.objects.filter(user=person("carla")).exists()


def steps_form(story_type, *rows):
    initial = list(story_type.steps.all()) if story_type else []
    sent = {"name": "News", "steps-TOTAL_FORMS": len(rows), "steps-INITIAL_FORMS": len(initial)}
    for number, (position, name, group) in enumerate(rows):
        own = {"id": initial[number].pk, "story_type": story_type.pk} if number < len(initial) else {}
        own |= {"position": position, "name": name, "group": group.pk}
        sent |= {f"steps-{number}-{key}": value for key, value in own.items()}
    return sent


def test_the_steps_of_a_type_are_set_and_change_places(client):
    editors, publishers = Group.objects.get(name="Editor"), Group.objects.get(name="Publisher")
    sign_in(client, "ada")
    add = reverse("admin:blog_storytype_add")
    assert client.post(add, steps_form(None, (1, "Desk", editors), (2, "Legal", publishers))).status_code == 302
    story_type = StoryType.objects.get()
    page = reverse("admin:blog_storytype_change", args=[story_type.pk])
    swapped = steps_form(story_type, (2, "Desk", editors), (1, "Legal", publishers))
    assert client.post(page, swapped).status_code == 302
    assert list(story_type.steps.values_list("position", "name")) == [(1, "Legal"), (2, "Desk")]


def test_a_step_of_people_who_may_not_approve_is_refused(client):
    sign_in(client, "ada")
    rows = steps_form(None, (1, "Desk", Group.objects.get(name="Contributor")))
    response = client.post(reverse("admin:blog_storytype_add"), rows)
    assert b"may not approve anything" in response.content
    assert not StoryType.objects.exists()


def test_type_and_deadline_are_set_on_the_page_of_a_piece(client):
    story_type, post = StoryType.objects.create(name="News"), make_post()
    sign_in(client, "carla")
    due = timezone.localtime(timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    sent = form_of(client, post, story_type=story_type.pk, deadline=due.strftime("%Y-%m-%dT%H:%M"))
    assert client.post(change(post), sent).status_code == 302
    assert (fresh(post).story_type, fresh(post).deadline) == (story_type, due)
    number = fresh(post).sequence
    client.post(change(post), form_of(client, post) | {"deadline": due.strftime("%Y-%m-%dT%H:%M")})
    assert fresh(post).sequence == number  # saved untouched, nothing is written


def test_the_list_still_sends_and_approves_many(client):
    posts = [make_post("One"), make_post("Two")]
    sign_in(client, "edith")
    ticked = {"_selected_action": [post.pk for post in posts]}
    for verb in ("submit", "approve"):
        client.post(reverse("admin:blog_post_changelist"), ticked | {"action": verb})
    assert [fresh(post).stage for post in posts] == ["approved", "approved"]


def test_broken_glass_is_red_on_the_first_page(client):
    post = make_post()
    glass.break_glass(post, post.head, by=person("paula"), reason="Flood.")
    assert Post.objects.filter(glass__isnull=False).count() == 1
    assert b"Published without approval" in sign_in(client, "edith").get(reverse("admin:index")).content
