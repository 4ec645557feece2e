"""E-mail over SMTP; the standard library's client waits in a thread, never in the event loop."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from bot.notify.port import DeliveryError, Message, Receipt
from bot.notify.settings import MailSettings

_SECURITY = ("starttls", "tls", "none")


class MailError(ValueError):
    """The mail settings cannot be used; the text is Russian and names the setting."""


class SmtpMail:
    """Messenger over one SMTP server; a connection a message."""

    def __init__(self, settings: MailSettings) -> None:
        if settings.security not in _SECURITY:
            raise MailError(f"notify.mail.security: допустимо одно из: {', '.join(_SECURITY)}")
        if not settings.host or "@" not in settings.sender:
            raise MailError("notify.mail: нужны host и sender, пример sender: clinic@example.ru")
        self._settings = settings

    async def send(self, message: Message) -> Receipt:
        """Hand it to the server. The Message-ID is made of our id, so that a repeat can be told."""
        return await asyncio.to_thread(self._send, message)

    def _send(self, message: Message) -> Receipt:
        try:
            letter = self._letter(message)
        except ValueError:
            raise DeliveryError("Адрес электронной почты записан неверно", retryable=False) from None
        try:
            with self._connected() as server:
                server.send_message(letter)
        except smtplib.SMTPAuthenticationError:
            raise DeliveryError("Почтовый сервер не принял имя или пароль", retryable=False) from None
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise _refusal(code) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise DeliveryError("Почтовый сервер не умеет того, что требуют настройки", retryable=False) from None
        except (smtplib.SMTPException, OSError):
            # too slow a server, too: smtplib tells its silence as a lost connection
            raise DeliveryError("Почтовый сервер недоступен", retryable=True) from None
        return Receipt(provider_id=message.id)

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._settings.sender
        letter["To"] = message.recipient
        letter["Subject"] = message.title
        letter["Date"] = formatdate(message.created_at.timestamp())
        letter["Message-ID"] = f"<{message.id}@{self._settings.sender.rpartition('@')[2].rstrip('>')}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.text + "\n")
        return letter

    def _connected(self) -> smtplib.SMTP:
        given = self._settings
        if given.security == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(given.host, given.port, timeout=given.timeout_s, context=context)
        else:
            server = smtplib.SMTP(given.host, given.port, timeout=given.timeout_s)
        try:
            if given.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if given.username:
                server.login(given.username, given.password)
        except BaseException:
            server.close()
            raise
        return server


def _refusal(code: int) -> DeliveryError:
    """4xx is for now, 5xx for good."""
    return DeliveryError(f"Почтовый сервер отказал: код {code}", retryable=code < 500)
