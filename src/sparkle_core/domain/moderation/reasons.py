"""Why something is reported, and on which ground it is decided."""

from enum import Enum


class ReportReason(Enum):
    """What is wrong with it, in the reporter's eyes; also the grounds of decisions."""

    SPAM = "spam"
    HARASSMENT = "harassment"
    HATE = "hate"
    SELF_HARM = "self_harm"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    ILLEGAL = "illegal"
    COPYRIGHT = "copyright"
    IMPERSONATION = "impersonation"
    OTHER = "other"
