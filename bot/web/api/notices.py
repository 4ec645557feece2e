"""Notices to people who work here: a doctor's visit was moved or cancelled."""

from __future__ import annotations

from bot.web.api import office_views as views
from bot.web.api import queries
from bot.web.api.facts import Notice
from bot.web.api.route import Answer, Call, Route
from crm_bridge.paging import Page
from crm_bridge.rules.rights import PATIENTS_READ


async def listed(call: Call[None, queries.Notices]) -> Page[Notice]:
    return await call.deps.notices.notices(call.asked(), reader=call.who, seen=call.query.seen)


async def read(call: Call[None, None]) -> Notice:
    return await call.deps.notices.read(call.id, reader=call.who)


TAG = "Уведомления"
ROUTES = (
    Route(
        method="GET",
        path="/notices",
        name="listNotices",
        summary="Свои уведомления, новые первыми; прочитанные — если попросить (seen)",
        tag=TAG,
        handler=listed,
        right=PATIENTS_READ,
        query=queries.Notices,
        view=views.NoticeView,
        answer=Answer.PAGE,
        order="ts",
    ),
    Route(
        method="POST",
        path="/notices/{id}/read",
        name="readNotice",
        summary="Отметить своё уведомление прочитанным",
        tag=TAG,
        handler=read,
        right=PATIENTS_READ,
        view=views.NoticeView,
    ),
)
