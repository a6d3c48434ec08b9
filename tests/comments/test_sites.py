"""Which sites a comment leads to."""

import pytest
from django.test import override_settings

from comments import sites
from comments.models import KnownSite
from comments.sites import host_of, links_of

pytestmark = pytest.mark.django_db


def link(address):
    return f'<p>See <a href="{address}" rel="nofollow ugc">this</a>.</p>'


def know(**verdicts):
    for host, verdict in verdicts.items():
        KnownSite.objects.create(host=host.replace("_", "."), verdict=verdict)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.Example.org:8080/x?y#z", "example.org"),
        ("HTTP://EXAMPLE.org.", "example.org"),
        ("www.example.org/x", "example.org"),
        ("//example.org/x", "example.org"),
        ("https://exämple.org/", "xn--exmple-cua.org"),
        ("https://good.example@evil.example/", "evil.example"),
        ("https://evil.example\\@good.example/", "evil.example"),
        ("mailto:marit@example.org", ""),
        ("/2026/03/12/story/", ""),
        ("#c12", ""),
        ("https://", ""),
        ("https://[bad/", ""),
        ("https://" + "ä" * 300 + ".example/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_the_site_of_an_address(address, host):
    assert host_of(address) == host


def test_links_and_addresses_written_out_are_counted():
    html = link("https://a.example/?x=1&amp;y=2") + "<p>and http://b.example/x or www.c.example</p>"
    assert links_of(html) == (3, ["a.example", "b.example", "c.example"], [])


def test_an_address_as_the_words_of_its_link_counts_once():
    html = '<p><a href="https://a.example/x">https://a.example/x</a></p>'
    assert links_of(html) == (1, ["a.example"], [])


def test_each_link_counts_each_site_is_named_once():
    assert links_of(link("https://a.example/1") + link("https://a.example/2")) == (2, ["a.example"], [])


def test_no_question_is_asked_where_no_link_leads_elsewhere(django_assert_num_queries):
    with django_assert_num_queries(0), override_settings(SITE_URL="https://www.record.example"):
        assert links_of(link("/2026/") + link("https://record.example/2026/") + link("mailto:a@b.example")) == (
            0,
            [],
            [],
        )


def test_what_was_seen_is_not_new():
    know(a_example="seen")
    assert links_of(link("https://a.example/") + link("https://b.a.example/")) == (2, ["b.a.example"], [])


def test_trusted_sites_do_not_count_with_all_below_them():
    know(a_example="trusted", x_a_example="refused")
    html = link("https://a.example/") + link("https://b.a.example/") + link("https://y.x.a.example/")
    assert links_of(html) == (1, [], ["y.x.a.example"])


def test_a_verdict_does_not_go_for_a_name_that_only_ends_like_it():
    know(a_example="refused")
    assert links_of(link("https://gooda.example/")) == (1, ["gooda.example"], [])


def test_sites_are_remembered_once_and_keep_their_verdicts():
    know(a_example="refused")
    html = link("https://a.example/") + link("https://b.example/") + link("https://www.b.example/2") + link("/x")
    sites.learn(html)
    sites.learn(html)
    assert dict(KnownSite.objects.values_list("host", "verdict")) == {"a.example": "refused", "b.example": "seen"}


def test_a_comment_full_of_links_asks_one_question(django_assert_num_queries):
    html = "".join(link(f"https://{n}.a.b.c.d.e.f.g.example/") for n in range(300))
    with django_assert_num_queries(1):
        assert links_of(html).count == 300
    with django_assert_num_queries(2):
        sites.learn(html)
    assert KnownSite.objects.count() == 300


def test_many_comments_are_learnt_from_at_once():
    many = sites.ASKED_AT_ONCE + 1
    sites.learn("".join(link(f"https://{number}.example/") for number in range(many)))
    assert KnownSite.objects.count() == many
