"""The contract of `HtmlSanitizer`, held against every adapter: what our rich text is made of, and nothing else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from sparkle_core.domain.content import RichText
from sparkle_core.domain.content.rendering import LINK_REL
from sparkle_core.ports.text import HtmlSanitizer
from sparkle_core.testing.strategies import values_of

TAGS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br", "strong", "em", "s", "a"}
)
ATTRIBUTES = frozenset({("a", "href"), ("a", "rel"), ("ol", "start")})

KEPT = (
    "",
    "Just words, 1 &lt; 2 &amp; 3 &gt; 2.",
    "<p>Hi <strong>you</strong>, <em>and</em> <s>not</s> <code>x = 1</code><br>there</p><hr>",
    "<h1>1</h1><h2>2</h2><h3>3</h3><h4>4</h4>",
    '<ol start="3"><li><p>three</p></li></ol><ul><li><p>one</p></li></ul>',
    "<blockquote><p>said</p></blockquote><pre><code>a\n  b</code></pre>",
    f'<p><a href="https://example.org/?a=1&amp;b=2#c" rel="{LINK_REL}">there</a></p>',
    f'<p><a href="http://example.org" rel="{LINK_REL}">x</a><a href="mailto:a@b.example" rel="{LINK_REL}">y</a></p>',
)
CLEANED = {
    "<p onclick='x()' style='color:red' class='c' id='i'>Hi</p>": "<p>Hi</p>",
    "<p>Hi</p><script>alert(1)</script><style>p{}</style><!-- c -->": "<p>Hi</p>",
    "<div><u>Hi</u> <span>you</span></div>": "Hi you",
    "<img src=x onerror=x()>": "",
    "<p>Hi": "<p>Hi</p>",
    "a & b < c": "a &amp; b &lt; c",
    "<a href='javascript:x()'>Hi</a>": f'<a rel="{LINK_REL}">Hi</a>',
    "<a href='http://b.example' target=_blank rel=opener>Hi</a>": f'<a href="http://b.example" rel="{LINK_REL}">Hi</a>',
}
HOSTILE = (
    "<a href='JaVaScRiPt:x()'>Hi</a>", "<a href=' java\nscript:x()'>Hi</a>", '<a href="jav&#x61;script:x()">Hi</a>',
    "<a href='data:text/html,<script>x()</script>'>Hi</a>", "<a href='vbscript:x()'>Hi</a>",
    "<a href='//evil.example'>Hi</a>", "<a href='/logout'>Hi</a>", "<a href='?x'>Hi</a>", "<a href='\\\\evil'>Hi</a>",
    "<svg><script>alert(1)</script></svg>", "<svg/onload=x()>", "<iframe src=//evil.example></iframe>",
    "<object data=x></object><embed src=x>", "<form action=//evil.example><input name=password></form>",
    "<base href='//evil.example'><link rel=stylesheet href=x><meta http-equiv=refresh content='0;url=x'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<template><script>x</script></template>",
    "<textarea><script>x</script></textarea>", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<p/onclick=x()>Hi",
    "<<p>script>x()<</p>/script>", "\0<p>Hi", "<![CDATA[<script>x()</script>]]>", "<?php x() ?>", "<p" * 1_000,
)  # fmt: skip


class _Reading(HTMLParser):
    """What a document is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.odd: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    handle_pi = unknown_decl = handle_comment


class HtmlSanitizerContract:
    """Rich text comes out as it went in, and of anything else only what rich text is made of. Say `make`."""

    def make(self) -> HtmlSanitizer:
        raise NotImplementedError

    @pytest.fixture
    def sanitizer(self) -> HtmlSanitizer:
        return self.make()

    @pytest.mark.parametrize("html", KEPT)
    def test_what_is_allowed_is_kept_as_it_is(self, sanitizer: HtmlSanitizer, html: str) -> None:
        assert sanitizer.clean(html) == html

    def test_any_rich_text_is_kept_as_it_is(self) -> None:
        sanitizer = self.make()

        @settings(deadline=None)
        @given(values_of(RichText))
        def kept(body: RichText) -> None:
            assert sanitizer.clean(body.to_html()) == body.to_html()

        kept()

    @pytest.mark.parametrize("html", CLEANED)
    def test_other_tags_go_and_their_words_stay_but_those_of_scripts(self, sanitizer: HtmlSanitizer, html: str) -> None:
        assert sanitizer.clean(html) == CLEANED[html]

    @pytest.mark.parametrize("html", [*HOSTILE, *CLEANED], ids=lambda html: ascii(html)[:30])
    def test_nothing_else_comes_out(self, sanitizer: HtmlSanitizer, html: str) -> None:
        """Stops script in what people write from running in what people read."""
        clean = sanitizer.clean(html)
        found = _Reading(clean)
        assert (found.tags - TAGS, found.attributes - ATTRIBUTES, found.odd) == (set(), set(), [])
        assert [to for to in found.links if not to.startswith(("https://", "http://", "mailto:"))] == []
        assert sanitizer.clean(clean) == clean, "what is clean stays as it is"
