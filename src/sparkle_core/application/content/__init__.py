"""What can be asked of content: publishing, commenting, reacting, reading."""

from sparkle_core.application.content.comments import (
    Comment,
    DeleteComment,
    EditComment,
    comment,
    delete_comment,
    edit_comment,
)
from sparkle_core.application.content.posts import (
    AcceptAnswer,
    DeletePost,
    EditPost,
    PublishPost,
    Saved,
    accept_answer,
    delete_post,
    edit_post,
    publish_post,
)
from sparkle_core.application.content.reactions import React, Unreact, react, unreact
from sparkle_core.application.content.reading import (
    CommentsOf,
    LatestPosts,
    PostById,
    comments_of,
    latest_posts,
    post_by_id,
)
from sparkle_core.application.content.views import CommentView, PostSummary, PostView, Reactions
from sparkle_core.application.kernel.commands import UseCase
from sparkle_core.domain.kernel.actors import Permission

USE_CASES = (
    UseCase(PublishPost, publish_post, Permission.PUBLISH),
    UseCase(EditPost, edit_post, Permission.PUBLISH),
    UseCase(DeletePost, delete_post, Permission.PUBLISH),
    UseCase(AcceptAnswer, accept_answer, Permission.PUBLISH),
    UseCase(Comment, comment, Permission.PUBLISH),
    UseCase(EditComment, edit_comment, Permission.PUBLISH),
    UseCase(DeleteComment, delete_comment, Permission.PUBLISH),
    UseCase(React, react, Permission.REACT),
    UseCase(Unreact, unreact, Permission.REACT),
    UseCase(PostById, post_by_id, Permission.READ),
    UseCase(LatestPosts, latest_posts, Permission.READ),
    UseCase(CommentsOf, comments_of, Permission.READ),
)

__all__ = [
    "USE_CASES",
    "AcceptAnswer",
    "Comment",
    "CommentView",
    "CommentsOf",
    "DeleteComment",
    "DeletePost",
    "EditComment",
    "EditPost",
    "LatestPosts",
    "PostById",
    "PostSummary",
    "PostView",
    "PublishPost",
    "React",
    "Reactions",
    "Saved",
    "Unreact",
]
