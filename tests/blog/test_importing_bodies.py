"""Bodies of other blogs: what a reader saw there, a reader sees here, and nothing runs."""

import pytest

from blog import rendering
from blog.importing import bodies, shortcodes, wordpress_bodies
from blog.importing.records import Piece, Standing


def piece():
    return Piece("post", "notes.example#7", "publish", Standing.LIVE, "", "", "", 1)


def from_blogger(html):
    return rendering.clean(bodies.tidy(html, lambda address: None)).replace("\n", "")


def from_wordpress(text, media=None, of=None):
    html = wordpress_bodies.to_html(text, media or shortcodes.Media(), of or piece())
    return rendering.clean(bodies.tidy(html, lambda address: None))


def on_one_line(text, **options):
    return from_wordpress(text, **options).replace("\n", "")


# Blogger


def test_two_breaks_are_a_new_paragraph_and_newlines_are_not():
    assert from_blogger("One\n\nline<br /><br />Two<br/>lines") == "<p>One line</p><p>Two<br>lines</p>"


def test_a_picture_with_its_caption_in_a_table_is_a_figure():
    html = (
        '<table class="tr-caption-container" style="float: left"><tbody><tr><td style="x">'
        '<a href="http://1.bp.blogspot.com/a/s1600-h/boat.jpg" imageanchor="1"><img border="0" src="http://b.example/s320/boat.jpg"'
        ' width="320"></a></td></tr><tr><td class="tr-caption">The <i>Petra</i></td></tr></tbody></table>Text'
    )
    assert from_blogger(html) == (
        '<figure><a href="http://1.bp.blogspot.com/a/s1600/boat.jpg"><img src="http://b.example/s320/boat.jpg"'
        ' alt="boat" width="320"></a><figcaption>The <em>Petra</em></figcaption></figure><p>Text</p>'
    )


def test_a_separator_with_one_picture_is_a_figure():
    picture = '<a href="http://b.example/boat.jpg"><img src="//b.example/s.jpg"/></a>'
    html = f'<div class="separator" style="clear: both">{picture}</div>'
    assert from_blogger(html) == (
        '<figure><a href="http://b.example/boat.jpg"><img src="https://b.example/s.jpg" alt="s"></a></figure>'
    )


@pytest.mark.parametrize(
    "html",
    [
        "One<br><br>We ended <IMG> up there.<br>And back",
        'One<br /> <br />We ended <a href="http://b.example/big.jpg" style="float: right">'
        '<img src="s.jpg" alt="S"></a> up there.<br>And back',
        "<p>One</p><p>We ended <b><IMG></b> up there.<br>And back</p>",
        "<p>One</p><p><IMG>We ended up there.<br>And back</p>",
    ],
)
def test_a_picture_that_text_flowed_round_stands_before_its_paragraph(html):
    html = html.replace("<IMG>", '<img class="size-thumbnail alignleft" src="s.jpg" alt="S">')
    link = '<a href="http://b.example/big.jpg">', "</a>"
    start, end = link if "big" in html else ("", "")
    assert from_blogger(html) == (
        f'<p>One</p><figure>{start}<img src="s.jpg" alt="S">{end}</figure><p>We ended up there.<br>And back</p>'
    )


@pytest.mark.parametrize(
    "html",
    [
        '<div class="wp-caption alignleft"><IMG><p class="wp-caption-text">The pier</p></div>',
        '<dl class="wp-caption alignleft"><dt class="x"><IMG></dt><dd class="wp-caption-dd">The pier</dd></dl>',
    ],
)
def test_a_caption_as_wordpress_drew_it_is_one(html):
    html = html.replace("<IMG>", '<img class="alignleft" src="s.jpg" alt="S">')
    assert from_blogger(html) == '<figure><img src="s.jpg" alt="S"><figcaption>The pier</figcaption></figure>'


def test_a_picture_in_the_line_stays_in_it():
    html = '<p>Click <img src="s.jpg" alt="S" width="16" align="middle"> twice</p>'
    assert from_blogger(html) == '<p>Click <img src="s.jpg" alt="S" width="16"> twice</p>'


@pytest.mark.parametrize("src", ["", "data:image/gif;base64,R0lGODlhAQABAAAAACw="])
def test_a_picture_that_a_script_was_to_load_is_there(src):
    html = f'<p><img src="{src}" data-lazy-src="https://b.example/pier.jpg" alt="Pier"></p>'
    assert from_blogger(html) == '<p><img src="https://b.example/pier.jpg" alt="Pier"></p>'


def test_an_acronym_says_what_it_stands_for():
    html = '<p><acronym title="for the win">ftw</acronym></p>'
    assert from_blogger(html) == '<p><abbr title="for the win">ftw</abbr></p>'


def test_an_empty_frame_of_a_caption_goes():
    assert from_blogger('<dl class="wp-caption"><dt class="wp-caption-dt"></dt></dl>Text') == "<p>Text</p>"


def test_a_smiley_is_what_it_says():
    html = '<p>Well <img class="wp-smiley" src="https://s.example/smile.gif" alt=":-)"> done</p>'
    assert from_blogger(html) == "<p>Well :-) done</p>"


@pytest.mark.parametrize(
    "player, address",
    [
        (
            '<iframe src="http://www.youtube.com/watch?v=jK3OeEd_dPM&amp;w=560&amp;h=315"></iframe>',
            "https://www.youtube.com/watch?v=jK3OeEd_dPM",
        ),
        (
            '<iframe src="https://www.youtube.com/embed/MPoNsWyWyjA"></iframe>',
            "https://www.youtube.com/watch?v=MPoNsWyWyjA",
        ),
        ('<iframe src="//player.vimeo.com/video/22053820?title=0"></iframe>', "https://vimeo.com/22053820"),
        (
            '<object width="1"><param name="movie" value="http://www.youtube.com/v/yk0kiWqhdVc&hl=en"></param>'
            '<embed src="http://www.youtube.com/v/yk0kiWqhdVc&hl=en"></embed></object>',
            "https://www.youtube.com/watch?v=yk0kiWqhdVc",
        ),
        ('<embed src="http://else.example/play?a=1"></embed>', "http://else.example/play?a=1"),
        ('<video controls><source src="https://else.example/film.mov"></video>', "https://else.example/film.mov"),
        ('<audio src="https://else.example/song.mp3"></audio>', "https://else.example/song.mp3"),
        ('<script src="https://gist.github.com/wanda/12ab.js"></script>', "https://gist.github.com/wanda/12ab"),
    ],
)
def test_a_player_is_a_link_in_a_paragraph_of_its_own(player, address):
    shown = address.partition("://")[2].removeprefix("www.")
    assert from_blogger(f"<p>See {player} there</p>") == (
        f'<p>See</p><p><a href="{address}">{shown}</a></p><p>there</p>'
    )


def test_a_player_without_a_web_address_goes():
    assert (
        from_blogger('<p>a <iframe src="javascript:x()"></iframe><object data="data:x"></object>b</p>') == "<p>a b</p>"
    )


@pytest.mark.parametrize(
    "html",
    [
        '<pre class="csharpcode"><span class="kwrd">if</span> (a)<br />&nbsp; b();<br />}</pre>',
        "<pre>if (a)\n  b();\n}</pre>",
        "<pre>if (a)<br/>\n&nbsp;&nbsp;b();<br/>\n}</pre>",
        "<pre><div>if (a)</div><div>  b();</div><div>}</div></pre>",
    ],
)
def test_lines_and_indentation_of_a_listing_are_kept(html):
    made = rendering.clean(bodies.tidy(html, lambda address: None))
    assert made.replace("\n</pre>", "</pre>") == "<pre>if (a)\n  b();\n}</pre>"


@pytest.mark.parametrize(
    "html",
    [
        '<span style="font-family:courier new;">if (a)<br />&nbsp;&nbsp;b();<br />}</span>',
        '<div style="font-family: Courier New; color: black"><p style="margin: 0px;">if (a)</p>'
        '<p style="margin: 0px;">&nbsp;&nbsp;<span style="color: blue;">b</span>();</p>'
        '<p style="margin: 0px;">}</p></div>',
        '<font face="courier">if (a)<br>&nbsp;&nbsp;b();<br>}</font>',
        "<code>if (a)<br />&nbsp;&nbsp;b();<br />}</code>",
    ],
)
def test_lines_in_typewriter_letters_are_a_listing(html):
    assert rendering.clean(bodies.tidy(html, lambda address: None)) == "<pre><code>if (a)\n  b();\n}</code></pre>"


def test_a_word_in_typewriter_letters_is_only_a_word():
    assert from_blogger('<p>Type <span style="font-family: courier">ls</span> now</p>') == "<p>Type ls now</p>"


def test_what_word_and_blogger_leave_behind_goes():
    html = (
        "<xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><!--[if gte mso 9]><xml>x</xml><![endif]-->"
        '<p class="MsoNormal" style="margin: 0"><o:p>Words</o:p></p><a name="more"></a>'
        '<img height="1" width="1" src="https://count.example/pixel"><select><option>2012</option></select>'
        "<a href='x' onblur='try {parent.deselectBloggerImageGracefully();} catch(e) {}'>more</a>"
    )
    assert from_blogger(html) == '<p>Words</p><p><a href="x">more</a></p>'


def test_text_from_right_to_left_stays_so():
    assert from_blogger('<div dir="rtl" style="text-align: right;" trbidi="on">שלום</div>') == '<p dir="rtl">שלום</p>'


# WordPress


def test_an_empty_line_is_a_paragraph_and_a_newline_is_a_break():
    assert from_wordpress("One\nline\n\nTwo") == "<p>One<br>line</p>\n<p>Two</p>"


def test_blocks_in_a_classic_text_are_not_wrapped():
    text = "Before\n<h2>Head</h2>\nAfter\n<ul>\n\t<li>One</li>\n\t<li>Two\nlines</li>\n</ul>\n"
    text += "<blockquote>A\n\nB</blockquote>"
    assert on_one_line(text) == (
        "<p>Before</p><h2>Head</h2><p>After</p><ul><li>One</li><li>Two<br>lines</li></ul>"
        "<blockquote><p>A</p><p>B</p></blockquote>"
    )


def test_listings_in_a_classic_text_stay_as_they_are():
    made = from_wordpress("<pre>a\n\n  b [gallery]\n</pre>\n\n<code>c {\n\n  d\n}</code> and <code>e</code>")
    assert made == "<pre>a\n\n  b [gallery]\n</pre>\n<pre><code>c {\n\n  d\n}</code></pre>\n<p>and <code>e</code></p>"


@pytest.mark.parametrize("name", ["sourcecode", "code", "python"])
def test_code_in_a_shortcode_is_a_listing(name):
    made = from_wordpress(f'So:\n[{name} language="py"]\nif a < b:\n\n    c("&lt;")\n[/{name}]\nDone')
    assert made == '<p>So:</p>\n<pre><code>if a &lt; b:\n\n    c("&lt;")</code></pre>\n<p>Done</p>'


@pytest.mark.parametrize(
    "text",
    [
        '[caption id="a" width="9" caption="The <i>Petra</i>"]<img src="https://b.example/a.jpg" alt="x" />[/caption]',
        '[caption id="a" width="9"]<img src="https://b.example/a.jpg" alt="x" /> The <i>Petra</i>[/caption]',
        '[wp_caption caption="The &lt;i&gt;Petra&lt;/i&gt;"]<img src="https://b.example/a.jpg" alt="x" />[/wp_caption]',
        '<!-- wp:image {"id":1} -->\n<figure class="wp-block-image"><img src="https://b.example/a.jpg" alt="x"/>'
        "<figcaption>The <em>Petra</em></figcaption></figure>\n<!-- /wp:image -->",
    ],
)
def test_a_picture_keeps_its_caption(text):
    figure = '<figure><img src="https://b.example/a.jpg" alt="x"><figcaption>The <em>Petra</em></figcaption></figure>'
    assert on_one_line(f"Before\n\n{text}\n\nAfter") == f"<p>Before</p>{figure}<p>After</p>"


def test_a_gallery_is_its_pictures_in_the_order_that_was_asked_for():
    media = shortcodes.Media()
    for key in "123":
        media.add_picture(key, "7", f"https://b.example/{key}.jpg", f"No. {key}", f"alt {key}")
    media.add_picture("4", "8", "https://b.example/4.jpg", "", "")
    media.add_picture("5", "7", "https://b.example/5.pdf", "", "")
    figures = [
        f'<figure><img src="https://b.example/{key}.jpg" alt="alt {key}"><figcaption>No. {key}</figcaption></figure>'
        for key in "123"
    ]
    assert on_one_line("[gallery]", media=media) == "".join(figures)
    assert on_one_line('[gallery ids="3,1,99"]', media=media) == figures[2] + figures[0]
    assert (
        on_one_line('[gallery ids="4"]', media=media) == '<figure><img src="https://b.example/4.jpg" alt=""></figure>'
    )


def test_a_gallery_of_blocks_is_its_pictures():
    text = (
        '<!-- wp:gallery --><figure class="wp-block-gallery"><ul class="blocks-gallery-grid">'
        '<li class="blocks-gallery-item"><figure><img src="a.jpg" alt=""/><figcaption>A</figcaption></figure></li>'
        '<li class="blocks-gallery-item"><figure><img src="b.jpg" alt=""/></figure></li></ul>'
        "<figcaption>Both</figcaption></figure><!-- /wp:gallery -->"
    )
    assert on_one_line(text) == (
        '<figure><img src="a.jpg" alt=""><figcaption>A</figcaption></figure><figure><img src="b.jpg" alt=""></figure>'
        "<p>Both</p>"
    )


def test_delimiters_of_blocks_go_and_what_only_wordpress_could_draw():
    text = (
        '<!-- wp:paragraph {"align":"center"} -->\n<p>One</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:latest-posts /-->\n'
        "<!-- wp:more --><!--more--><!-- /wp:more -->\n<!-- wp:nextpage --><!--nextpage--><!-- /wp:nextpage -->\n"
        "<!-- wp:quote --><blockquote><p>Two</p><cite>Wanda</cite></blockquote><!-- /wp:quote -->\nThree\n\nFour"
    )
    assert on_one_line(text) == (
        "<p>One</p><blockquote><p>Two</p><p><cite>Wanda</cite></p></blockquote><p>Three</p><p>Four</p>"
    )


def test_a_block_that_is_kept_once_stands_where_it_was_shown():
    media = shortcodes.Media(blocks={"5": "<!-- wp:paragraph --><p>Again</p><!-- /wp:paragraph -->"})
    assert on_one_line('<!-- wp:block {"ref":5} /-->', media=media) == "<p>Again</p>"
    media.blocks["6"] = '<!-- wp:block {"ref":6} /-->'
    assert on_one_line('<!-- wp:block {"ref":6} /-->', media=media) == ""


@pytest.mark.parametrize(
    "text",
    [
        "https://youtu.be/ex8fMxXJDJw",
        "[youtube https://youtu.be/ex8fMxXJDJw]",
        "[youtube=https://youtu.be/ex8fMxXJDJw]",
        "[embed]https://youtu.be/ex8fMxXJDJw[/embed]",
        '[video src="https://youtu.be/ex8fMxXJDJw"]',
        '<!-- wp:embed --><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\n'
        "https://youtu.be/ex8fMxXJDJw\n</div></figure><!-- /wp:embed -->",
    ],
)
def test_what_was_embedded_is_a_link(text):
    made = on_one_line(f"Before\n\n{text}\n\nAfter")
    assert made.startswith('<p>Before</p><p><a href="https://youtu.be/ex8fMxXJDJw">')
    assert made.endswith("</a></p><p>After</p>")


def test_shortcodes_nobody_knows_are_told_to_the_editor_and_not_to_readers():
    post = piece()
    made = on_one_line(
        'A [contact-form to="x"][contact-field label="y"][/contact-form] B [strange a="1"]C[/strange]', of=post
    )
    assert made == "<p>A B C</p>"
    assert "[contact-form]" in post.remarks[0]
    assert "[strange]" in post.remarks[0]


def test_what_a_page_builder_put_round_the_words_goes_and_the_words_stay():
    post = piece()
    text = '[vc_row][vc_column width="1/2"]One[/vc_column]\n\n[gallery_x]Two [video src="https://b.example/a.mp4"][/vc_row]'
    made = on_one_line(text + "\n\n[audio]Three\n\n[/audio]", of=post)
    assert made == (
        '<p>One</p><p>[gallery_x]Two</p><p><a href="https://b.example/a.mp4">b.example/a.mp4</a></p><p>Three</p>'
    )
    assert "[vc_row], [vc_column], [audio]" in post.remarks[0]


def test_brackets_that_are_text_stay():
    text = "He said [sic] that a[0] and [[gallery]] are [Serializable] [top]"
    assert on_one_line(text) == "<p>He said [sic] that a[0] and [gallery] are [Serializable] [top]</p>"


def test_a_table_keeps_its_caption():
    text = '<figure class="wp-block-table"><table><tr><td>1</td></tr></table><figcaption>Fares</figcaption></figure>'
    assert on_one_line(f"<!-- wp:table -->{text}<!-- /wp:table -->") == (
        "<figure><table><tbody><tr><td>1</td></tr></tbody></table><figcaption>Fares</figcaption></figure>"
    )
