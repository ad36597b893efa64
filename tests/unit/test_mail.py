"""What letters look like: words, layouts, headers, and what cannot get into either."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve
from tests.support.people import PASSWORD

from sparkle_adapters.mail.composing import Composer, MailAddress
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.mail.wording import FOLDER, Wording, _table
from sparkle_bootstrap import Settings, in_memory
from sparkle_bootstrap.mailing import SAMPLES, sample
from sparkle_core.application.accounts import Register
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.ports.mail import KINDS, Letter, Undeliverable

BASE = "https://sparkle.example"
WORDING = Wording(BASE)
VOID = {"meta", "br"}


class Page(HTMLParser):
    """The tags of a document with their attributes, its texts, and whether every tag was closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def composed(letter: Letter, sender: str = "Sparkle <hello@sparkle.example>") -> EmailMessage:
    """The letter as a message, as somebody's program reads it."""
    sent = bytes(Composer(MailAddress.named(sender), WORDING)(letter))
    assert all(len(line) <= 78 for line in sent.splitlines()), "RFC 5322, 2.1.1"
    found = message_from_bytes(sent, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def bodies(message: EmailMessage) -> tuple[str, str]:
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), html.get_content()


def test_there_are_words_for_every_kind_and_for_no_other() -> None:
    assert WORDING.kinds == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_text_and_html_with_its_facts_alone(kind: str) -> None:
    """Rendered with the facts that its kind has to have, so that words name no other."""
    letter = sample(kind)
    said = WORDING.of(letter)
    page = Page(said.html)
    assert page.open == []
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("h1")) == len(page.of("title")) == 1
    assert {t["role"] for t in page.of("table")} == {"presentation"}
    for name in ("username", "code", "left"):
        if name in letter.data:
            assert letter.data[name] in said.text
            assert letter.data[name] in " ".join(page.texts)
    assert not re.search(r"[<>]|&\w+;", said.text)
    assert all(len(line) <= 72 for line in said.text.splitlines() if "://" not in line)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_a_letter_is_fetched_or_run_and_every_link_is_ours(kind: str) -> None:
    """Stops letters from telling anybody when and where they are read."""
    page = Page(WORDING.of(sample(kind)).html)
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "p", "a", "br", "span")
    }
    style = "".join(page.texts) + "".join(str(a.get("style")) for _, a in page.tags)
    assert "url(" not in style
    assert "@import" not in style
    assert all(str(a["href"]).startswith(f"{BASE}/") for a in page.of("a"))
    assert not any(name.startswith("on") or name in {"src", "background"} for _, a in page.tags for name in a)


def test_a_link_opens_what_it_is_for_and_hides_it_from_servers() -> None:
    said = WORDING.of(sample("reset_password"))
    link = f"{BASE}/reset-password#{SAMPLES['token']}"
    assert link in said.text.splitlines()
    assert {a["href"] for a in Page(said.html).of("a")} == {link}


def test_without_an_address_of_the_community_letters_have_no_links_and_say_the_token() -> None:
    said = Wording(None).of(sample("reset_password"))
    assert "://" not in said.text
    assert Page(said.html).of("a") == []
    assert SAMPLES["token"] in said.text
    assert SAMPLES["token"] in Page(said.html).texts


NASTY = (
    '<script>alert(1)</script><img src="https://eve.example/p.png">',
    '"><a href="https://eve.example">click</a>',
    "{{ 7 * 7 }}{% for x in y %}",
    "x\r\nBcc: eve@example.org\r\n\r\nGo to eve.example\n\n\x00\x1b[2J\u2028\u2029",
    "\u202egpj.exe\u2066\u200f",
    "Ада 🎨 日本語 & <Co>",
    "x" * 10_000,
)


@pytest.mark.parametrize("fact", NASTY)
@pytest.mark.parametrize("kind", ["verify_email", "backup_code_used", "reset_password"])
def test_no_fact_becomes_markup_a_header_a_line_or_a_link(kind: str, fact: str) -> None:
    """Stops a name or a code that somebody chose from writing letters in our name."""
    plain = sample(kind)
    letter = evolve(plain, data=dict.fromkeys(plain.data, fact))
    if kind == "reset_password":
        letter = evolve(letter, data=plain.data | {"username": fact})
    message, usual = composed(letter), composed(plain)
    assert message.keys() == usual.keys()
    assert len(str(message["Subject"]).splitlines()) == 1
    text, html = bodies(message)
    page, as_usual = Page(html), Page(bodies(usual)[1])
    assert page.open == []
    assert not Counter(tag for tag, _ in page.tags) - Counter(tag for tag, _ in as_usual.tags)
    assert all(re.fullmatch(rf"{BASE}/[a-z-]+(#[\w.~%/-]*)?", str(a["href"])) for a in page.of("a"))
    assert not re.search("[\u202e\u2066\u200f\u2028\x00\x1b]", text + html)
    assert "Bcc" not in message
    assert "49" not in text


def test_a_name_in_any_script_is_shown_as_it_is() -> None:
    letter = evolve(sample("verify_email"), data={"username": "Ада 🎨 <b>", "code": "1"})
    text, html = bodies(composed(letter))
    assert "Hello Ада 🎨 <b>," in text
    assert "Hello Ада 🎨 &lt;b&gt;," in html


def test_a_message_is_one_that_a_machine_sent_to_one_person() -> None:
    message = composed(sample("verify_email"))
    assert message["From"] == "Sparkle <hello@sparkle.example>"
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "042137 is your Sparkle code"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "en"
    assert message["Date"].datetime.utcoffset() is not None
    assert re.fullmatch(r"<[0-9a-f-]{36}@sparkle\.example>", message["Message-ID"])
    assert message.get_content_type() == "multipart/alternative"
    assert not [name for name in message.keys() if name.startswith(("List-", "Cc", "Bcc", "Reply"))]  # noqa: SIM118


def test_the_same_letter_handed_over_again_has_the_same_message_id_and_others_have_others() -> None:
    """Lets whoever gets a letter twice, after a crash, tell that it is one."""
    letter = sample("verify_email")
    keys = ["reaction:1:0", "reaction:1:0", "reaction:1:1", "", ""]
    found = [composed(evolve(letter, key=key))["Message-ID"] for key in keys]
    assert found[0] == found[1]
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("to", "on_the_wire", "utf8"),
    [
        ("ada@example.org", "ada@example.org", False),
        ("dana@exämple.org", "dana@xn--exmple-cua.org", False),
        ("ünï@exämple.org", "ünï@exämple.org", True),
    ],
)
def test_addresses_in_any_script_are_as_ascii_as_can_be(to: str, on_the_wire: str, utf8: bool) -> None:
    found = MailAddress.of(to)
    assert (found.address.addr_spec, found.utf8) == (on_the_wire, utf8)
    assert composed(evolve(sample("verify_email"), to=to))["To"] == on_the_wire


@pytest.mark.parametrize("to", ["ada@example.org, eve@example.org", "ada", "a@b@c.example", "Ada <ada@example.org>"])
def test_what_is_no_single_address_is_never_written_to(to: str) -> None:
    """Stops an address with another one in it from being sent to both."""
    with pytest.raises(Undeliverable):
        composed(evolve(sample("verify_email"), to=to))


def test_a_sender_may_have_a_name_in_any_script_and_injects_nothing() -> None:
    message = composed(sample("verify_email"), 'Фонд "Sparkle"\r\nBcc: eve@example.org <hello@exämple.org>')
    assert [str(a) for a in message["From"].addresses] == [
        '"Фонд \\"Sparkle\\" Bcc: eve@example.org" <hello@xn--exmple-cua.org>'
    ]
    assert message["Message-ID"].endswith("@xn--exmple-cua.org>")
    assert "Bcc" not in message


def test_a_letter_of_an_unknown_kind_or_without_its_facts_is_refused_when_it_is_made() -> None:
    with pytest.raises(Invalid, match="kind: must be one of verify_email"):
        Letter(to="ada@example.org", kind="chain_letter")
    with pytest.raises(Invalid, match="data: must say code"):
        Letter(to="ada@example.org", kind="verify_email", data={"username": "ada"})


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = (
    *(("text", on) for on in ("page", "card", "inset")),
    *(("muted", on) for on in ("page", "card")),
    ("accent", "page"),
    ("on_accent", "accent"),
)


@pytest.mark.parametrize("surroundings", ["light", "dark"])
@pytest.mark.parametrize(("front", "behind"), PAIRS)
def test_everything_is_readable_in_light_and_dark(surroundings: str, front: str, behind: str) -> None:
    colours = _table("colours.toml")[surroundings]
    assert contrast(colours[front], colours[behind]) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_the_layout_names_no_colour_of_its_own() -> None:
    assert not re.findall(r"(?<!&)#[0-9a-fA-F]{3,8}\b", (FOLDER / "layout.html").read_text(encoding="utf-8"))


class Forgetful:
    """A mailer that hands letters over, and is killed before it can say so the first time."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)
        if len(self.letters) == 1:
            raise Unavailable("the mailer")


def test_a_letter_that_is_handed_over_again_has_the_same_key() -> None:
    mailer = Forgetful()
    sparkle = in_memory(seed=7, mailer=mailer)
    sparkle.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
    world: Any = sparkle.world
    for _ in _minutes(world, 5):
        sparkle.run_coroutine(sparkle.drain())
    first, again = mailer.letters
    assert first == again
    assert first.key.startswith("reaction:")


def _minutes(world: Any, count: int) -> Iterator[None]:
    for _ in range(count):
        world.advance(timedelta(minutes=1))
        yield


def test_what_is_sent_once_is_sent_once() -> None:
    mailbox = Mailbox()
    sparkle = in_memory(seed=7, mailer=mailbox)
    sparkle.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
    sparkle.run_coroutine(sparkle.drain())
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize(
    "url", ["", "sparkle.example", "ftp://sparkle.example", "javascript:alert(1)", "https://", "https://a.example/?x=1"]
)
def test_an_address_of_the_community_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="SPARKLE_PUBLIC_URL"):
        Settings.from_environment({"SPARKLE_PUBLIC_URL": url})


def test_the_address_of_the_community_may_have_a_path() -> None:
    assert Settings.from_environment({"SPARKLE_PUBLIC_URL": "https://a.example/b/"}).public_url == "https://a.example/b"
