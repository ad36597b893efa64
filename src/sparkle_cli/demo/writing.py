"""From topics to texts: names filled in, pieces put together, nothing said twice while more is left to say."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Generic, TypeVar
from unicodedata import normalize

from attrs import frozen

from sparkle_cli.demo.creators import CREATORS, Creator
from sparkle_cli.demo.names import DOES, ENDINGS, HANDLE_WORDS, LIKES, ORIGINS
from sparkle_cli.demo.topics import Topic

T = TypeVar("T")

Names = dict[str, str]
"""What the braces in a piece stand for."""


class Deck(Generic[T]):
    """Draws everything once, in random order, before it draws anything again."""

    def __init__(self, things: Iterable[T], random: Random) -> None:
        self._things, self._random, self._left = tuple(things), random, list[T]()

    def draw(self) -> T:
        if not self._left:
            self._left = self._random.sample(self._things, len(self._things))
        return self._left.pop()


@frozen(kw_only=True)
class DemoPerson:
    """Somebody who joins."""

    username: str
    display_name: str
    bio: str
    town: str
    locale: str
    interests: tuple[str, ...]
    youtube: str

    @property
    def first_name(self) -> str:
        return self.display_name.split()[0]

    @property
    def email(self) -> str:
        return f"{self.username}@fans.example"


@frozen(kw_only=True)
class DemoPost:
    """A post's words, its document as ProseMirror JSON, and what its thread talks about."""

    kind: str
    title: str
    document: dict[str, Any]
    tags: tuple[str, ...]
    topic: Topic
    names: Names


class People:
    """Makes people up, no two alike."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._origins = Deck(ORIGINS, random)
        self._likes, self._does, self._endings = (Deck(d, random) for d in (LIKES, DOES, ENDINGS))
        self._seen: set[str] = set()

    def person(self, username: str | None = None) -> DemoPerson:
        """Somebody; with a username of their own choice unless one is given."""
        origin = self._origins.draw()
        given, family = self._random.choice(origin.given), self._random.choice(origin.family)
        town = self._random.choice(origin.towns)
        favourites = self._random.sample(CREATORS, 3)
        return DemoPerson(
            username=username or self._username(given, family),
            display_name=given if self._random.random() < 0.2 else f"{given} {family}",
            bio=self._bio(favourites[0], town),
            town=town,
            locale=origin.locale,
            interests=tuple(c.tag for c in favourites),
            youtube=f"@{ascii_of(given)}{self._random.choice(HANDLE_WORDS)}" if self._random.random() < 0.4 else "",
        )

    def _bio(self, favourite: Creator, town: str) -> str:
        names = {"creator": favourite.name, "craft": favourite.craft, "series": favourite.series, "town": town}
        like = filled(self._likes.draw(), names)
        parts = [f"{self._does.draw()}, {like}."]
        if self._random.random() < 0.6:
            parts.append(filled(self._endings.draw(), names))
        return " ".join(parts)

    def _username(self, given: str, family: str) -> str:
        while True:
            name, word = ascii_of(given), self._random.choice(HANDLE_WORDS)
            username = self._random.choice(
                (
                    f"{name}_{ascii_of(family)}",
                    f"{name}{word}",
                    f"{word}_{name}",
                    f"the_{word}_{self._random.randint(2, 99)}",
                    f"{name}{self._random.randint(70, 999)}",
                )
            )
            if username not in self._seen:
                self._seen.add(username)
                return username


class Feed:
    """Makes posts up: every topic with every creator before any pair comes again."""

    def __init__(self, topics: Sequence[Topic], random: Random) -> None:
        self._random = random
        self._topics = Deck(topics, random)
        self._creators = {id(topic): Deck(CREATORS, random) for topic in topics}
        self._titles: set[str] = set()

    def post(self, town: str) -> DemoPost:
        """A post by somebody from a town."""
        topic = self._topics.draw()
        creator = self._creators[id(topic)].draw()
        for _ in range(len(topic.titles) * len(creator.videos)):
            names = self._names(creator, town)
            title = filled(self._random.choice(topic.titles), self.at_some_minute(names))
            if title not in self._titles:
                break
        self._titles.add(title)
        return DemoPost(
            kind=topic.kind,
            title=title,
            document=self._document(topic, names),
            tags=(creator.tag, *topic.tags),
            topic=topic,
            names=names,
        )

    def _names(self, creator: Creator, town: str) -> Names:
        other = self._random.choice([c for c in CREATORS if c is not creator])
        video, other_video = self._random.sample(creator.videos, 2)
        names = {
            "creator": creator.name,
            "about": creator.about,
            "craft": creator.craft,
            "series": creator.series,
            "bit": creator.bit,
            "moment": creator.moment,
            "tool": creator.tool,
            "kit": creator.kit,
            "video": video,
            "other_video": other_video,
            "other": other.name,
            "other_craft": other.craft,
            "other_bit": other.bit,
            "town": town,
        }
        for name in ("bit", "moment", "tool"):
            names[f"{name}_cap"] = names[name][0].upper() + names[name][1:]
        return names

    def _document(self, topic: Topic, names: Names) -> dict[str, Any]:
        opening, closing = (
            filled(self._random.choice(pieces), self.at_some_minute(names))
            for pieces in (topic.openings, topic.closings)
        )
        blocks = [_paragraph(opening)]
        if topic.heads:
            for head, middle in zip(topic.heads, topic.middles, strict=False):
                blocks += [_heading(filled(head, names)), _paragraph(filled(middle, self.at_some_minute(names)))]
        else:
            count = self._random.randint(1, len(topic.middles))
            blocks += [
                _paragraph(filled(m, self.at_some_minute(names))) for m in self._random.sample(topic.middles, count)
            ]
        if topic.points:
            blocks.append(_list([filled(point, names) for point in topic.points]))
        return {"type": "doc", "content": [*blocks, _paragraph(closing)]}

    def at_some_minute(self, names: Names) -> Names:
        """The names, with a place in a video to talk about."""
        return names | {"minute": f"{self._random.randint(1, 22)}:{self._random.randint(0, 59):02}"}


def filled(piece: str, names: Names) -> str:
    """A piece with its names filled in."""
    return piece.format_map(names)


_WITHOUT_ACCENTS = str.maketrans("łŁøØıßð", "lLoOisd")


def ascii_of(name: str) -> str:
    """A name in the letters a username may have."""
    plain = normalize("NFKD", name.translate(_WITHOUT_ACCENTS))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def _text(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}]


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": _text(text)}


def _heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "attrs": {"level": 2}, "content": _text(text)}


def _list(items: list[str]) -> dict[str, Any]:
    return {"type": "bullet_list", "content": [{"type": "list_item", "content": [_paragraph(i)]} for i in items]}
