"""The links' addresses: GET shows, POST pays or rates; whatever goes wrong is told in plain words."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web

from bot.web.patient_pages.pages import bill_page, paid_page, rate_page, told_page
from bot.web.patient_pages.ports import PAGES, BillState, PatientPages
from crm_bridge.port import CrmUnavailable, IllegalStep, NotFound, Refused

log = logging.getLogger(__name__)

LONGEST_COMMENT = 2000
_TOKEN = r"[^\x00-\x20/]{1,200}"
Show = Callable[[web.Request, PatientPages, str], Awaitable[web.StreamResponse]]


def add_patient_pages(app: web.Application, pages: PatientPages) -> None:
    """Put /pay/… and /rate/… into an application; a link that was cut short is told so, too."""
    app[PAGES] = pages
    for kind, show, take in (("pay", _show_bill, _pay), ("rate", _show_rating, _rate)):
        app.router.add_get(f"/{kind}/{{token:.*}}", _page(show))
        app.router.add_post(f"/{kind}/{{token:.*}}", _page(take))


def _page(show: Show) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    @wraps(show)
    async def handle(request: web.Request) -> web.StreamResponse:
        pages = request.app[PAGES]
        if wait := pages.limit.wait(_visitor(request, pages)):
            return told_page(
                pages, 429, "Слишком много запросов", "Подождите минуту и откройте ссылку снова.", wait=wait
            )
        try:
            return await show(request, pages, _token(request))
        except NotFound:
            return told_page(
                pages, 404, "Ссылка не найдена", "Проверьте, что адрес из сообщения открыт целиком, или позвоните нам."
            )
        except CrmUnavailable:
            return told_page(pages, 503, "Сейчас не получается", "Откройте ссылку через несколько минут.", wait=60)
        except web.HTTPRequestEntityTooLarge:
            return told_page(pages, 413, "Слишком длинный текст", "Вернитесь назад и сократите его.")
        except Exception:
            log.exception("a patient's page failed", extra={"page": request.path.split("/")[1]})
            return told_page(pages, 500, "Что-то сломалось", "Мы уже знаем об этом. Позвоните нам, и мы поможем.")

    return handle


def _token(request: web.Request) -> str:
    """The secret part of the link. Raises NotFound for what can be none."""
    token = request.match_info["token"]
    if not re.fullmatch(_TOKEN, token):
        raise NotFound
    return token


def _visitor(request: web.Request, pages: PatientPages) -> str:
    """Who asks: behind our own proxy, whom it names last; what stands before that anybody can write."""
    named = request.headers.getall("X-Forwarded-For", [])
    if pages.behind_proxy and named:
        return named[-1].rpartition(",")[2].strip()
    return request.remote or ""


# ------------------------------------------------------------------ payment


async def _show_bill(_request: web.Request, pages: PatientPages, token: str) -> web.StreamResponse:
    bill = await pages.bills.bill(token)
    if bill.state is BillState.PAID:
        return paid_page(pages, bill)
    return bill_page(pages, bill) if bill.state is BillState.DUE else _void(pages, bill.clinic)


async def _pay(request: web.Request, pages: PatientPages, token: str) -> web.StreamResponse:
    """A second tap finds it paid and is shown the same."""
    bill = await pages.bills.bill(token)
    if bill.state is BillState.DUE and not pages.pays:
        return bill_page(pages, bill)
    try:
        await pages.bills.pay(token)
    except (IllegalStep, Refused):
        return _void(pages, bill.clinic)
    return _shown_anew(request)


def _void(pages: PatientPages, clinic: str) -> web.Response:
    lines = ("Платить по ней ничего не нужно.", "Если приём вам всё ещё нужен, позвоните нам, и мы запишем вас снова.")
    return told_page(pages, 410, "Ссылка больше не действует", *lines, clinic=clinic)


# ------------------------------------------------------------------- rating


async def _show_rating(_request: web.Request, pages: PatientPages, token: str) -> web.StreamResponse:
    visit = await pages.ratings.visit(token)
    if visit.rated:
        return told_page(
            pages, 200, "Спасибо!", "Ваша оценка получена, она поможет нам стать лучше.", clinic=visit.clinic, done=True
        )
    return rate_page(pages, visit) if visit.open else _closed(pages, visit.clinic)


async def _rate(request: web.Request, pages: PatientPages, token: str) -> web.StreamResponse:
    visit = await pages.ratings.visit(token)
    form = await request.post()
    score, text = str(form.get("score", "")), _clean(str(form.get("text", "")))
    if visit.rated:
        return _rated_already(pages, visit.clinic)
    if not visit.open:
        return _closed(pages, visit.clinic)
    if score not in {"1", "2", "3", "4", "5"}:
        return rate_page(pages, visit, text=text, fault="Выберите от одной до пяти звёзд.", status=422)
    try:
        await pages.ratings.rate(token, int(score), text)
    except Refused:
        return _rated_already(pages, visit.clinic)
    except IllegalStep:
        return _closed(pages, visit.clinic)
    return _shown_anew(request)


def _rated_already(pages: PatientPages, clinic: str) -> web.Response:
    lines = ("Приём можно оценить один раз. Если хотите что-то добавить, позвоните нам.",)
    return told_page(pages, 409, "Оценка уже получена, спасибо", *lines, clinic=clinic, done=True)


def _closed(pages: PatientPages, clinic: str) -> web.Response:
    return told_page(
        pages,
        410,
        "Этот приём уже нельзя оценить",
        "Нам важно ваше мнение: расскажите о приёме по телефону.",
        clinic=clinic,
    )


def _clean(text: str) -> str:
    """Without what no keyboard writes, and not longer than is kept."""
    shown = "".join(sign for sign in text.replace("\r\n", "\n") if sign == "\n" or sign.isprintable())
    return shown.strip()[:LONGEST_COMMENT]


def _shown_anew(request: web.Request) -> web.Response:
    """See other: loading the page again, or going back to it, sends nothing twice."""
    # relative, for whoever has put the pages under a path of the clinic's site
    last = request.raw_path.partition("?")[0].rpartition("/")[2]
    return web.Response(
        status=303, headers={"Location": f"./{last}", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    )
