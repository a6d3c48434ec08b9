"""What makes an entry of a feed whole, wherever it is read."""

import re
import uuid

import pytest

from blog.atom import key_of, with_own_addresses


def test_addresses_are_made_whole_in_tags_alone():
    page = "https://record.example/2026/09/05/x/"
    html = (
        '<p title="a &gt; b"><a title="1 > 0" href="/a/">a</a> <a href="//cdn.example/b">b</a> '
        '<a href="https://other.example/">c</a> <img src="data:image/png;base64,AAAA" alt=""></p>'
        '<pre>&lt;a href="/x/"&gt; src="/y"</pre><blockquote cite="/source/"><p>q</p></blockquote>'
    )
    whole = with_own_addresses(html, page)
    assert 'title="1 > 0" href="https://record.example/a/"' in whole
    assert 'href="//cdn.example/b"' in whole
    assert '&lt;a href="/x/"&gt; src="/y"' in whole
    assert 'cite="https://record.example/source/"' in whole
    assert re.sub("https://record.example", "", whole) == html


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("#note", "https://record.example/2026/09/05/x/#note"),
        ("next/", "https://record.example/2026/09/05/x/next/"),
        ("../y/?a=1&amp;b=2", "https://record.example/2026/09/05/y/?a=1&amp;b=2"),
        ("?part=2", "https://record.example/2026/09/05/x/?part=2"),
        ("mailto:desk@record.example", "mailto:desk@record.example"),
        ("HTTPS://other.example/", "HTTPS://other.example/"),
    ],
)
def test_an_address_written_in_short_leads_to_the_same_place_from_a_feed(written, whole):
    page = "https://record.example/2026/09/05/x/"
    assert with_own_addresses(f'<a href="{written}">a</a>', page) == f'<a href="{whole}">a</a>'


def test_what_belongs_to_a_post_has_a_lasting_key_of_its_own():
    one, other = uuid.uuid4(), uuid.uuid4()
    keys = [key_of(one, "update 1"), key_of(one, "update 2"), key_of(one, "correction 1"), key_of(other, "update 1")]
    assert len(set(keys)) == 4
    assert keys[0] == key_of(one, "update 1")
    assert keys[0].startswith("urn:uuid:")
