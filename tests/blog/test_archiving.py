"""The site in one file, and back: the same on both databases, nothing private, and nothing that is believed unseen."""

import hashlib
import io
import json
import os
import zipfile

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from blog.archiving import contents, tables, values
from blog.models import Edition, Event, Picture, Post, Revision, TaggedPost
from blog.verifying import verify
from comments import mending
from comments.models import Comment
from tests import sites
from tests.factories import everything, make_comment, make_live_post, make_post

pytestmark = pytest.mark.django_db
ALL = ["--with=people", "--with=drafts", "--with=moderation"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the archives and the back-up of a site on SQLite."""
    return sites.made_in(tmp_path_factory.getbasetemp())


@pytest.fixture
def media(tmp_path):
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def nothing_changes(media):
    """What is refused leaves the database and the folder of media as they were."""
    before = everything(), accounts()
    yield
    assert (everything(), accounts()) == before
    assert files_below(media) == {}


def accounts():
    return list(get_user_model().objects.values_list())


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def members(path):
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rows(path, table):
    return [json.loads(line) for line in members(path)[f"data/{table}.jsonl"].splitlines()]


def run(command, *words):
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *words, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def refused(command, *words):
    with pytest.raises(CommandError) as caught:
        run(command, *words)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(path, target, change, *, sums=True):
    """The same file with other members: `change` is given {name: content}; the sums are made anew if wanted."""
    found = members(path)
    change(found)
    if sums:
        lines = [
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in found.items() if name != "SHA256SUMS"
        ]
        found["SHA256SUMS"] = "".join(lines).encode()
    with zipfile.ZipFile(target, "w") as packed:
        for name, data in found.items():
            stored = name.startswith("media/") or name == "SHA256SUMS"
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return target


def put(member, data):
    """A change of `changed`: one member."""
    return lambda found: found.update({member: data})


def with_rows(table, edit):
    """A change of `changed`: the rows of a table, given to `edit`, which may return others."""

    def change(found):
        name = f"data/{table}.jsonl"
        old = [json.loads(line) for line in found[name].splitlines()]
        new = edit(old) or old
        found[name] = "".join(values.line(row) + "\n" for row in new).encode()
        manifest = json.loads(found["manifest.json"])
        manifest["rows"][table] = len(new)
        found["manifest.json"] = json.dumps(manifest).encode()

    return change


# There and back


@pytest.mark.parametrize(("name", "asked"), [("plain", []), ("all", ALL)])
def test_an_archive_comes_in_and_goes_out_the_same_byte_for_byte(site, media, tmp_path, name, asked):
    run("import_archive", site / f"{name}.zip")
    run("export_archive", *asked, tmp_path / "again.zip")
    assert members(tmp_path / "again.zip") == members(site / f"{name}.zip")
    assert (tmp_path / "again.zip").read_bytes() == (site / f"{name}.zip").read_bytes()


@pytest.mark.parametrize("name", ["plain", "all"])
def test_what_came_in_agrees_and_removed_words_stay_removed(site, media, name):
    run("import_archive", site / f"{name}.zip")
    assert list(verify()) == []
    assert list(mending.find()) == []
    assert TaggedPost.objects.exists()
    for table in ("revisions", "events"):
        assert [tuple(row.items()) for row in rows(site / f"{name}.zip", table) if "REMOVED-WORDS" in str(row)] == []
    assert Event.objects.filter(verb="remove").exists()


def test_numbers_and_hashes_are_those_of_the_old_site(site, media):
    run("import_archive", site / "plain.zip")
    kept = [(row["id"], row["number"], row["chain_hash"]) for row in rows(site / "plain.zip", "revisions")]
    assert list(Revision.objects.order_by("pk").values_list("pk", "number", "chain_hash")) == kept
    kept = [(row["id"], row["lft"], row["parent"]) for row in rows(site / "plain.zip", "comments")]
    assert list(Comment.objects.order_by("pk").values_list("pk", "lft", "parent")) == kept


def test_life_goes_on_after_an_import(site, media):
    run("import_archive", site / "plain.zip")
    last = Post.objects.order_by("-pk").first().pk, Comment.objects.order_by("-pk").first().pk
    post = make_live_post("Afterwards", tags=("Bridge",))
    comment = make_comment(post)
    assert (post.pk > last[0], comment.pk > last[1]) == (True, True)
    assert [tag.name for tag in post.tags.all()] == ["Bridges"]  # they were merged there
    assert list(verify()) == [] and list(mending.find()) == []


def test_a_back_up_comes_back_whole(site, media, tmp_path):
    said = run("restore", site / "backup.zip")
    assert "All agree: sums, counts, chains, pointers, indexes, places in threads." in said
    run("backup", tmp_path / "again.zip")
    old, new = members(site / "backup.zip"), members(tmp_path / "again.zip")
    but = {"manifest.json", "SHA256SUMS", "data/blog_edition.jsonl"}
    assert {name: data for name, data in old.items() if name not in but} == {
        name: data for name, data in new.items() if name not in but
    }
    assert old.keys() == new.keys()
    paula = get_user_model().objects.get(username="paula")
    assert paula.check_password("secret") and paula.has_perm("blog.publish_post")
    assert files_below(media)


@pytest.mark.parametrize(("command", "name"), [("restore", "backup"), ("import_archive", "plain")])
def test_no_copy_that_a_reader_kept_is_taken_for_current(site, media, command, name):
    (there,) = rows(site / "backup.zip", "blog_edition")
    here = Edition.objects.get()
    run(command, site / f"{name}.zip")
    edition = Edition.objects.get()
    most = max(there["number"], here.number) + 1_000_000
    assert edition.number > most and edition.furniture > most
    assert edition.discussion_days == there["discussion_days"]


def test_an_edition_that_is_far_ahead_goes_on(site, media):
    Edition.objects.update(number=2**50)
    run("import_archive", site / "plain.zip")
    assert Edition.objects.get().number == 2**50 + 1


# What is in it


def test_nothing_private_is_in_an_archive_unless_it_is_asked_for(site):
    text = b"".join(members(site / "plain.zip").values()).decode("utf-8", "replace")
    for word in ("CANARY", "canary-mail", "md5$", "REMOVED-WORDS", "192.0.2.7"):
        assert word not in text, word
    everything_asked = b"".join(members(site / "all.zip").values()).decode("utf-8", "replace")
    for word in ("CANARY-SECRET", "CANARY-BAN", "subscriber@", "md5$", "secret_hash", "REMOVED-WORDS"):
        assert word not in everything_asked, word
    for word in ("CANARY-DRAFT", "CANARY-HIDDEN", "CANARY-UNSAVED", "edith@canary-mail", "reader@canary-mail"):
        assert word in everything_asked, word


@pytest.mark.parametrize(
    ("asked", "brings"),
    [
        ("people", {"edith@canary-mail", "reader@canary-mail"}),
        ("drafts", {"CANARY-DRAFT"}),
        ("moderation", {"CANARY-HIDDEN"}),
    ],
)
def test_each_name_brings_its_own_and_nothing_else(site, media, tmp_path, asked, brings):
    sites.manage(site, "export_archive", f"--with={asked}", tmp_path / "one.zip")
    text = b"".join(members(tmp_path / "one.zip").values()).decode("utf-8", "replace")
    words = {"CANARY-DRAFT", "CANARY-HIDDEN", "CANARY-UNSAVED", "edith@canary-mail", "reader@canary-mail"}
    assert {word for word in words if word in text} == brings
    run("import_archive", tmp_path / "one.zip")
    run("export_archive", f"--with={asked}", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "one.zip").read_bytes()


def test_a_back_up_has_everything(site):
    text = b"".join(members(site / "backup.zip").values()).decode("utf-8", "replace")
    secrets = "CANARY-SECRET CANARY-BAN CANARY-UNSAVED CANARY-HIDDEN CANARY-DRAFT subscriber@canary-mail md5$"
    assert [word for word in secrets.split() if word not in text] == []
    assert "REMOVED-WORDS" not in text


def test_every_table_and_column_has_been_decided_upon():
    """A new one is in no archive until somebody has said so: here, or among the tables."""
    in_no_archive = {
        "blog.Allowance", "blog.CheckedLink", "blog.Outgoing", "blog.Muted", "blog.Presence", "blog.PreviewLink",
        "blog.PreviewVisit", "blog.Webhook", "comments.Ban", "comments.Digest", "comments.Subscription",
        # made again from the rest
        "blog.CitedSource", "blog.PictureUse", "blog.Post_authors", "blog.SearchEntry", "blog.TaggedPost", "blog.Tally",
    }  # fmt: skip
    ours = [*apps.get_app_config("blog").get_models(True), *apps.get_app_config("comments").get_models(True)]
    archived = {table.model._meta.label for table in tables.TABLES}
    assert {model._meta.label for model in ours} - archived == in_no_archive
    for table in tables.TABLES:
        names = {column.name for column in table.model._meta.concrete_fields}
        assert set(table.private) <= names
        people = [c.name for c in table.model._meta.concrete_fields if c.related_model is get_user_model()]
        assert [c for c in people if tables.PEOPLE not in (table.private.get(c), *table.scopes)] == []
        telling = names & set("email address writer form_key token secret secret_hash password".split())
        assert [c for c in telling if not (table.private.get(c) or table.scopes)] == []


def test_a_back_up_leaves_out_what_it_says_and_nothing_else():
    kept = {part.model for part in contents.of_backup()}
    left_out = {m._meta.label for m in apps.get_models(include_auto_created=True) if m not in kept}
    assert left_out == set(contents.LEFT_OUT)


def test_the_schema_in_it_is_true_of_every_line(site):
    jsonschema = pytest.importorskip("jsonschema")
    for name in ("plain", "all", "backup"):
        schema = json.loads(members(site / f"{name}.zip")["schema.json"])
        jsonschema.Draft202012Validator.check_schema(schema)
        for table, one in schema["$defs"].items():
            check = jsonschema.Draft202012Validator(one, format_checker=jsonschema.FormatChecker())
            for row in rows(site / f"{name}.zip", table):
                check.validate(row)


def test_the_sums_are_those_of_sha256sum(site):
    found = members(site / "plain.zip")
    listed = dict(reversed(line.split("  ")) for line in found.pop("SHA256SUMS").decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    assert {"manifest.json", "schema.json", "README.txt"} <= found.keys()


def test_without_drafts_there_are_only_the_pictures_that_wordings_show(site):
    (shown,) = rows(site / "plain.zip", "pictures")
    assert {name.split("/")[-1][:64] for name in members(site / "plain.zip") if "media/" in name} == {shown["sha256"]}
    assert len(rows(site / "all.zip", "pictures")) == 2


def test_what_nobody_asked_for_is_said(site, media, tmp_path):
    make_post("Never public")
    said = run("export_archive", tmp_path / "site.zip")
    assert "Left out because nobody asked for them: 1 posts, 1 revisions, 1 events." in said
    assert "--with people" in said


def test_the_file_is_for_its_owner_alone(site, tmp_path):
    run("backup", tmp_path / "site.zip")
    assert os.stat(tmp_path / "site.zip").st_mode & 0o777 == 0o600


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    (tmp_path / "site.zip").write_bytes(b"kept")
    for command in ("backup", "export_archive"):
        assert "there is a file of that name" in refused(command, tmp_path / "site.zip")
    assert "cannot be written there" in refused("backup", tmp_path / "nowhere" / "site.zip")
    assert files_below(tmp_path) == {"site.zip": b"kept"}


def test_a_back_up_takes_any_file_along(site, media, tmp_path):
    (media / "old").mkdir(parents=True)
    (media / "old" / ".Été  (1).PDF").write_bytes(b"kept")
    (media / "old" / ".part-x").write_bytes(b"half a picture")
    run("backup", tmp_path / "site.zip")
    with override_settings(MEDIA_ROOT=tmp_path / "elsewhere"):
        run("restore", tmp_path / "site.zip")
    assert files_below(tmp_path / "elsewhere") == {"old/.Été  (1).PDF": b"kept"}
    run("export_archive", tmp_path / "plain.zip")
    assert [name for name in members(tmp_path / "plain.zip") if "media" in name] == []


def test_a_missing_picture_is_named_and_the_rest_is_written(site, media, tmp_path):
    Picture.objects.create(file="pictures/aa/gone.png", sha256="a" * 64, width=1, height=1)
    with pytest.raises(SystemExit) as ended:
        run("backup", tmp_path / "site.zip")
    assert ended.value.code == 1
    assert len(rows(tmp_path / "site.zip", "blog_picture")) == 1


# What is refused


def test_only_an_empty_site_takes_one(site, media):
    make_post()
    before = everything()
    assert "this site is not empty: there are posts already" in refused("import_archive", site / "plain.zip")
    assert "this site is not empty" in refused("restore", site / "backup.zip")
    assert everything() == before


def test_an_archive_with_accounts_wants_none_there(site, media):
    get_user_model().objects.create_user("somebody")
    assert "this site is not empty: there are users already" in refused("import_archive", site / "all.zip")
    run("import_archive", site / "plain.zip")


def test_an_archive_gives_nobody_rights(site, media):
    run("import_archive", site / "all.zip")
    users = get_user_model().objects.all()
    assert {(u.is_staff, u.is_superuser, u.has_usable_password(), u.groups.count()) for u in users} == {
        (False, False, False, 0)
    }
    assert [group.permissions.count() for group in contents.Group.objects.filter(name="Night desk")] == [0]


@pytest.mark.parametrize(("command", "name"), [("import_archive", "backup"), ("restore", "plain")])
def test_the_one_is_not_the_other(site, nothing_changes, command, name):
    assert "that is for `manage.py" in refused(command, site / f"{name}.zip")


def test_a_back_up_of_another_version_is_refused(site, nothing_changes, tmp_path):
    def change(found):
        manifest = json.loads(found["manifest.json"])
        manifest["migrations"].append("blog.0099_later")
        found["manifest.json"] = json.dumps(manifest).encode()

    said = refused("restore", changed(site / "backup.zip", tmp_path / "x.zip", change))
    assert "it is of another version (blog.0099_later is there and not here)" in said


@pytest.mark.parametrize("command", ["import_archive", "restore"])
@pytest.mark.parametrize(
    "data", [b"", b"PK", b"<xml/>", b"PK\x05\x06" + b"\0" * 18], ids=["empty", "pk", "xml", "no member"]
)
def test_what_is_no_archive_is_refused(nothing_changes, tmp_path, command, data):
    (tmp_path / "x.zip").write_bytes(data)
    refused(command, tmp_path / "x.zip")
    refused(command, tmp_path / "there-is-none.zip")
    refused(command, tmp_path)


def test_a_file_that_was_cut_off_is_refused(site, nothing_changes, tmp_path):
    whole = (site / "backup.zip").read_bytes()
    for part in (0.1, 0.5, 0.9, 0.999):
        (tmp_path / "x.zip").write_bytes(whole[: int(len(whole) * part)])
        assert "not a whole ZIP" in refused("restore", tmp_path / "x.zip")


@pytest.mark.parametrize(("command", "name"), [("import_archive", "all"), ("restore", "backup")])
def test_a_flipped_byte_is_noticed_in_every_member(site, nothing_changes, tmp_path, command, name):
    whole = (site / f"{name}.zip").read_bytes()
    with zipfile.ZipFile(site / f"{name}.zip") as packed:
        places = [
            (info.filename, info.header_offset + 30 + len(info.filename) + 20 + info.compress_size // 2)
            for info in packed.infolist()
            if info.compress_size > 2  # else it has no content
        ]
    assert len(places) > 20
    for member, place in places:
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x55
        (tmp_path / "x.zip").write_bytes(spoilt)
        refused(command, tmp_path / "x.zip")
        assert member


@pytest.mark.parametrize(("command", "name"), [("import_archive", "plain"), ("restore", "backup")])
def test_lines_that_are_gone_twice_or_changed_are_noticed(site, nothing_changes, tmp_path, command, name):
    for member, data in members(site / f"{name}.zip").items():
        lines = data.splitlines(keepends=True)
        if not member.startswith("data/") or not lines:
            continue
        for spoilt in (lines[1:], [*lines, lines[-1]], [lines[0].replace(b":", b": ", 1), *lines[1:]]):
            path = changed(
                site / f"{name}.zip",
                tmp_path / "x.zip",
                put(member, b"".join(spoilt)),
                sums=False,
            )
            assert "sum" in refused(command, path)


def test_swapped_sums_are_noticed(site, nothing_changes, tmp_path):
    def swap(found):
        first, second, *rest = found["SHA256SUMS"].decode().splitlines(keepends=True)
        both = first[64:], second[64:]
        found["SHA256SUMS"] = "".join([first[:64] + both[1], second[:64] + both[0], *rest]).encode()

    assert "its sum" in refused("restore", changed(site / "backup.zip", tmp_path / "x.zip", swap, sums=False))


def test_rows_that_go_with_fresh_sums_are_noticed_by_the_count_or_the_chain(site, nothing_changes, tmp_path):
    def fewer(found):
        found["data/events.jsonl"] = b"".join(found["data/events.jsonl"].splitlines(keepends=True)[:-1])

    path = changed(site / "plain.zip", tmp_path / "x.zip", fewer)
    assert "rows, and it says" in refused("import_archive", path)
    honest = with_rows("events", lambda found: found[:-1])
    assert "do not agree" in refused("import_archive", changed(site / "plain.zip", tmp_path / "x.zip", honest))


def _reworded(found):
    found[0]["headline"] = "Something else"


def _removed_is_back(found):
    (bare,) = [row for row in found if not row["headline"]]
    bare["body"] = "<p>Here again</p>"


def _script(found):
    found[0]["body"] = "<script>alert(1)</script>"


def _handler(found):
    found[0]["summary"] = '<p onclick="alert(1)">x</p>'


def _odd_picture(found):
    found[0]["image"] = {"src": "javascript:alert(1)", "alt": "", "width": 0, "height": 0, "credit": ""}


def _first(**columns):
    def edit(found):
        found[0].update(columns)

    return edit


def _fewer_columns(found):
    del found[0]["id"]


@pytest.mark.parametrize(
    ("table", "edit", "says"),
    [
        ("revisions", _reworded, "do not agree"),
        ("revisions", _removed_is_back, "do not agree"),
        ("revisions", _script, "not clean"),
        ("revisions", _handler, "not clean"),
        ("revisions", _odd_picture, "cannot be kept"),
        ("revisions", _first(tags="x"), ""),
        ("revisions", _first(body=None), ""),
        ("revisions", _first(number=True), "number: it is of another kind"),
        ("revisions", _first(number=-1), "too small"),
        ("revisions", _first(created_at="yesterday"), "created_at: it is no time"),
        ("revisions", _first(created_at="2026-13-01T00:00:00.000000Z"), "created_at: it is no time"),
        ("revisions", lambda found: [*found, found[0]], "refuses"),
        ("revisions", _first(post=999_999), ""),
        ("comments", _first(html="<img src=x onerror=alert(1)>"), "not clean"),
        ("comments", _first(lft=2), ""),
        ("comments", _first(state="seen"), "not one of"),
        ("comments", _first(name="x" * 81), "longer than 80"),
        ("posts", _first(slug="../x"), ""),
        ("posts", _first(version=7_777), "do not agree"),
        ("posts", _first(key="no key"), "key: it is no UUID"),
        ("posts", _first(published_on="2026-02-30"), "published_on: it is no day"),
        ("posts", _fewer_columns, "has the columns"),
        ("posts", _first(extra=1), "has the columns"),
        ("redirects", _first(new_path="javascript:alert(1)"), "no address"),
        ("redirects", _first(old_path="old"), "no address"),
        ("redirects", _first(new_path=5), "of another kind"),
        ("revisions", _first(byline=[5]), "not in the form"),
        ("revisions", _first(sources=[{"url": 5}]), ""),
        ("comments", _first(html=5), "of another kind"),
        ("events", _first(details={"published_on": 5}), "do not agree"),
        ("posts", _first(notices=[5]), "do not agree"),
        ("settings", _first(id=7), "no such row"),
    ],
)
def test_rows_of_somebody_else_are_looked_at(site, nothing_changes, tmp_path, table, edit, says):
    path = changed(site / "plain.zip", tmp_path / "x.zip", with_rows(table, edit))
    assert says in refused("import_archive", path)


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]\n",
        b"null\n",
        b'{"a":NaN}\n',
        b'{"a":1e999}\n',
        b'{"a":"\\u0000"}\n',
        b'{"a":"\\ud800"}\n',
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        b'{"id":1}',
    ],
)
def test_lines_that_are_no_rows_are_refused(site, nothing_changes, tmp_path, text):
    path = changed(site / "plain.zip", tmp_path / "x.zip", lambda found: found.update({"data/posts.jsonl": text}))
    assert "data/posts.jsonl, line 1" in refused("import_archive", path)


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "/etc/evil.png", "media/../evil.png", "media/a/../../evil.png", "media\\evil.png", "media//x.png",
     "media/./x.png", "media/.part-x.png", "media/", "media/x.html", "media/x.svg", "data/other.jsonl", "data/../x"],
)  # fmt: skip
def test_members_with_other_names_are_refused(site, nothing_changes, tmp_path, name):
    path = changed(site / "plain.zip", tmp_path / "x.zip", lambda found: found.update({name: b"x"}))
    refused("import_archive", path)
    assert not (tmp_path / "evil.png").exists()


def _odd_zip(site, tmp_path, **about):
    """With one member more, of which the ZIP says something odd."""
    with zipfile.ZipFile(site / "plain.zip") as old, zipfile.ZipFile(tmp_path / "x.zip", "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info), info.compress_type)
        info = zipfile.ZipInfo("media/pictures/x.png")
        for name, value in about.items():
            setattr(info, name, value)
        new.writestr(info, b"/etc/passwd")
    return tmp_path / "x.zip"


def test_links_and_doubles_are_refused(site, nothing_changes, tmp_path):
    assert "is a link" in refused("import_archive", _odd_zip(site, tmp_path, external_attr=0o120777 << 16))
    with pytest.warns(UserWarning, match="Duplicate"):
        path = _odd_zip(site, tmp_path, filename="SHA256SUMS", orig_filename="SHA256SUMS")
    assert "is in it twice" in refused("import_archive", path)
    assert "packed in a way" in refused("import_archive", _odd_zip(site, tmp_path, compress_type=zipfile.ZIP_DEFLATED))


def test_a_bomb_is_refused_before_it_is_large(site, nothing_changes, tmp_path):
    """Much of the same is packed small; what unpacks to a line without an end is not read to its end."""
    bomb = b"0" * 40_000_000
    path = changed(site / "plain.zip", tmp_path / "x.zip", lambda found: found.update({"data/posts.jsonl": bomb}))
    assert path.stat().st_size < 1_500_000
    assert "the line is too long" in refused("import_archive", path)


def test_members_that_lie_over_each_other_are_refused(site, nothing_changes, tmp_path):
    whole = bytearray((site / "plain.zip").read_bytes())
    with zipfile.ZipFile(site / "plain.zip") as packed:
        largest = max(packed.infolist(), key=lambda info: info.compress_size)
    # In the list at the end, let a small one begin where the largest does, and be as large.
    at, sizes = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"README.txt")), slice(20, 28)
    theirs = whole.rindex(largest.filename.encode()) - 46
    whole[at + sizes.start : at + sizes.stop] = whole[theirs + sizes.start : theirs + sizes.stop]
    (tmp_path / "x.zip").write_bytes(whole)
    refused("import_archive", tmp_path / "x.zip")


def test_a_picture_must_be_what_its_name_says(site, nothing_changes, tmp_path):
    def change(found):
        name = next(name for name in found if name.endswith("-700x500.png"))
        found[name] = b"<html>"

    assert "whose hash is its name" in refused(
        "import_archive", changed(site / "plain.zip", tmp_path / "x.zip", change)
    )


def test_a_file_in_the_place_of_a_picture_is_not_written_over(site, media, tmp_path):
    name = next(name for name in members(site / "plain.zip") if name.startswith("media/"))
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"kept")
    assert "another file is there" in refused("import_archive", site / "plain.zip")
    assert files_below(media) == {name.removeprefix("media/"): b"kept"}


def test_pictures_that_are_there_already_are_left_and_stay_when_it_is_refused(site, media, tmp_path):
    """As after a run that was killed."""
    for name, data in members(site / "plain.zip").items():
        if name.startswith("media/"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
    before = files_below(media)
    refused("import_archive", changed(site / "plain.zip", tmp_path / "x.zip", with_rows("posts", _first(version=7))))
    assert files_below(media) == before
    run("import_archive", site / "plain.zip")
    assert files_below(media) == before


def test_an_own_archive_of_an_older_version_comes_in_as_it_is(site, media, tmp_path, monkeypatch):
    monkeypatch.setattr("blog.rendering.clean", lambda html: html + " ")
    assert "not clean" in refused("import_archive", site / "plain.zip")
    monkeypatch.undo()
    monkeypatch.setattr("blog.archiving.wordings.objects_to", lambda row: "never")
    run("import_archive", "--as-it-is", site / "plain.zip")


def test_a_back_up_of_a_site_with_a_lie_comes_back_and_the_lie_is_named(site, media, tmp_path):
    """It is what there was; a site that nobody can bring back is worse."""
    path = changed(site / "backup.zip", tmp_path / "x.zip", with_rows("blog_revision", _reworded))
    with pytest.raises(SystemExit) as ended:
        run("restore", path)
    assert ended.value.code == 1
    assert Revision.objects.filter(headline="Something else").exists()


def test_the_record_is_locked_after_a_restore(site, media):
    run("restore", site / "backup.zip")
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE blog_revision SET headline = 'x' WHERE id = (SELECT MIN(id) FROM blog_revision)")
