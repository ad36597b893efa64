"""HTML cleaning with nh3."""

import nh3

TAGS = {
    "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br", "strong", "em", "s", "a",
}  # fmt: skip


class Nh3Sanitizer:
    """The `HtmlSanitizer` port: our rich text's tags, links to http, https and mailto, nothing else."""

    def clean(self, html: str) -> str:
        return nh3.clean(
            html,
            tags=TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            url_relative="deny",
            link_rel="nofollow ugc noopener",
        )
