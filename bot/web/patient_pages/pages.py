"""The pages as HTML: one file each, no script, nothing from elsewhere, so that any phone shows them."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.notify.wording import written_sum, written_time
from bot.web.patient_pages.ports import Bill, PatientPages, RatedVisit

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_TEMPLATES = Environment(
    loader=PackageLoader("bot.web.patient_pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_SCORES = (
    (1, "из 5, очень плохо"),
    (2, "из 5, плохо"),
    (3, "из 5, средне"),
    (4, "из 5, хорошо"),
    (5, "из 5, отлично"),
)


def bill_page(pages: PatientPages, bill: Bill) -> web.Response:
    """What is to be paid, and the button."""
    return _page(
        pages,
        "pay",
        "Оплата приёма",
        clinic=bill.clinic,
        sum=written_sum(bill.amount),
        when=written_time(bill.starts_at) if bill.starts_at else "",
        address=bill.address,
        until=written_time(bill.until) if bill.until else "",
        pays=pages.pays,
        offer_url=pages.offer_url,
    )


def paid_page(pages: PatientPages, bill: Bill) -> web.Response:
    """That it is paid, whoever opens the link again."""
    what = f"{written_sum(bill.amount)}\u00a0₽"
    about = f"{what}, приём {written_time(bill.starts_at)}." if bill.starts_at else f"{what}."
    lines = [about, f"Оплата получена {written_time(bill.paid_at)}." if bill.paid_at else "Оплата получена."]
    return told_page(pages, 200, "Спасибо, оплачено", *lines, clinic=bill.clinic, done=True)


def rate_page(
    pages: PatientPages, visit: RatedVisit, *, text: str = "", fault: str = "", status: int = 200
) -> web.Response:
    """Five stars and a comment; with `fault` once more, with what was written already."""
    when = written_time(visit.starts_at)
    return _page(
        pages,
        "rate",
        "Как прошёл приём?",
        status=status,
        clinic=visit.clinic,
        when=when,
        scores=_SCORES,
        text=text,
        fault=fault,
    )


def told_page(
    pages: PatientPages, status: int, title: str, *lines: str, clinic: str = "", done: bool = False, wait: int = 0
) -> web.Response:
    """A few words; `wait` is after how many seconds it is worth trying again."""
    answer = _page(pages, "told", title, status=status, clinic=clinic, lines=lines, done=done)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _page(pages: PatientPages, name: str, title: str, *, status: int = 200, **values: Any) -> web.Response:
    # the phone is dialled as digits and shown as the clinic writes it
    text = _TEMPLATES.get_template(f"{name}.html.j2").render(
        title=title,
        style=Markup(_STYLE),  # our own file
        phone=pages.phone,
        phone_digits=re.sub(r"[^\d+]", "", pages.phone),
        **values,
    )
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8", headers=_HEADERS)
