"""Mail through the organisation's own server, named by ``WATCHFLOOR_SMTP_URL``."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

# Names that nobody can own (RFC 2606, RFC 6761): a mail to them can only bounce.
_UNREACHABLE = (".example", ".invalid", ".test", "@example.com", "@example.net", "@example.org")


class MailRefused(Exception):
    """The server did not take the mail; ``permanent`` when trying again cannot help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def is_reachable(address: str) -> bool:
    """Whether a mail to the address could arrive at all."""
    _, bare = parseaddr(address)
    return "@" in bare and not bare.lower().endswith(_UNREACHABLE)


def channels(address: str) -> tuple[str, ...]:
    """How somebody can be told: on the page, and by mail where there is a server and the address can be reached."""
    return ("page", "mail") if settings.MAIL_CONFIGURED and is_reachable(address) else ("page",)


def send(*, recipient: str, subject: str, body: str, message_id: str) -> None:
    """Hand one mail to the server. The same ``message_id`` again is recognisable as the same mail.

    Raises:
        MailRefused: the server cannot be reached, or does not take it.
    """
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    mail = EmailMessage(
        subject, body, settings.DEFAULT_FROM_EMAIL, [recipient], headers=headers, connection=get_connection()
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise MailRefused(_told(error), permanent=all(code >= 500 for code in codes)) from error
    except smtplib.SMTPResponseException as error:
        # A refused login is the installation's mistake, not the mail's: it can be mended while the mail waits.
        permanent = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        raise MailRefused(_told(error), permanent=permanent) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailRefused(_told(error), permanent=False) from error
    except ValueError as error:
        # An address or heading that cannot be written: uncaught it would end the round before other people's mails.
        raise MailRefused(_told(error), permanent=True) from error


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
