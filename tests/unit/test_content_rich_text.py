"""Rich text: what documents may hold, that equal ones are equal, and that rendering them is safe."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.text.html import TAGS, Nh3Sanitizer
from sparkle_core.domain.content import RichText
from sparkle_core.domain.content.nodes import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.testing.documents import documents

Json = dict[str, Any]


def text(words: str, *marks: Json) -> Json:
    return {"type": "text", "text": words} | ({"marks": list(marks)} if marks else {})


def node(kind: str, *content: Json, **attrs: Any) -> Json:
    return {"type": kind, "content": list(content)} | ({"attrs": attrs} if attrs else {})


def link(href: object) -> Json:
    return {"type": "link", "attrs": {"href": href}}


def doc(*content: Json) -> RichText:
    return RichText(node("doc", *content))


def faults_of(plain: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        RichText(plain)
    return {f.path: f.message for f in refused.value.faults}


EVERYTHING = node(
    "doc",
    node("heading", text("Inks & <papers>"), level=2),
    node(
        "paragraph",
        text("Bold", {"type": "bold"}),
        {"type": "hard_break"},
        text("see", link("https://a.example/?x=1&y=2")),
    ),
    node("bullet_list", node("list_item", node("paragraph", text("one")), node("code_block", text("x = 1\n\ty")))),
    node("ordered_list", node("list_item", node("paragraph", text("three"))), order=3),
    node("blockquote", node("paragraph", text("said", {"type": "italic"}, {"type": "strike"}, {"type": "code"}))),
    {"type": "horizontal_rule"},
)


def test_every_declared_node_and_mark_is_rendered() -> None:
    assert RichText(EVERYTHING).to_html() == (
        "<h2>Inks &amp; &lt;papers&gt;</h2>"
        '<p><strong>Bold</strong><br><a href="https://a.example/?x=1&amp;y=2" rel="nofollow ugc noopener">see</a></p>'
        "<ul><li><p>one</p><pre><code>x = 1\n\ty</code></pre></li></ul>"
        '<ol start="3"><li><p>three</p></li></ol>'
        "<blockquote><p><em><s><code>said</code></s></em></p></blockquote><hr>"
    )


def test_the_words_alone_keep_blocks_and_items_apart() -> None:
    assert RichText(EVERYTHING).to_text() == "Inks & <papers>\n\nBold\nsee\n\n- one\nx = 1\n\ty\n\n3. three\n\nsaid"


def test_plain_text_becomes_paragraphs_and_line_breaks() -> None:
    body = RichText.of("Hello\r\nworld\n\n\nBye")
    assert body.to_html() == "<p>Hello<br>world</p><p>Bye</p>"
    assert body.to_text() == "Hello\nworld\n\nBye"


def test_equal_documents_are_equal_however_they_are_written() -> None:
    one = doc(node("paragraph", text("ab", {"type": "bold"}, link("https://a.example"))))
    other = doc(
        node(
            "paragraph",
            text("a", link("https://a.example"), {"type": "bold"}),
            text("b", {"type": "bold"}, link("https://a.example")),
        )
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one.to_json() == other.to_json()
    assert one != doc(node("paragraph", text("ab")))


def test_a_document_goes_through_json_unchanged_and_unchangeable() -> None:
    body = RichText(EVERYTHING)
    codec = JsonCodec()
    assert codec.decode(codec.encode(body), RichText) == body
    body.to_json()["content"].clear()
    assert body == RichText(EVERYTHING)


def test_every_fault_is_named_with_its_path() -> None:
    assert faults_of(
        node(
            "doc",
            {"type": "script"},
            node("heading", level=5),
            node(
                "paragraph",
                text("x", {"type": "blink"}, {"type": "bold", "attrs": {"on": 1}}),
                {"type": "hard_break", "onclick": "x"},
            ),
            node("bullet_list", node("list_item", node("heading", level=1))),
            node("ordered_list"),
            node("code_block", text("x", {"type": "bold"})),
            node("paragraph", {"type": "text", "text": ""}, color="red"),
        )
    ).keys() == {
        "content.0.type",
        "content.1.attrs.level",
        "content.2.content.0.marks.0.type",
        "content.2.content.0.marks.1.attrs",
        "content.2.content.1.onclick",
        "content.3.content.0.content.0.type",
        "content.4.content",
        "content.5.content.0.marks",
        "content.6.attrs",
        "content.6.content.0.text",
    }


@pytest.mark.parametrize("plain", [None, [], "text", 5, {}, {"type": "paragraph"}, {"type": "doc"}, {"type": ["doc"]}])
def test_what_is_no_document_is_refused(plain: object) -> None:
    assert faults_of(plain)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\tscript:alert(1)",
        " https://a.example",
        "https://a.example/ x",
        "data:text/html,x",
        "vbscript:x",
        "//a.example",
        "/relative",
        "https://",
        "https://google.com@evil.example/",
        "https:\\\\a.example",
        "https://a.example:99999",
        "https://a.example:4٤3",
        "https://[::1]/",
        "https://300.1.1.1/",
        "https://a..b/",
        "mailto:nobody",
        "https://a.example/\u202e",
        "https://" + "a" * 3_000,
        None,
        7,
    ],
)
def test_a_link_leads_to_the_web_or_a_mailbox_or_is_refused(href: object) -> None:
    assert faults_of(node("doc", node("paragraph", text("x", link(href))))).keys() == {
        "content.0.content.0.marks.0.attrs.href"
    }


@pytest.mark.parametrize(
    "href",
    [
        "https://a.example",
        "HTTP://A.example:8080/x?y=1#z",
        "https://bücher.example/ü",
        "http://127.0.0.1/",
        "mailto:ada@example.org?subject=Hi",
    ],
)
def test_ordinary_links_pass(href: str) -> None:
    assert faults_not_raised(href) == href


def faults_not_raised(href: str) -> str:
    body = doc(node("paragraph", text("x", link(href))))
    found: str = body.to_json()["content"][0]["content"][0]["marks"][0]["attrs"]["href"]
    return found


@pytest.mark.parametrize("words", ["a\x00b", "a\ud800", "a\rb", "a\x1bb", "", 5, None])
def test_text_that_no_store_or_browser_keeps_is_refused(words: object) -> None:
    assert "content.0.content.0.text" in faults_of(node("doc", node("paragraph", {"type": "text", "text": words})))


def test_depth_nodes_and_characters_are_bounded() -> None:
    def nested(depth: int) -> Json:
        inner = node("paragraph", text("x"))
        for _ in range(depth - 3):
            inner = node("blockquote", inner)
        return node("doc", inner)

    assert RichText(nested(MAX_DEPTH))
    assert "deeper" in " ".join(faults_of(nested(MAX_DEPTH + 1)).values())
    assert "deeper" in " ".join(faults_of(nested(900)).values())
    assert doc(*[{"type": "horizontal_rule"}] * (MAX_NODES - 1))
    assert faults_of(node("doc", *[{"type": "horizontal_rule"}] * MAX_NODES)) == {"$": "must have at most 5,000 nodes"}
    assert RichText.of("x" * MAX_CHARACTERS)
    assert "$" in faults_of(node("doc", node("paragraph", text("x" * (MAX_CHARACTERS + 1)))))
    linked = [text("x", link("https://a.example/" + "y" * 1_900), *([{"type": "bold"}] * (i % 2))) for i in range(60)]
    assert "$" in faults_of(node("doc", node("paragraph", *linked)))
    with pytest.raises(Invalid):
        RichText.of("x" * 10_000_000)


@pytest.mark.parametrize("empty", [None, False, 0, "", {}])
@pytest.mark.parametrize("key", ["content", "attrs"])
def test_nothing_stands_for_an_empty_list_or_object_but_one(key: str, empty: object) -> None:
    heading = {"type": "heading", "attrs": {"level": 1}, "content": []} | {key: empty}
    assert any(path.startswith(f"content.0.{key}") for path in faults_of(node("doc", heading)))


def test_an_excerpt_ends_between_words() -> None:
    assert RichText.of("one two\n\nthree").excerpt() == "one two three"
    assert RichText.of("word " * 100).excerpt(12) == "word word…"
    assert len(RichText.of("x" * 500).excerpt(100)) == 100


def test_a_censored_word_loses_nothing_around_it() -> None:
    def starred(words: str) -> str:
        return words.replace("darn", "****")

    across = doc(
        node("paragraph", text("da"), text("rn", {"type": "bold"}), {"type": "hard_break"}, text("it")),
        node("paragraph", text("fine", {"type": "bold"})),
    )
    assert across.reworded(starred).to_html() == "<p>**<strong>**</strong><br>it</p><p><strong>fine</strong></p>"
    assert across.reworded(lambda words: words.replace("darn", "")).to_text() == "\nit\n\nfine"
    assert across.reworded(str) is across


# Properties

tag = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")


@given(documents())
@settings(max_examples=200, deadline=None)
def test_a_sanitiser_changes_nothing_of_what_is_rendered(plain: Json) -> None:
    html = RichText(plain).to_html()
    assert Nh3Sanitizer().clean(html) == html


@given(documents())
@settings(max_examples=200, deadline=None)
def test_hostile_text_never_becomes_a_tag_or_a_handler(plain: Json) -> None:
    html = RichText(plain).to_html()
    for _, name, attributes in tag.findall(html):
        assert name in TAGS
        assert re.fullmatch(r'|( start="\d+")|( href="(https?|mailto):[^"]*" rel="nofollow ugc noopener")', attributes)
    assert tag.sub("", html).count("<") == 0


@given(documents())
@settings(max_examples=100, deadline=None)
def test_reading_what_was_written_answers_the_same_document(plain: Json) -> None:
    body = RichText(plain)
    assert RichText(body.to_json()) == body
    assert body.reworded(lambda words: words) == body


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["doc", "text", "paragraph", "link"])
)
keys = st.sampled_from(["type", "content", "text", "marks", "attrs", "href", "level", "order", "x"])
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)


@given(anything)
@settings(max_examples=300, deadline=None)
def test_any_json_is_a_document_or_is_refused_with_paths(plain: object) -> None:
    faults: tuple[Fault, ...] = ()
    try:
        body = RichText(plain)
    except Invalid as refused:
        faults = refused.faults
    else:
        assert RichText(body.to_json()) == body
        return
    assert faults
    assert all(f.path and f.message for f in faults)
