"""Names in a line, and the fields of a piece one by one."""

import pytest

from blog.forms import PostForm, join_names, split_names
from blog.models import Picture
from blog.pictures import store
from tests.blog.test_admin_writing import as_sent
from tests.blog.test_pictures import made
from tests.factories import (
    approved,
    fresh,
    make_author,
    make_contributor,
    make_editor,
    make_live_post,
    make_post,
    make_publisher,
    published,
    write,
)

NAMES = [["harbour", "council"], ["Paris, Texas", "x"], ['the "Kestrel"', "a,b"], ["Smith, Jr."], [], ["שלום", "naïve"]]


@pytest.mark.parametrize("names", NAMES)
def test_names_written_in_a_line_are_read_again(names):
    assert split_names(join_names(names)) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a, b ,c", ["a", "b", "c"]),
        ("a,,b,", ["a", "b"]),
        ("two words, one", ["two words", "one"]),
        ("a\nb\r\nc", ["a", "b", "c"]),
        ('"Paris, Texas", b', ["Paris, Texas", "b"]),
        (" ", []),
    ],
)
def test_names_are_set_apart_by_commas(text, names):
    assert split_names(text) == names


def sent(form, **changes):
    """The form again, with what it shows and these changes."""
    fields = {field.html_name: field.value() for field in form if field.value() is not None}
    rows = {f"sources-{name}": value for name, value in {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0}.items()}
    return PostForm({**fields, **rows, **changes}, post=form.post, by=form.by)


@pytest.mark.django_db
def test_of_two_authors_with_one_name_a_writer_gets_his_own_byline():
    make_author("Jo March", "jo-march")
    make_author("Jo March", "jo-march-2", user=make_contributor())
    form = sent(PostForm(by=make_contributor()), headline="H", byline="jo march, Guest")
    assert form.is_valid()
    assert form.content().byline == ({"name": "Jo March", "slug": "jo-march-2"}, {"name": "Guest", "slug": ""})


@pytest.mark.django_db
def test_a_byline_that_stands_there_keeps_whom_it_meant():
    make_author("Jo March", "jo-march")
    post = make_post(byline=({"name": "Jo March", "slug": "another-jo"},))
    form = sent(PostForm(post=post, by=make_editor()), headline="Other")
    assert form.is_valid()
    assert form.content().byline == ({"name": "Jo March", "slug": "another-jo"},)


@pytest.mark.django_db
def test_the_kind_of_change_is_asked_for_what_was_public_and_remembered_while_it_is_rewritten():
    assert "change" not in PostForm(post=make_post(), by=make_editor()).fields
    post = make_live_post()
    assert PostForm(post=post, by=make_editor())["change"].value() == ""
    post = write(post, headline="Other", kind="correction")
    assert PostForm(post=post, by=make_editor())["change"].value() == "correction"


@pytest.mark.django_db
def test_a_picture_that_is_chosen_brings_its_words():
    picture = store(made(), alt="The bridge", credit="C")
    form = sent(PostForm(post=make_post(), by=make_editor()), image_choice=str(picture.pk))
    assert form.is_valid()
    assert form.content().image["alt"] == "The bridge"


@pytest.mark.django_db
def test_a_picture_without_words_gets_the_first_that_are_given_to_it():
    picture = store(made())
    refused = sent(PostForm(post=make_post(), by=make_editor()), image_choice=str(picture.pk))
    assert not refused.is_valid() and "image_alt" in refused.errors
    form = sent(PostForm(post=make_post(), by=make_editor()), image_choice=str(picture.pk), image_alt="The bridge")
    assert form.is_valid()
    form.save()
    assert Picture.objects.get().alt == "The bridge"


@pytest.mark.django_db
def test_a_picture_of_which_the_library_says_something_may_be_decorative_in_a_piece():
    picture = store(made(), alt="The bridge", credit="C")
    chosen = {"image_choice": str(picture.pk), "image_alt": "", "image_decorative": "on"}
    form = sent(PostForm(post=make_post(), by=make_editor()), **chosen)
    assert form.is_valid()
    post, _revision = form.save()
    assert (post.head.image["alt"], Picture.objects.get().alt) == ("", "The bridge")
    assert published(post).is_live()
    form = PostForm(post=fresh(post), by=make_editor())
    assert form["image_decorative"].value() is True
    again = PostForm(as_sent(form), post=fresh(post), by=make_editor())
    assert again.is_valid() and again.is_untouched()
    without = as_sent(form) | {"image_alt": "A", "change": "typo"}
    del without["image_decorative"]
    form = PostForm(without, post=fresh(post), by=make_editor())
    assert form.is_valid() and "decorative" not in form.said().tidy().image


@pytest.mark.django_db
def test_a_picture_of_before_is_called_decorative_where_somebody_says_so():
    image = {"src": "https://a.example/p.jpg", "alt": "", "width": 1, "height": 1, "credit": ""}
    post = make_post(image=image)
    form = PostForm(post=post, by=make_editor())
    assert form["image_decorative"].value() is False
    untouched = PostForm(as_sent(form), post=post, by=make_editor())
    assert untouched.is_valid() and untouched.is_untouched()
    form = sent(form, image_decorative="on")
    assert form.is_valid()
    assert published(form.save()[0]).is_live()


@pytest.mark.django_db
def test_without_a_picture_nothing_is_asked_about_one():
    image = {"src": "https://a.example/p.jpg", "alt": "A", "width": 1, "height": 1, "credit": ""}
    form = sent(PostForm(post=make_post(image=image), by=make_editor()), image_choice="none", image_alt="")
    assert form.is_valid()
    assert form.content().image is None


@pytest.mark.django_db
def test_a_slug_is_kept_in_the_form_in_which_addresses_are_read():
    post = make_post()
    sent = as_sent(PostForm(post=post, by=make_editor())) | {"slug": "2\u2126"}
    form = PostForm(sent, post=post, by=make_editor())
    assert form.is_valid()
    assert form.save()[0].slug == "2\u03a9"


@pytest.mark.django_db
def test_the_time_of_a_source_keeps_its_seconds_while_the_row_is_mended():
    row = {"outlet": "Clarion", "title": "Bridge shut", "url": "", "at": "2026-03-12T18:42:17+00:00"}
    form = PostForm(post=make_post(sources=(row,)), by=make_editor())
    rows = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-outlet": "The Clarion", "0-title": "Bridge shut"}
    shown = {f"sources-{name}": value for name, value in (rows | {"0-at": "2026-03-12T18:42"}).items()}
    mended = sent(form, **shown)
    assert mended.is_valid(), mended.sources.errors
    assert mended.content().tidy().sources == (row | {"outlet": "The Clarion"},)
    retimed = sent(form, **shown | {"sources-0-at": "2026-03-12T18:43"})
    assert retimed.is_valid()
    assert retimed.content().tidy().sources[0]["at"] == "2026-03-12T18:43:00+00:00"


@pytest.mark.django_db
def test_a_headline_of_signs_that_nobody_sees_is_none():
    post = make_post()
    sent = as_sent(PostForm(post=post, by=make_editor())) | {"headline": "\u200b\u2060"}
    assert "headline" in PostForm(sent, post=post, by=make_editor()).errors


@pytest.mark.django_db
def test_a_form_from_before_the_first_publication_is_sent_twice(client):
    post = approved(make_post())
    sent = as_sent(PostForm(post=post, by=make_publisher())) | {"verb": "publish"}
    client.force_login(make_publisher())
    address = f"/admin/blog/post/{post.pk}/change/"
    assert client.post(address, sent).status_code == 302
    again = client.post(address, sent)
    assert again.status_code == 409
    assert "It is at “Published”" in again.text
    assert post.events.filter(verb="publish").count() == 1
