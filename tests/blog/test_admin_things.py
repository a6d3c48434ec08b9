"""Authors, tags, stories, pictures, redirects and accounts at the desk, and forms that were tampered with."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.redirects.models import Redirect

from blog import indexing
from blog.models import Author, Edition, Event, Picture, Post, Revision, Story, Tag
from tests.blog.test_admin_writing import as_sent
from tests.blog.test_pictures import made
from tests.factories import make_author, make_live_post, make_post, make_story, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_person(client):
    def sign_in(name):
        client.force_login(person(name))
        return client

    return sign_in


def rows(*models):
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_tag_changes_its_sentence_there_and_its_names_elsewhere(as_person):
    [tag] = indexing.tags_named(["harbour"])
    client, address = as_person("edith"), f"/admin/blog/tag/{tag.pk}/change/"
    edition = Edition.objects.get().number
    assert client.post(address, {"name": "Port", "description": "The port.", "slug": "stolen"}).status_code == 302
    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.description) == ("harbour", "harbour", "The port.")
    assert Edition.objects.get().number == edition + 1


def test_an_author_or_a_story_keeps_its_address(as_person):
    author, story = make_author(), make_story()
    client = as_person("edith")
    client.post(f"/admin/blog/author/{author.pk}/change/", {"name": "Carla R.", "slug": "x", "user": person("ada").pk})
    client.post(f"/admin/blog/story/{story.pk}/change/", {"title": "Bridge", "slug": "x"})
    author.refresh_from_db()
    story.refresh_from_db()
    assert (author.name, author.slug, author.user) == ("Carla R.", "carla-reyes", None)
    assert (story.title, story.slug, story.version) == ("Bridge", "kestrel-bridge", 1)


def test_an_author_and_a_story_are_added(as_person):
    client = as_person("edith")
    client.post("/admin/blog/author/add/", {"name": "A", "slug": "a"})
    client.post("/admin/blog/story/add/", {"title": "S", "slug": "s"})
    assert (Author.objects.get().slug, Story.objects.get().slug) == ("a", "s")
    assert client.post("/admin/blog/author/add/", {"name": "B", "slug": "a"}).status_code == 200
    assert client.post("/admin/blog/author/add/", {"name": "B", "slug": "not a slug"}).status_code == 200
    assert Author.objects.count() == 1


def test_a_picture_is_uploaded_once_and_its_words_are_changed(as_person):
    client = as_person("carla")
    sent = {"alt": "The bridge", "credit": "C"}
    for _ in range(2):
        assert client.post("/admin/blog/picture/add/", {"upload": made(), **sent}).status_code == 302
    picture = Picture.objects.get()
    assert (picture.alt, picture.added_by) == ("The bridge", person("carla"))
    address = f"/admin/blog/picture/{picture.pk}/change/"
    as_person("edith").post(
        address, {"alt": "The old bridge", "credit": "", "upload": made(colour="red"), "sha256": "x"}
    )
    changed = Picture.objects.get()
    assert (changed.alt, changed.credit, changed.sha256) == ("The old bridge", "", picture.sha256)


def test_no_picture_comes_without_its_words_or_from_a_file_that_is_none(as_person):
    client = as_person("carla")
    broken = made()
    broken.truncate(30)
    for sent in ({"upload": made(), "alt": ""}, {"alt": "A"}, {"upload": broken, "alt": "A"}):
        assert client.post("/admin/blog/picture/add/", sent).status_code == 200
    assert not Picture.objects.exists()


# Tampering


def test_no_field_of_a_post_can_be_set_from_outside(as_person):
    post, other = make_post(slug="one"), make_live_post("Other")
    client = as_person("carla")
    address = f"/admin/blog/post/{post.pk}/change/"
    opened = as_sent(client.get(address).context["form"])
    forged = {field.name: "1" for field in Post._meta.fields if field.name not in opened}
    forged |= {field.attname: str(other.live_id) for field in Post._meta.fields if field.is_relation}
    forged |= {
        f"{model}__{name}": "1" for model in ("post", "head", "live") for name in ("stage", "id", "by", "number")
    }
    forged |= {"stage": "published", "published_at_0": "2025-01-01", "published_at_1": "00:00", "kind": "page"}
    forged |= {"_to_field": "key", "_popup": "1", "_saveasnew": "1", "_selected_action": str(other.pk), "by": "1"}
    forged |= {
        "number": "99",
        "created_at": "2001-01-01",
        "sources-0-id": "1",
        "sources-0-DELETE": "on",
        "DELETE": "on",
    }
    forged.pop("story_id")
    before, others = Post.objects.filter(pk=post.pk).values().get(), rows(Revision, Event)
    assert client.post(address, opened | forged).status_code == 302
    assert Post.objects.filter(pk=post.pk).values().get() == before
    assert rows(Revision, Event) == others
    client.post(address, opened | forged | {"headline": "New words"})
    after = Post.objects.filter(pk=post.pk).values().get()
    assert {name for name in before if before[name] != after[name]} == {"head_id", "sequence"}
    revision = Revision.objects.latest("pk")
    assert (revision.number, revision.by, revision.kind) == (2, person("carla"), "draft")


def test_a_contributor_reaches_no_piece_of_another(as_person):
    post = make_post(by=person("colin"))
    client = as_person("carla")
    opened = as_sent(client.get("/admin/blog/post/add/").context["form"])
    before = rows(Post, Revision, Event)
    for address in (f"/admin/blog/post/{post.pk}/change/", f"/admin/blog/post/{post.pk}/restore/1/"):
        for verb in ("", "submit", "spike", "publish"):
            client.post(address, opened | {"headline": "Mine now", "based_on": "1", "verb": verb})
    assert rows(Post, Revision, Event) == before


def test_nobody_but_an_administrator_touches_accounts(as_person):
    edith, ada = person("edith"), person("ada")
    edith.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))  # even if somebody gave them
    edith.is_superuser = False
    edith.save()
    client = as_person("edith")
    before = rows(User, Group)
    client.post(f"/admin/auth/user/{ada.pk}/password/", {"password1": "x9!kkqwe22", "password2": "x9!kkqwe22"})
    client.post(f"/admin/auth/user/{edith.pk}/change/", {"username": "edith", "is_superuser": "on", "is_staff": "on"})
    client.post("/admin/auth/user/add/", {"username": "evil", "password1": "x9!kkqwe22", "password2": "x9!kkqwe22"})
    client.post("/admin/auth/group/add/", {"name": "Evil"})
    after = rows(User, Group)
    assert [[{k: v for k, v in row.items() if k != "last_login"} for row in table] for table in after] == [
        [{k: v for k, v in row.items() if k != "last_login"} for row in table] for table in before
    ]


def test_an_administrator_gives_and_takes_groups(as_person):
    carla, editor = person("carla"), Group.objects.get(name="Editor")
    client = as_person("ada")
    sent = {"username": "carla", "first_name": "Carla", "is_active": "on", "is_staff": "on", "groups": [editor.pk]}
    assert client.post(f"/admin/auth/user/{carla.pk}/change/", sent).status_code == 302
    assert list(carla.groups.all()) == [editor]


def test_an_administrator_keeps_redirects(as_person):
    client = as_person("ada")
    client.post("/admin/redirects/redirect/add/", {"site": 1, "old_path": "/old/", "new_path": "/new/"})
    assert Redirect.objects.get().new_path == "/new/"


def test_revisions_and_events_have_no_page(as_person):
    client = as_person("ada")
    for model in ("revision", "event", "edition", "taggedpost", "searchentry"):
        assert client.get(f"/admin/blog/{model}/").status_code == 404


def test_the_desk_has_no_inline_script_or_style_but_the_import_map_with_its_nonce(as_person):
    text = as_person("carla").get("/admin/blog/post/add/").content.decode()
    inline = [tag for tag in text.split("<script")[1:] if "src=" not in tag.split(">")[0]]
    assert len(inline) == 1 and 'type="importmap"' in inline[0] and "nonce=" in inline[0]
    assert "<style" not in text and " style=" not in text and " onclick=" not in text


@pytest.mark.parametrize("sign", ["\x0b", "\x01", "\ufffe"])
def test_what_cannot_stand_in_a_feed_is_told_at_the_field(as_person, sign):
    author, story, [tag] = make_author(), make_story(), indexing.tags_named(["harbour"])
    client, before = as_person("edith"), rows(Author, Story, Tag, Edition)
    forms = {
        f"/admin/blog/author/{author.pk}/change/": {"name": "Carla", "biography": f"Born{sign} here."},
        f"/admin/blog/story/{story.pk}/change/": {"title": f"Kestrel{sign} bridge", "summary": ""},
        f"/admin/blog/tag/{tag.pk}/change/": {"description": f"The{sign} port."},
    }
    for address, fields in forms.items():
        answer = client.post(address, fields)
        assert answer.status_code == 200
        assert "control characters" in answer.text
    assert rows(Author, Story, Tag, Edition) == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("/2011/05/br%C3%BCcke.html", "/2011/05/brücke.html"),
        ("/2011/05/br%c3%bccke.html", "/2011/05/brücke.html"),
        ("/old name/", "/old%20name/"),
    ],
)
def test_a_redirect_is_kept_as_it_is_looked_up(as_person, client, typed, kept):
    target = make_live_post("Brücke", slug="brücke").get_absolute_url()
    client = as_person("ada")
    answer = client.post("/admin/redirects/redirect/add/", {"site": 1, "old_path": typed, "new_path": target})
    assert answer.status_code == 302
    assert Redirect.objects.get().old_path == kept
    answer = client.get(typed.replace(" ", "%20"))
    assert (answer.status_code, answer.headers["Location"]) == (301, target)


@pytest.mark.parametrize(
    "path", ["old", "https://evil.example/", "//evil.example/", "/\\evil.example", "/a%00b", "/a\x01", "/" + "a" * 200]
)
@pytest.mark.parametrize("field", ["old_path", "new_path"])
def test_a_redirect_that_could_lead_nowhere_is_refused(as_person, field, path):
    fields = {"site": 1, "old_path": "/old/", "new_path": "/tags/"} | {field: path}
    assert as_person("ada").post("/admin/redirects/redirect/add/", fields).status_code == 200
    assert not Redirect.objects.exists()
