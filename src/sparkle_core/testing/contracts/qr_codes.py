"""The contract of `QrCodes`, held against every adapter: a picture that can stand in a page."""

from xml.etree import ElementTree

import pytest

from sparkle_core.ports.security import QrCodes

SVG = "{http://www.w3.org/2000/svg}"
TEXT = "otpauth://totp/Sparkle:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sparkle"
LONGEST = "ü" * 500
"""1,000 bytes in UTF-8."""


class QrCodesContract:
    """A text is a square picture of its own, that does nothing but show. Whether a phone reads it is yours to try.

    Say `make`.
    """

    def make(self) -> QrCodes:
        raise NotImplementedError

    @pytest.fixture
    def codes(self) -> QrCodes:
        return self.make()

    @pytest.mark.parametrize("text", [TEXT, "x", "Ада 🎨 & <b>", LONGEST], ids=lambda text: ascii(text)[:12])
    def test_a_picture_is_a_square_svg(self, codes: QrCodes, text: str) -> None:
        root = _parsed(codes.picture(text))
        assert root.tag == f"{SVG}svg"
        width, height = [root.get("width"), root.get("height")] if root.get("width") else _view_of(root)
        assert width == height
        assert len(list(root.iter())) > 1, "something is drawn"

    def test_a_text_has_one_picture_and_another_text_another(self, codes: QrCodes) -> None:
        assert codes.picture(TEXT) == codes.picture(TEXT) == self.make().picture(TEXT)
        assert len({codes.picture(text) for text in (TEXT, TEXT.lower(), TEXT[:-1], TEXT + " ")}) == 4

    @pytest.mark.parametrize("text", [TEXT, "<script>alert(1)</script>", "]]>&\"'"])
    def test_a_picture_runs_and_loads_nothing(self, codes: QrCodes, text: str) -> None:
        """Stops a name that somebody chose from running in the page that shows it, or the page from telling others."""
        drawn = list(_parsed(codes.picture(text)).iter())
        assert {element.tag for element in drawn} & {
            f"{SVG}{tag}" for tag in ("script", "image", "foreignObject")
        } == set()
        said = [(name, value) for element in drawn for name, value in element.attrib.items()]
        assert [name for name, _ in said if name.startswith("on") or name.endswith("href")] == []
        assert [value for _, value in said if "url(" in value] == []


def _view_of(root: ElementTree.Element) -> list[str]:
    """Width and height of what is looked at, where the page says how large it is shown."""
    return root.get("viewBox", "").split()[2:]


def _parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314 # made by the adapter, which is trusted
