"""What is written can be heard as well as seen."""

import pytest
from lxml import etree

from blog import accessible
from blog.rendering import clean


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("h3 h3 h4", "h2 h2 h3"),
        ("h4", "h2"),
        ("h2 h4 h4 h3 h2 h4", "h2 h3 h3 h3 h2 h3"),
        ("h2 h3 h4 h3 h2", "h2 h3 h4 h3 h2"),
        ("h4 h3 h2", "h2 h2 h2"),
    ],
)
def test_headings_begin_at_the_second_level_and_leave_none_out(written, kept):
    root = etree.fromstring("<div>" + "".join(f"<{tag}>x</{tag}>" for tag in written.split()) + "</div>")
    accessible.mend(root)
    assert [heading.tag for heading in root] == kept.split()
    accessible.mend(root)
    assert [heading.tag for heading in root] == kept.split()


def test_a_heading_of_a_table_that_says_nothing_is_a_cell():
    table = '<table><tr><th scope="col">&nbsp;</th><th scope="col">Fare</th></tr></table>'
    row = '<tr><td>&nbsp;</td><th scope="col">Fare</th></tr>'
    assert clean(table) == f"<table><tbody>{row}</tbody></table>"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<img src="/a.png">', '<p><img src="/a.png" alt=""></p>'),
        ('<img src="/a.png" alt="Pier">', '<p><img src="/a.png" alt="Pier"></p>'),
        ('<a href="/b">Map <img src="/a.png"></a>', '<p><a href="/b">Map <img src="/a.png" alt=""></a></p>'),
        (
            '<a href="/b"><img src="https://x.test/2011/sunset_beach-300x200.jpg"></a>',
            '<p><a href="/b"><img src="https://x.test/2011/sunset_beach-300x200.jpg" alt="sunset beach"></a></p>',
        ),
        (
            '<a href="/b" title="The map"><img src="/a.png" alt=""></a>',
            '<p><a href="/b" title="The map"><img src="/a.png" alt="The map"></a></p>',
        ),
        ('<a href="/b"><img src="/%00%ff.png"></a>', '<p><a href="/b"><img src="/%00%ff.png" alt="�"></a></p>'),
        ('<a href="/b"><img src="//[x"></a>', '<p><a href="/b"><img src="//[x" alt="image"></a></p>'),
    ],
)
def test_a_picture_has_an_alternative_text_and_a_link_has_a_name(written, kept):
    assert clean(written) == kept
    assert clean(kept) == kept
