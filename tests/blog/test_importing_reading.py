"""Files on their way to well-formed XML: mended by name, or refused with a line and before anything is believed."""

import gzip
import io
import time
import zipfile
from unittest.mock import patch

import pytest

from blog.importing import reading, repair
from blog.importing.refusals import Refused
from tests.exports import BOMBS, archive, saved, takeout, wxr, wxr_item


def titles(path):
    """The titles of the items, as they are read."""
    with reading.opened([path]) as documents:
        return [
            "".join(part.text or "" for part in entry if part.tag == "title")
            for document in documents
            for entry in document.entries()
            if entry.tag == "item"
        ]


def repairs(path):
    with reading.opened([path]) as documents:
        return documents[0].repairs


def refused(path):
    with pytest.raises(Refused) as refusal, reading.opened([path]):
        pass
    return refusal.value


def packed(members, **options):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def test_a_well_formed_file_is_not_touched(tmp_path):
    path = saved(tmp_path, wxr(wxr_item(title="Über & out")))
    assert (titles(path), repairs(path)) == (["Über & out"], [])


@pytest.mark.parametrize("name", ["billion-laughs", "external-file", "external-http", "param-entity", "utf16-laughs"])
def test_a_doctype_is_refused_in_whatever_encoding(name):
    assert "DOCTYPE" in refused(BOMBS / f"{name}.xml").reason


def test_a_doctype_behind_a_long_comment_is_found(tmp_path):
    path = saved(tmp_path, f"<?xml version='1.0'?>\n<!--{'x' * 100_000}-->\n<!DOCTYPE rss><rss/>")
    assert (refused(path).line, "DOCTYPE" in refused(path).reason) == (3, True)


def test_a_doctype_that_repairing_would_bring_out_is_refused(tmp_path):
    path = saved(tmp_path, "junk &\x01 <!DOCTYPE rss [<!ENTITY a 'b'>]><rss>&a;</rss>")
    assert "DOCTYPE" in refused(path).reason


def test_the_word_doctype_inside_a_post_is_only_a_word(tmp_path):
    assert titles(saved(tmp_path, wxr(wxr_item(body="Write &lt;!DOCTYPE html> first")))) == ["Ferry 1"]


def test_an_encoding_that_hides_its_tags_is_refused():
    assert "UTF-7" in refused(BOMBS / "utf7-doctype.xml").reason


def test_deep_nesting_is_refused_quickly(tmp_path):
    path = saved(tmp_path, "<rss>" + "<a>" * 200_000 + "</a>" * 200_000 + "</rss>")
    start = time.process_time()
    assert "nested" in refused(path).reason
    assert time.process_time() - start < 1


@pytest.mark.parametrize("before, most", [("<rss", 90_000), ("<rss><a", 2_000)])
def test_too_many_attributes_are_refused(tmp_path, before, most):
    attributes = "".join(f' a{number}="1"' for number in range(most))
    end = "/></rss>" if "<a" in before else "/>"
    assert refused(saved(tmp_path, f"{before}{attributes}{end}")).line == 1


def test_nothing_is_included_from_elsewhere():
    with reading.opened([BOMBS / "xinclude.xml"]) as documents:
        assert "root:" not in "".join(text for entry in documents[0].entries() for text in entry.itertext())


def test_a_gzip_bomb_is_refused_while_unpacking(tmp_path):
    path = saved(tmp_path, gzip.compress(b"<rss>" + b" " * 50_000_000, 9), "bomb.xml.gz")
    start = time.process_time()
    assert "bomb" in refused(path).reason
    assert time.process_time() - start < 1


def test_a_packed_export_is_read(tmp_path):
    assert titles(saved(tmp_path, gzip.compress(wxr().encode()), "export.xml.gz")) == ["Ferry 1"]
    assert titles(saved(tmp_path, packed({"export.xml": wxr()}), "export.zip")) == ["Ferry 1"]


def test_of_a_takeout_the_blogs_are_read_and_not_the_comments_elsewhere(tmp_path):
    members = {
        "Takeout/Blogger/Blogs/Notes/feed.atom": takeout(),
        "Takeout/Blogger/Blogs/Notes/settings.csv": "blog_subdomain,blog_time_zone\nnotes,Europe/Zagreb\n",
        "Takeout/Blogger/Comments/Other/feed.atom": takeout(),
    }
    with reading.opened([saved(tmp_path, packed(members), "takeout.zip")]) as documents:
        assert [document.settings["blog_subdomain"] for document in documents] == ["notes"]


@pytest.mark.parametrize("name", ["../../evil.xml", "/evil.xml", "C:\\evil.xml", "a\\..\\..\\evil.xml"])
def test_a_zip_whose_names_lead_out_of_it_is_refused(tmp_path, name):
    assert "leads out" in refused(saved(tmp_path, packed({name: wxr()}), "evil.zip")).reason


def test_a_zip_bomb_is_refused(tmp_path):
    path = saved(tmp_path, packed({"export.xml": b"<rss>" + b" " * 50_000_000}), "bomb.zip")
    assert "bomb" in refused(path).reason


@pytest.mark.parametrize(
    "data", [b"\x1f\x8b\x08garbage", b"PK\x03\x04garbage", gzip.compress(bytes(range(256)) * 9)[:200]]
)
def test_a_damaged_archive_is_refused(tmp_path, data):
    assert "damaged" in refused(saved(tmp_path, data)).reason


def test_files_larger_than_the_limit_are_refused(tmp_path):
    with patch.object(reading, "MAX_BYTES", 100):
        assert "larger" in refused(saved(tmp_path, wxr())).reason


@pytest.mark.parametrize(
    "content, word",
    [
        ("", "empty"),
        ("  \n", "empty"),
        ('{"db": []}', "JSON"),
        ("<!DOCTYPE html><html></html>", "web page"),
        ("hi", "XML"),
    ],
)
def test_what_is_no_xml_is_told_what_it_looks_like(tmp_path, content, word):
    assert word in refused(saved(tmp_path, content)).reason


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "cannot be opened" in refused(tmp_path / "nowhere.xml").reason
    assert "not a file" in refused(tmp_path).reason


# The ladder


@pytest.mark.parametrize(
    "broken, name",
    [
        (lambda text: "Downloaded today:\n" + text + "\nend", "strip-junk-around-root"),
        (lambda text: text.replace("late", "l\x0bate\x1c"), "drop-control-chars"),
        (lambda text: text.replace("<title>Ferry 1", "<title>Ferry &#1;1"), "drop-control-chars"),
        (lambda text: text.replace("<channel>", "<channel><atom:link href='x'/>"), "declare-missing-prefixes"),
        (lambda text: text.replace("<channel>", "<channel><strange:link/>"), "declare-missing-prefixes"),
        (lambda text: text.replace("late.", "late. //<![CDATA[ ad() //]]> more"), "escape-nested-cdata-end"),
        (lambda text: text.replace("<channel>", "<channel><x a=b/>"), "quote-attributes"),
        (lambda text: text.replace("<title>Ferry", "<title>Fish & Ferry"), "escape-bare-ampersands"),
    ],
)
def test_each_defect_has_its_repair_and_nothing_is_lost(tmp_path, broken, name):
    path = saved(tmp_path, broken(wxr(wxr_item(1), wxr_item(2))))
    assert len(titles(path)) == 2
    assert name in repairs(path)


def test_a_fragment_is_wrapped(tmp_path):
    assert "wrap-fragment" in repairs(saved(tmp_path, wxr_item(1) + wxr_item(2)))
    assert titles(saved(tmp_path, wxr_item(1) + wxr_item(2))) == ["Ferry 1", "Ferry 2"]


def test_an_untrue_encoding_is_noticed(tmp_path):
    path = saved(tmp_path, wxr(wxr_item(title="Café")).encode("cp1252"))
    assert (titles(path), repairs(path)) == (["Café"], ["utf8-reencode"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "iso-8859-1"])
def test_a_true_encoding_needs_no_repair(tmp_path, encoding):
    declared = "utf-8" if encoding == "utf-8-sig" else encoding.removesuffix("-le")
    text = wxr(wxr_item(title="Café")).replace('encoding="UTF-8"', f'encoding="{declared}"')
    path = saved(tmp_path, text.encode(encoding))
    assert (titles(path), repairs(path)) == (["Café"], [])


def test_a_warning_about_a_namespace_is_no_error(tmp_path):
    path = saved(tmp_path, wxr().replace('version="2.0"', 'version="2.0" xmlns:odd="http://[odd"'))
    assert (titles(path), repairs(path)) == (["Ferry 1"], [])


def test_a_truncated_file_is_refused_with_its_line(tmp_path):
    text = wxr(wxr_item(1), wxr_item(2))
    refusal = refused(saved(tmp_path, text[: text.rindex("<wp:post_id>")]))
    assert "not well-formed" in refusal.reason
    assert refusal.line


def test_merge_conflict_markers_are_refused_with_their_line(tmp_path):
    text = wxr(wxr_item(1)).replace("<channel>", "<channel>\n<<<<<<< HEAD\n<a>\n=======\n>>>>>>> theirs")
    refusal = refused(saved(tmp_path, text))
    assert "merge conflict" in refusal.reason
    assert text.split("\n")[refusal.line - 1] == "<<<<<<< HEAD"


def test_an_unclosed_item_is_refused_and_never_half_read(tmp_path):
    text = wxr(wxr_item(1), wxr_item(2)).replace("</item>", "", 1)
    assert refused(saved(tmp_path, text)).line


def test_repairing_takes_time_in_proportion_to_the_text():
    for text in ("<!--" * 50_000, "<![CDATA[" * 50_000, "<a b=c " * 50_000, "&" * 200_000, "<x:" * 50_000):
        start = time.process_time()
        for _name, step in repair.steps():
            step(f"<rss>{text}</rss>")
        assert time.process_time() - start < 2, text[:10]


def test_entries_are_gone_from_memory_once_read(tmp_path):
    path = saved(tmp_path, archive(*("<entry><id>1</id></entry>" for _ in range(50))))
    with reading.opened([path]) as documents:
        for entry in documents[0].entries():
            assert len(list(entry.itersiblings(preceding=True))) <= 1
