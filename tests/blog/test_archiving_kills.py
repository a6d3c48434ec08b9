"""What is stopped or killed leaves nothing behind, and can be started again; one moment is one moment."""

import shutil
import signal
import zipfile

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test import TransactionTestCase, override_settings

from blog.models import Post
from tests import sites
from tests.blog.test_archiving import files_below, members, refused, run, site  # noqa: F401
from tests.factories import everything, make_comment, make_live_post
from tests.racing import database_for_race

KILL = """
import os, signal
from unittest import mock
from django.core.management import call_command
from blog.archiving import inserting, media, storing
left = {count}
def killing(real):
    def act(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return act
with mock.patch("{path}", killing({name})):
    call_command("restore", "{file}")
"""


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("inserting.insert", 12),
        ("media.Stage.add", 3),
        ("os.replace", 2),
        ("storing.beyond_what_readers_have", 0),
    ],
)
def test_a_restore_that_was_killed_is_started_again(site, tmp_path, name, count):  # noqa: F811
    shutil.copy(site / "empty.sqlite3", tmp_path / "site.sqlite3")
    path = name if name.startswith("os.") else f"blog.archiving.{name}"
    script = KILL.format(count=count, name=name, path=path, file=site / "backup.zip")
    killed = sites.manage(tmp_path, "shell", "-v0", "-c", script, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    sites.manage(tmp_path, "restore", site / "backup.zip")
    sites.manage(tmp_path, "backup", tmp_path / "again.zip")
    old, new = members(site / "backup.zip"), members(tmp_path / "again.zip")
    but = {"manifest.json", "SHA256SUMS", "data/blog_edition.jsonl"}
    if name == "os.replace":  # a file that was being written when the power went; no picture has such a name
        assert [one for one in files_below(tmp_path / "media") if ".part-" in one]
    assert {one: old[one] for one in old.keys() - but} == {one: new[one] for one in new.keys() - but}


@pytest.mark.django_db
def test_ctrl_c_keeps_nothing(site, tmp_path, monkeypatch):  # noqa: F811
    def stopped(*args):
        raise KeyboardInterrupt

    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        before = everything()
        monkeypatch.setattr("blog.archiving.storing.beyond_what_readers_have", stopped)
        monkeypatch.setattr("blog.archiving.contents.counts_left_out", stopped)
        for words in (["restore", site / "backup.zip"], ["backup", tmp_path / "x.zip"]):
            with pytest.raises(CommandError, match="Stopped; nothing was kept") as caught:
                run(*words)
            assert caught.value.returncode == 130
        assert everything() == before
    assert files_below(tmp_path) == {}


@pytest.mark.django_db
def test_a_full_disk_keeps_nothing(site, tmp_path, monkeypatch):  # noqa: F811
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        before = everything()
        assert "No space left" in refused("restore", site / "backup.zip")
        assert "No space left" in refused("backup", tmp_path / "x.zip")
        assert everything() == before
    assert files_below(tmp_path) == {}


MEANWHILE = """
import subprocess, sys
from pathlib import Path
from blog.archiving import writing
begun = []
def told(rows):
    if not begun:
        begun.append(True)
        subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c",
            "from tests.factories import make_live_post, make_comment; "
            "make_comment(make_live_post('Meanwhile', tags=('New',)))"], check=True)
writing.{what}(Path("{file}"), told=told)
"""


class OneMomentTests(TransactionTestCase):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def test_a_file_is_of_one_moment_and_nobody_waits_for_it(self):
        make_comment(make_live_post("Before", tags=("Old",)))
        database = database_for_race(connection, self.folder)
        file = self.folder / "site.zip"
        script = MEANWHILE.format(what="archive", file=file)
        sites.manage(self.folder, "shell", "-v0", "-c", script, database=database)
        if connection.vendor == "postgresql":
            assert Post.objects.filter(head__headline="Meanwhile").exists()
        assert b"Meanwhile" not in b"".join(members(file).values())
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        sites.manage(elsewhere, "migrate", "-v0")
        assert "All agree." in sites.manage(elsewhere, "import_archive", file).stdout


@pytest.fixture(scope="module")
def checked(site):  # noqa: F811
    return sites.manage(site, "restore", "--check", site / "backup.zip", check=False)


def test_a_back_up_is_tried_without_touching_what_is_here(site, checked):  # noqa: F811
    before = files_below(site)
    assert checked.returncode == 0, checked.stderr
    for what in ("All agree", "Counts", "Pictures", "Accounts and second factors", "Search", "Pages", "Sign-in"):
        assert what in checked.stdout
    assert checked.stdout.endswith("This back-up can be restored.\n")
    assert files_below(site) == before


def test_a_spoilt_back_up_is_no_back_up(site, tmp_path):  # noqa: F811
    spoilt = bytearray((site / "backup.zip").read_bytes())
    with zipfile.ZipFile(site / "backup.zip") as packed:
        info = packed.getinfo("data/comments_comment.jsonl")
    spoilt[info.header_offset + 200] ^= 1
    (tmp_path / "x.zip").write_bytes(spoilt)
    done = sites.manage(site, "restore", "--check", tmp_path / "x.zip", check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("CommandError: x.zip: ") and done.stderr.count("\n") == 1
    assert "This back-up can be restored" not in done.stdout


def test_second_factors_of_another_secret_key_are_named(site):  # noqa: F811
    other = {"SECRET_KEY": "another secret, as long as one should be, with enough letters in it"}
    done = sites.manage(site, "restore", "--check", site / "backup.zip", check=False, **other)
    assert done.returncode == 1
    assert "account paula: its second factor was written under another SECRET_KEY" in done.stderr
    assert "Search: fine." in done.stdout
