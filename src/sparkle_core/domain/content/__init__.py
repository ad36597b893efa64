"""Content: posts with rich bodies, threads of comments, reactions."""

from sparkle_core.domain.content.comments import CommentOnPost
from sparkle_core.domain.content.contributions import Moderation
from sparkle_core.domain.content.events import EVENTS
from sparkle_core.domain.content.posts import Article, Content, Discussion, Post, PostKind, Question
from sparkle_core.domain.content.rich_text import RichText
from sparkle_core.domain.content.rules import ContentRules
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Counter, Edge, Kind, retained

_PUBLISHED = retained("what everybody sees outlives the account, under the name its author chose; the rest goes")

POSTS = Kind(
    Post,
    "post",
    indexes=(("author_id", "id"), ("kind", "id")),
    personal={"title": _PUBLISHED, "content": _PUBLISHED, "tags": _PUBLISHED},
    whose=("author_id",),
    left=Post.left_of_erased,
)
COMMENTS = Kind(
    CommentOnPost,
    "comment",
    unique=(("post_id", "path"),),
    indexes=(("author_id", "id"),),
    personal={"text": _PUBLISHED, "path": NOT_PERSONAL},
    whose=("author_id",),
    left=CommentOnPost.left_of_erased,
)
REACTIONS = Edge("reaction")
"""From a person to a post or comment; the kind is the reaction."""
TAGGED = Edge("tagged")
"""From a post to a tag's id; the kind is always `TAG`."""
TAG = "tag"
ENGAGEMENT = Counter("engagement")
"""Numbers on a post or comment: one a reaction, and on a post the comments that everybody sees."""
COMMENTS_COUNTED = "comments"

STORED = (POSTS, COMMENTS, REACTIONS, TAGGED, ENGAGEMENT)

__all__ = [
    "COMMENTS",
    "COMMENTS_COUNTED",
    "ENGAGEMENT",
    "EVENTS",
    "POSTS",
    "REACTIONS",
    "STORED",
    "TAG",
    "TAGGED",
    "Article",
    "CommentOnPost",
    "Content",
    "ContentRules",
    "Discussion",
    "Moderation",
    "Post",
    "PostKind",
    "Question",
    "RichText",
]
