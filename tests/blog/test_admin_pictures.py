"""The library: found, uploaded, described, and where each picture is used."""

import html
import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from blog import picture_uses, pictures, rendering, revisions, verifying, workflow
from blog.models import Picture, PictureUse
from blog.renditions import Kept
from blog.revisions import Content
from tests.blog.test_pictures import made
from tests.factories import make_post, make_rolling_post, make_update, person, published, write
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db
LIBRARY = "/admin/blog/picture/"


@pytest.fixture
def as_person(client):
    def sign_in(name):
        client.force_login(person(name))
        return client

    return sign_in


def kept(colour, **words):
    return pictures.store(made(colour=colour), **words)


def figure(picture):
    return f'<figure><img src="{picture.file.url}" alt="A"></figure>'


def uses():
    rows = PictureUse.objects.order_by("picture_id", "post_id", "update_id")
    return [(row.picture_id, row.post_id, row.update_id, row.in_head, row.in_live) for row in rows]


# Finding


def shown(response):
    return [picture.alt for picture in response.context["pictures"]]


def test_the_library_is_searched_by_what_pictures_show_their_credits_and_licences(as_person):
    kept("red", alt="Die Brücke im Nebel", credit="Ö. Åberg")
    kept("blue", alt="The harbour", licence="CC BY 4.0")
    kept("green")
    client = as_person("carla")
    assert shown(client.get(LIBRARY)) == ["", "The harbour", "Die Brücke im Nebel"]
    for words in ("brücke", "BRÜCKE nebel", "åberg", "bridge"):
        found = ["Die Brücke im Nebel"] if words != "bridge" else []
        assert shown(client.get(LIBRARY, {"q": words})) == found, words
    assert shown(client.get(LIBRARY, {"q": "cc 4.0"})) == ["The harbour"]
    assert shown(client.get(LIBRARY, {"q": "%"})) == []
    assert shown(client.get(LIBRARY, {"undescribed": "1"})) == [""]


def test_the_library_is_continued_from_a_key(as_person, monkeypatch):
    monkeypatch.setattr("blog.admin.pictures.SIZE", 2)
    for colour in ("red", "green", "blue"):
        kept(colour, alt=colour)
    client = as_person("carla")
    first = client.get(LIBRARY)
    kept("black", alt="black")  # comes in meanwhile: nothing is shown twice
    second = client.get(LIBRARY, {"before": first.context["next_place"]})
    assert (shown(first), shown(second)) == (["blue", "green"], ["red"])
    assert second.context["next_place"] == ""
    assert client.get(LIBRARY, {"before": "nowhere"}).status_code == 400


def test_the_library_asks_the_same_number_of_questions_however_much_it_shows(as_person):
    client = as_person("edith")
    kept("red", alt="A")
    with_one = _questions(client)
    for colour in ("green", "blue"):
        published(make_post(colour, body=figure(kept(colour, alt=colour))))
    assert _questions(client) == with_one


def _questions(client):
    with CaptureQueriesContext(connection) as asked:
        client.get(LIBRARY)
    return len(asked)


def test_the_library_says_where_a_picture_is_used(as_person):
    picture = kept("red", alt="A")
    published(make_post("Live", body=figure(picture)))
    make_post("Draft", body=figure(picture))
    page = as_person("edith").get(LIBRARY)
    [found] = page.context["pictures"]
    assert (found.live_count, found.draft_count) == (1, 1)
    assert "in 1 published piece, in 1 draft" in " ".join(page.content.decode().split())


# Uploading by script


def test_a_picture_is_uploaded_by_a_script_and_waits_for_its_words(as_person):
    client = as_person("carla")
    answer = client.post(f"{LIBRARY}upload/", {"upload": made(), "alt": "forged", "number": "7"}).json()
    picture = Picture.objects.get()
    assert (answer["number"], answer["described"], answer["src"]) == (picture.pk, False, picture.file.url)
    assert (picture.alt, picture.added_by) == ("", person("carla"))
    assert default_storage.exists(answer["thumbnail"].removeprefix("/media/"))
    described = client.post(f"{LIBRARY}{picture.pk}/describe/", {"alt": " The  bridge ", "credit": "C"}).json()
    assert (described["alt"], described["credit"], described["described"]) == ("The bridge", "C", True)
    client.post(f"{LIBRARY}{picture.pk}/describe/", {"alt": "Something else"})
    assert Picture.objects.get().alt == "The bridge"


def test_what_is_no_picture_or_says_nothing_is_refused_with_a_sentence(as_person):
    client = as_person("carla")
    broken = made()
    broken.truncate(30)
    for sent in ({}, {"upload": broken}, {"upload": "text"}):
        response = client.post(f"{LIBRARY}upload/", sent)
        assert response.status_code == 400 and response.json()["error"].endswith(".")
    assert not Picture.objects.exists()
    picture = kept("red")
    for sent in ({}, {"alt": " "}, {"alt": "A", "is_decorative": "on"}, {"alt": "a\x00b"}, {"alt": "a" * 1001}):
        response = client.post(f"{LIBRARY}{picture.pk}/describe/", sent)
        assert response.status_code == 400 and response.json()["error"].endswith("."), sent
    assert client.post(f"{LIBRARY}999/describe/", {"alt": "A"}).status_code == 404
    assert not Picture.objects.get().is_described()


def test_only_who_may_upload_uploads(as_person):
    for name in ("rita", "mod"):
        assert as_person(name).post(f"{LIBRARY}upload/", {"upload": made()}).status_code in {302, 403}
    assert not Picture.objects.exists()


def test_what_is_found_by_a_script_is_what_the_page_shows(as_person, monkeypatch):
    monkeypatch.setattr("blog.admin.pictures.SIZE", 1)
    kept("red", alt="Red")
    kept("blue", is_decorative=True)
    client = as_person("carla")
    first = client.get(f"{LIBRARY}find/").json()
    assert [(one["alt"], one["decorative"], one["described"]) for one in first["pictures"]] == [("", True, True)]
    second = client.get(f"{LIBRARY}find/", {"before": first["next"], "q": "red"}).json()
    assert ([one["alt"] for one in second["pictures"]], second["next"]) == (["Red"], "")


# The page of one


def test_words_and_the_point_in_sight_are_changed_on_its_page(as_person):
    picture = pictures.store(made("JPEG", (900, 900), colour="teal"), alt="A")
    client = as_person("edith")
    address = f"{LIBRARY}{picture.pk}/change/"
    sent = {"alt": "B", "credit": "C", "licence": "CC BY", "focus_x": "0", "focus_y": "100"}
    assert client.post(address, sent).status_code == 302
    now = Picture.objects.get()
    assert (now.alt, now.credit, now.licence, now.focus) == ("B", "C", "CC BY", (0, 100))
    assert default_storage.exists(Kept.named(now.file.name).shared((0, 100)))
    for wrong in ({"alt": ""}, {"focus_x": "101"}, {"focus_y": "-1"}, {"focus_x": "a"}, {"is_decorative": "on"}):
        assert client.post(address, sent | wrong).status_code == 200, wrong
    assert Picture.objects.filter(pk=now.pk, alt="B", focus_x=0, focus_y=100, is_decorative=False).exists()
    assert client.post(address, {"is_decorative": "on"}).status_code == 302
    assert Picture.objects.filter(pk=now.pk, alt="", focus_x=50, is_decorative=True).exists()


def test_a_point_whose_cut_cannot_be_written_is_refused_at_its_field(as_person, monkeypatch):
    picture = pictures.store(made("JPEG", (900, 900), colour="navy"), alt="A")

    def no_room(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures.os, "replace", no_room)
    page = as_person("edith").post(f"{LIBRARY}{picture.pk}/change/", {"alt": "A", "focus_x": "3", "focus_y": "3"})
    assert page.status_code == 200 and "no room" in page.content.decode()
    assert Picture.objects.get().focus == (50, 50)


def test_the_page_names_the_pieces_that_its_reader_may_see_and_counts_the_others(as_person):
    picture = kept("red", alt="A")
    published(make_post("Seen by readers", body=figure(picture)))
    make_post("Draft of Colin", by=person("colin"), body=figure(picture))
    address = f"{LIBRARY}{picture.pk}/change/"
    of_editor, of_writer = (as_person(name).get(address).content.decode() for name in ("edith", "carla"))
    assert "Draft of Colin" in of_editor and "and in " not in of_editor
    assert "Draft of Colin" not in of_writer and "and in 1 more" in of_writer
    assert "Seen by readers" in of_writer


# Where it is used


def test_uses_follow_every_wording_and_what_readers_see(as_person):
    red, blue = kept("red", alt="R"), kept("blue", alt="B")
    post = make_post("One", body=figure(red))
    assert uses() == [(red.pk, post.pk, None, True, False)]
    published(post)
    assert uses() == [(red.pk, post.pk, None, True, True)]
    image = pictures.as_image(blue)
    content = Content(headline="One", body="<p>No picture.</p>", image=image)
    revisions.write(post, content, by=person("edith"))
    assert uses() == [(red.pk, post.pk, None, False, True), (blue.pk, post.pk, None, True, False)]
    post.refresh_from_db()
    workflow.withdraw(post, by=person("paula"), note="R", public_note="N")
    assert uses() == [(blue.pk, post.pk, None, True, False)]


def test_uses_of_updates_are_their_own_and_are_made_again():
    red = kept("red", alt="R")
    post = make_rolling_post("Running")
    update = make_update(post, body=figure(red))
    expected = [(red.pk, post.pk, update.pk, True, False)]
    assert uses() == expected
    PictureUse.objects.all().delete()
    PictureUse.objects.create(picture=red, post=post, in_head=True, in_live=True)
    post.refresh_from_db()
    picture_uses.make_again(post)
    assert uses() == expected


def test_pictures_of_others_and_such_that_are_not_here_are_no_uses():
    make_post(
        "One", body=f'<p><img src="/media/pictures/aa/{"a" * 64}.jpg" alt="A"> <img src="https://a.example/b"></p>'
    )
    assert uses() == []


def test_a_picture_of_an_old_name_is_found_too():
    picture = kept("red", alt="R")
    old = f"/media/pictures/{picture.sha256[:2]}/{picture.sha256}.png"
    post = make_post("One", body=f'<p><img src="{old}" alt="A"></p>')
    assert uses() == [(picture.pk, post.pk, None, True, False)]


def test_a_wording_keeps_the_point_in_sight_only_where_it_is_not_the_middle():
    picture = pictures.store(made("JPEG", (900, 900), colour="teal"), alt="A")
    plain = write(make_post("One"), image=pictures.as_image(picture))
    assert "focus" not in plain.head.image
    moved = write(plain, image=pictures.as_image(pictures.change(picture, focus=(10, 20))))
    assert moved.head.image["focus"] == "10 20"
    assert write(moved, image=moved.head.image | {"focus": "<b>"}).head.image == plain.head.image


def test_verify_says_when_the_index_of_uses_lies_and_the_indexes_are_made_again():
    red, blue = kept("red", alt="R"), kept("blue", alt="B")
    post = published(make_post("One", body=figure(red)))
    update = make_update(make_rolling_post("Running"), body=figure(blue))
    true = uses()
    assert true == [(red.pk, post.pk, None, True, True), (blue.pk, update.post_id, update.pk, True, False)]
    assert list(verifying.verify()) == []
    PictureUse.objects.filter(picture=red).update(in_live=False)
    PictureUse.objects.filter(picture=blue).delete()
    found = [(lie.pk, lie.what) for lie in verifying.verify()]
    said = "is found as using other pictures than its wordings show"
    assert found == [(post.pk, said), (update.post_id, said)]
    call_command("rebuild_indexes", stdout=io.StringIO())
    assert (uses(), list(verifying.verify())) == (true, [])


@pytest.mark.django_db(transaction=True)
def test_one_picture_sent_by_four_at_once_is_one_row_and_whole_files(tmp_path):
    for name in ("carla", "colin", "edith", "paula"):
        person(name)
    place, folder = database_for_race(connection, tmp_path), tmp_path / "media"
    data = made("PNG", (600, 400), colour="teal").getvalue().hex()
    jobs = (["send_picture", name, str(folder), data, 5] for name in ("carla", "colin", "edith", "paula"))
    found = race(place, *jobs)
    [[name]] = {tuple(names) for names in found}
    kept = Kept.named(name)
    there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert there == sorted([name, kept.shared(), *map(kept.narrow, kept.widths)])
    for path in there:
        Image.open(folder / path).load()


def test_pictures_that_lack_files_are_completed_and_what_cannot_be_read_is_named():
    whole, lost = kept("red", alt="R"), kept("blue", alt="B")
    said = io.StringIO()
    default_storage.delete(Kept.named(whole.file.name).shared())
    call_command("complete_pictures", stdout=said)
    assert said.getvalue() == "Made files for 1 of 2 pictures.\n"
    assert pictures.missing(Kept.named(whole.file.name)) == []
    default_storage.delete(lost.file.name)
    with pytest.raises(CommandError, match=lost.sha256):
        call_command("complete_pictures", stdout=said)
    pictures.store(made(colour="blue"))
    assert pictures.missing(Kept.named(lost.file.name)) == []


def test_without_a_script_the_page_has_the_html_for_a_text(as_person):
    picture = kept("red", alt='A "sign"', credit="<C>")
    page = as_person("carla").get(f"{LIBRARY}{picture.pk}/change/").content.decode()
    [shown] = re.findall(r"<code>(.*?)</code>", page)
    typed = html.unescape(shown)
    assert typed.startswith(f'<figure><img src="{picture.file.url}"') and "<" not in shown
    assert 'srcset="' in rendering.clean(typed) and "&lt;C&gt;" in rendering.clean(typed)


def sent_by_form(client, **words):
    data = {"upload": made(colour="teal"), "alt": "", "credit": "", "licence": ""} | words
    data["upload"].name = "a.png"
    return client.post(f"{LIBRARY}add/", data, follow=True)


def test_words_that_are_typed_for_a_picture_that_nobody_described_are_kept(as_person):
    picture = kept("teal")
    client = as_person("carla")
    sent_by_form(client, alt="The bridge", credit="E. E.", licence="CC BY 4.0")
    assert Picture.objects.values_list("pk", *pictures.WORDS).get() == (
        picture.pk,
        "The bridge",
        False,
        "E. E.",
        "CC BY 4.0",
    )


def test_words_that_are_typed_for_a_picture_that_says_what_it_shows_are_not_kept_and_that_is_said(as_person):
    picture = kept("teal", alt="The bridge", credit="E. E.")
    client = as_person("paula")
    answer = sent_by_form(client, alt="A bridge", credit="E. E.")
    assert answer.redirect_chain == [(f"{LIBRARY}{picture.pk}/change/", 302)]
    assert "Yours were not kept" in answer.content.decode()
    assert Picture.objects.get().alt == "The bridge"
    same = sent_by_form(client, alt="The bridge", credit="E. E.")
    assert "Yours were not kept" not in same.content.decode()
