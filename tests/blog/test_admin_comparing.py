"""Any two versions of a piece at the desk, and an old one brought back."""

import re

import pytest

from blog.models import Revision
from tests.factories import (
    everything,
    fresh,
    make_live_post,
    make_live_update,
    make_post,
    make_rolling_post,
    make_update,
    person,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db


def compare(client, post, query="", by="edith"):
    client.force_login(person(by))
    answer = client.get(f"/admin/blog/post/{post.pk}/compare/{query}")
    return answer, answer.content.decode()


def marked(text):
    return re.findall(r"<(ins|del)(?: data[^>]*)?>([^<]*)</\1>", text)


def three_versions():
    post = make_live_post("Bridge", body="<p>One two three.</p><p>Same.</p><p>Same too.</p><p>And this.</p>")
    post = write(post, headline="Bridge shut", note="As the harbour says.")
    return write(post, body="<p>One two four.</p><p>Same.</p><p>Same too.</p><p>And this.</p>")


def test_the_newest_version_is_set_against_the_one_it_was_made_from(client):
    answer, text = compare(client, three_versions())
    assert answer.status_code == 200
    assert "Compare versions 2 and 3" in text
    assert marked(text) == [("del", "three"), ("ins", "four")]
    assert "2 paragraphs without changes" in text


def test_any_two_are_compared_field_by_field_with_who_and_why(client):
    post = three_versions()
    _answer, text = compare(client, post, "?a=1&b=3")
    assert marked(text) == [("ins", "shut"), ("del", "three"), ("ins", "four")]
    _answer, text = compare(client, post, "?a=1&b=2&all=1")
    assert "As the harbour says." in text
    assert text.count("And this.") == 2
    assert "without changes" not in text
    assert re.findall(r"<dd>(Since|No)", text) == ["No", "Since"]
    _answer, text = compare(client, post, "?a=3&b=1")
    assert ("del", "four") in marked(text)


@pytest.mark.parametrize("query", ["?b=9", "?b=x", "?a=&b=3", "?a=-1", "?b=٣", "?b=" + "9" * 30, "?a=1&b=4"])
def test_versions_that_there_are_not_or_of_two_pieces(client, query):
    post = make_rolling_post("Bridge")
    post = write(write(post, headline="Two"), headline="Three")
    make_update(post)  # version 4
    assert compare(client, post, query)[0].status_code == 404


def test_drafts_of_colleagues_stay_hidden(client):
    post = write(make_live_post("Seen", by=person("colin")), by=person("colin"), headline="zqz")
    for query in ("", "?b=1", "?b=2", "?a=1&b=1"):
        answer, text = compare(client, post, query, by="carla")
        assert (answer.status_code, "zqz" in text) == (403, False)
    answer, text = compare(client, make_post("Theirs zqz", by=person("colin")), by="carla")
    assert "zqz" not in text


def test_of_an_update_its_writer_sees_the_versions_and_no_other(client):
    post = make_rolling_post("Theirs", by=person("colin"))
    write(post, by=person("colin"), headline="zqz")  # 2
    rewrite_update(make_update(post, "Mine", by=person("carla")), by=person("carla"), headline="My own")  # 3, 4
    answer, text = compare(client, post, "?b=4", by="carla")
    assert (answer.status_code, "zqz" in text) == (200, False)
    assert "Compare versions 3 and 4" in text
    assert re.findall(r'<option value="(\d)"', text) == ["4", "3"] * 2
    assert compare(client, post, "?b=2", by="carla")[0].status_code == 403


def test_an_old_wording_of_an_update_is_brought_back_to_the_update(client):
    post = make_rolling_post("Bridge")
    update = make_live_update(post, "Crack", body="<p>4 mm.</p>")  # 2
    update = rewrite_update(update, body="<p>6 mm.</p>")  # 3
    before = fresh(post)
    client.force_login(person("edith"))
    _answer, text = compare(client, post, "?b=3")
    assert "Bring version 2 back as a draft" in text
    assert "Bring version 3 back" not in text
    answer = client.post(f"/admin/blog/post/{post.pk}/restore/2/", {"based_on": "3"})
    assert answer.headers["Location"] == f"/admin/blog/post/{post.pk}/updates/{update.number}/"
    update, after = fresh(update), fresh(post)
    assert (update.head.number, update.head.body, update.head.update_id) == (4, "<p>4 mm.</p>", update.pk)
    assert update.live.number == 2
    assert (after.head_id, after.live_id, after.stage) == (before.head_id, before.live_id, before.stage)


def test_a_wording_is_not_brought_back_over_what_somebody_saved_meanwhile(client):
    post = make_rolling_post("Bridge")
    update = rewrite_update(rewrite_update(make_live_update(post), body="<p>Two.</p>"), body="<p>Three.</p>")
    kept = everything()["blog.Revision"], everything()["blog.Event"]
    client.force_login(person("edith"))
    client.post(f"/admin/blog/post/{post.pk}/restore/2/", {"based_on": "3"})
    for number, based_on, status in ((2, "1", 404), (9, "4", 404), (2, "", 404)):
        answer = client.post(f"/admin/blog/post/{post.pk}/restore/{number}/", {"based_on": based_on})
        assert answer.status_code == status
    assert (everything()["blog.Revision"], everything()["blog.Event"]) == kept
    assert Revision.objects.of(update).count() == 3


def test_who_may_not_write_is_offered_nothing_to_bring_back(client):
    post = make_rolling_post("Carla's story")
    rewrite_update(make_update(post, by=person("colin")), by=person("colin"), headline="Newer")  # 2, 3
    answer, text = compare(client, post, "?b=3", by="carla")
    assert (answer.status_code, "back as a draft" in text) == (200, False)
    assert client.post(f"/admin/blog/post/{post.pk}/restore/2/", {"based_on": "3"}).status_code == 403
    _answer, text = compare(client, post, "?b=3", by="edith")
    assert re.findall(r"Bring version (\d) back", text) == ["2"]
    assert Revision.objects.filter(post=post).count() == 3


def test_the_history_names_the_updates_and_leads_to_what_changed(client):
    post = make_rolling_post("Bridge")
    update = rewrite_update(make_live_update(post, "", body="<p>Without a headline.</p>"), body="<p>Other.</p>")
    client.force_login(person("edith"))
    text = client.get(f"/admin/blog/post/{post.pk}/history/").content.decode()
    assert f'href="/admin/blog/post/{post.pk}/updates/{update.number}/">Update of' in text
    assert f'href="/admin/blog/post/{post.pk}/compare/?b=3"' in text
    assert f'href="/admin/blog/post/{post.pk}/compare/?b=2"' not in text  # the first of its piece
    assert "Without a headline." in text
    assert text.count("Readers see this") == 2
