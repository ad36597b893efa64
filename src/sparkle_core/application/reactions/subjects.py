"""What events are about, as the subject of what follows from them and of what takes it back."""

from sparkle_core.domain.content import events as content


def like_of(event: content.ReactionAdded | content.ReactionRemoved) -> str:
    """One person's like of one thing."""
    return f"{event.target_id}:{event.user_id}"


def answer_of(event: content.AnswerAccepted | content.AnswerWithdrawn) -> str:
    """One answer to one question."""
    return f"{event.post_id}:{event.comment_id}"
