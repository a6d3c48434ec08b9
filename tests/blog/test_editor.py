"""The editor in a real browser: it may never cost a text anything."""

import pytest
from playwright.sync_api import expect

from blog import pictures, rendering
from tests.blog.test_pictures import made
from tests.factories import make_contributor, make_post, person

pytestmark = pytest.mark.django_db(transaction=True)

GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
FITS = {
    "paragraphs": "<p>One  and <em>two</em>.</p><p>Line<br>break &amp; more&nbsp;words.</p>",
    "headings": "<h2>Two</h2><p>x</p><h3>Three</h3><p>x</p><h4>Four</h4><p>x</p>",
    "marks": "<p><strong>b</strong> <strong><em>both</em> bold</strong> <u>u</u> <s>s</s> H<sub>2</sub>O"
    " x<sup>2</sup> <code>c</code></p>",
    "marks without a button": "<p><mark>m</mark> <kbd>K</kbd> <q>said</q> <small>s</small> <del>old</del>"
    "<ins>new</ins>"
    ' <abbr title="World Health Organization">WHO</abbr> <time datetime="2025-01-01">then</time></p>',
    "links": '<p>See <a title="A" href="https://a.example/?x=1&amp;y=2">this</a>,'
    ' <a href="mailto:a@b.example">mail</a>,'
    ' <a href="/about/">about</a>, <a href="https://a.example/"><code>code</code></a>.</p>',
    "lists": '<ul><li>one</li><li>two<ol start="3"><li>a</li></ol></li></ul><ol reversed><li>x</li></ol>',
    "list items with blocks": "<ul><li><p>one</p><p>more</p></li><li>two</li></ul>",
    "a table": '<table><thead><tr><th scope="col">Name</th><th>No.</th></tr></thead><tbody><tr><td>A</td>'
    '<td>1</td></tr><tr><td colspan="2">both<br>lines</td></tr></tbody></table>',
    "a table without a head": "<table><tr><td>A</td><td></td></tr></table>",
    "figures": f'<figure><img src="{GIF}" alt="A" width="10" height="20">'
    "<figcaption>The <em>bridge</em></figcaption></figure>",
    "a figure with a link": f'<figure><a href="https://a.example/big.jpg"><img src="{GIF}" alt=""></a></figure>',
    "pictures among words": f'<p>See <img src="{GIF}" alt="A"> and <a href="/x/"><img src="{GIF}" alt="B"></a></p>',
    "code": "<pre><code>def f():\n    return &lt;1&gt;\n\n\nf()</code></pre>",
    "code without its element": "<pre>a\n  b</pre>",
    "quotations": '<blockquote cite="https://a.example/"><p>One</p><p>Two</p></blockquote><hr><p>x</p>',
    "right to left": '<p dir="rtl" lang="ar">مرحبا <em>بكم</em></p><blockquote dir="rtl"><p>اقتباس</p></blockquote>'
    '<p>And <span lang="he" dir="rtl">שלום</span>.</p>',
    "anchors on blocks": '<h2 id="t-here">Here</h2><p><a href="#t-here">up</a></p>',
    "nothing": "",
}
DOES_NOT_FIT = {
    "details": ("<details open><summary>More</summary><p>Hidden</p></details>", "<details>"),
    "definitions": ("<dl><dt>a</dt><dd>b</dd></dl>", "<dl>"),
    "a table with a caption": ("<table><caption>Votes</caption><tr><td>1</td></tr></table>", "<caption>"),
    "marks in code": ("<pre>a <strong>b</strong></pre>", "<strong>"),
    "a figure of text": ("<figure><p>Not a picture</p><figcaption>c</figcaption></figure>", "order"),
    "an anchor": ('<p><a id="t-x"></a>Text</p>', "<a>"),
}


def sign_in(page, live_server, client, user):
    client.force_login(user)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def desk(page, live_server, client):
    """Opens a piece of carla's with this text at the desk."""
    carla = make_contributor()
    sign_in(page, live_server, client, carla)

    def opened(body):
        post = make_post(body=body, by=carla)
        page.goto(f"{live_server.url}/admin/blog/post/{post.pk}/change/")
        page.wait_for_selector(".editor-text, .editor-note")
        return post

    return opened


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".messagelist")


def lost(page, body):
    """What the editor says that it would lose of this text, once the server has cleaned it."""
    script = "async html => (await import('desk/schema')).differences(html, {order: 'order'})"
    return page.evaluate(script, rendering.clean(body))


def test_what_the_editor_can_hold_comes_back_from_it_whole(desk, page):
    desk("<p>x</p>")
    assert {name: lost(page, body) for name, body in FITS.items()} == {name: [] for name in FITS}


def test_what_the_editor_would_lose_is_named(desk, page):
    desk("<p>x</p>")
    for name, (body, part) in DOES_NOT_FIT.items():
        assert part in lost(page, body), name


def test_a_text_is_saved_untouched_without_a_new_version_and_a_typed_word_changes_that_word_alone(desk, page):
    everything = "".join(FITS.values())
    post = desk(f"{everything}<p>last</p>")
    save(page)
    assert "no new version" in page.inner_text(".messagelist")
    assert post.revisions.count() == 1
    page.locator(".editor-text > p").last.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" word")
    save(page)
    post.refresh_from_db()
    assert post.head.body.split("\n") == rendering.clean(f"{everything}<p>last word</p>").split("\n")


def test_a_text_that_does_not_fit_is_shown_as_html_and_saved_untouched(desk, page):
    post = desk("".join(body for body, _ in DOES_NOT_FIT.values()))
    assert page.locator(".editor-text").count() == 0
    assert "<details>" in page.inner_text(".editor-note")
    assert page.locator("#id_body").get_attribute("spellcheck") == "true"
    save(page)
    assert post.revisions.count() == 1


def test_who_wants_the_editor_all_the_same_gets_it(desk, page):
    desk("<details><summary>More</summary><p>Hidden</p></details>")
    page.get_by_role("button", name="Use the editor and lose them").click()
    assert page.locator(".editor-text").inner_text().split() == ["More", "Hidden"]
    page.get_by_role("button", name="HTML", exact=True).click()
    assert "<details>" in page.input_value("#id_body")  # nothing is lost before something is changed


def press(page, name):
    """A button of the toolbar; the next key goes into the text again."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".editor-text")).to_be_focused()


def answer(page, **fields):
    for label, value in fields.items():
        page.locator("dialog[open]").get_by_label(label, exact=True).fill(value)
    press(page, "Apply")


def test_typing_keeps_spaces_and_the_tools_work(desk, page):
    post = desk("<p>One</p>")
    page.locator(".editor-text p").click()
    page.keyboard.press("End")
    page.keyboard.type(" two  three ")
    assert page.locator(".editor-text").evaluate("e => getComputedStyle(e).whiteSpace") == "break-spaces"
    assert page.locator(".editor-text p").evaluate("e => e.textContent") == "One two  three "
    page.keyboard.press("Enter")
    press(page, "Heading")
    page.keyboard.type("Head")
    page.keyboard.press("Enter")
    press(page, "Bold")
    page.keyboard.type("bold")
    press(page, "Bold")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Link", exact=True).click()
    answer(page, Address="https://a.example/")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Table", exact=True).click()
    answer(page, Rows="1", Columns="2")
    page.keyboard.type("cell")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".messagelist")
    post.refresh_from_db()
    assert post.head.body.split("\n") == [
        "<p>One two three</p>",
        "<h2>Head</h2>",
        "<p><strong>bold</strong></p>",
        '<p><a href="https://a.example/">https://a.example/</a></p>',
        "<table><tbody><tr><th>cell</th><td></td></tr></tbody></table>",
    ]


def test_a_picture_of_the_house_is_offered_for_a_figure(desk, page):
    picture = pictures.store(made(), alt="The bridge")
    post = desk("<p>One</p>")
    page.locator(".editor-text p").click()
    page.keyboard.press("End")
    page.get_by_role("button", name="Picture with caption").click()
    page.get_by_role("button", name="One that stands elsewhere").click()
    assert page.locator("dialog datalist option").get_attribute("value") == picture.file.url
    fields = {
        "Address of the picture": GIF,
        "What it shows, for those who do not see it": "A bridge",
        "Caption": "Closed",
    }
    answer(page, **fields)
    save(page)
    post.refresh_from_db()
    figure = f'<figure><img src="{GIF}" alt="A bridge"><figcaption>Closed</figcaption></figure>'
    assert post.head.body == f"<p>One</p>\n{figure}"


WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head>
<body><p class="MsoNormal" style="mso-margin-top-alt:auto">
<b><span style="font-family:Calibri">Bold</span></b><o:p></o:p></p>
<p class="MsoNormal" onclick="alert(1)">Text<script>alert(1)</script><img src=x onerror=alert(1)></p></body></html>"""


def test_what_is_pasted_from_a_word_processor_comes_out_clean(desk, page):
    post = desk("<p>x</p>")
    page.locator(".editor-text p").click()
    page.keyboard.press("Control+a")
    page.locator(".editor-text").evaluate(
        """(element, html) => {
          const data = new DataTransfer()
          data.setData("text/html", html.replace("src=x", 'src="data:image/gif;base64,R0lGODlhAQABAAAAACw="'))
          element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
        }""",
        WORD,
    )
    save(page)
    post.refresh_from_db()
    assert "<strong>Bold</strong>" in post.head.body
    for left_over in ("Mso", "style", "span", "script", "onerror", "o:p", "alert"):
        assert left_over not in post.head.body


def test_without_a_script_the_text_is_a_plain_field(new_visitor, live_server, client):
    page = new_visitor(java_script_enabled=False)
    sign_in(page, live_server, client, person("carla"))
    post = make_post(body="<p>Plain</p>")
    page.goto(f"{live_server.url}/admin/blog/post/{post.pk}/change/")
    page.fill("#id_body", "<p>Plain words</p>")
    page.get_by_role("button", name="Save", exact=True).click()
    post.refresh_from_db()
    assert post.head.body == "<p>Plain words</p>"
