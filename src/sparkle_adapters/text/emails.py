"""The syntax of email addresses, by the email-validator library; DNS is not asked."""

from sparkle_core.domain.kernel.errors import Invalid


class EmailSyntax:
    """The `EmailAddresses` port."""

    def normalised(self, text: str) -> str:
        from email_validator import EmailNotValidError, validate_email

        try:
            found = validate_email(text, check_deliverability=False, test_environment=True).normalized
        except (EmailNotValidError, UnicodeError) as error:
            raise Invalid.at("email", f"is not an email address: {str(error).rstrip('.')}") from None
        if len(found) > 255:
            raise Invalid.at("email", "must have 255 characters or fewer")
        return found
