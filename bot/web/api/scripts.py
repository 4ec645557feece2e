"""Speech scripts: look, save a draft, check, compare, publish, go back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.script_versions import Exam, NoSuchVersion, Publication, ScriptState, ScriptVersion
from bot.web.api import script_views as views
from bot.web.api.route import Answer, Call, Route
from bot.web.api.script_ports import Difference
from crm_bridge.rules.rights import SCRIPTS_EDIT, SCRIPTS_PUBLISH


async def listed(call: Call[None, None]) -> Sequence[ScriptState]:
    return await call.deps.scripts.states()


async def one(call: Call[None, None]) -> ScriptState:
    return await call.deps.scripts.state(call.id)


async def versions(call: Call[None, None]) -> Sequence[ScriptVersion]:
    return await call.deps.scripts.versions(call.id)


async def version(call: Call[None, None]) -> ScriptVersion:
    return await call.deps.scripts.version(call.id, _number(call))


async def save(call: Call[views.SaveScript, None]) -> ScriptVersion:
    body = call.body
    return await call.deps.scripts.save(call.id, body.files, base=body.base, by=call.by, note=body.note, whole=False)


async def check(call: Call[None, None]) -> Exam:
    return await call.deps.scripts.check(call.id, _number(call))


async def publish(call: Call[None, None]) -> Publication:
    return await call.deps.scripts.publish(call.id, _number(call), by=call.by)


async def roll_back(call: Call[None, None]) -> Publication:
    return await call.deps.scripts.roll_back(call.id, by=call.by)


async def changes(call: Call[None, views.Compare]) -> Sequence[Difference]:
    return await call.deps.scripts.changes(call.id, call.query.before, call.query.after)


def _number(call: Call[None, None]) -> int:
    text = call.path["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= 7):
        raise NoSuchVersion("Номер версии — целое число, 0 — поставляемая")
    return int(text)


TAG = "Сценарии"
ROUTES = (
    Route(
        method="GET",
        path="/scripts",
        name="listScripts",
        summary="Речевые сценарии и версии, которые берут новые звонки",
        tag=TAG,
        handler=listed,
        right=SCRIPTS_EDIT,
        view=views.ScriptView,
        answer=Answer.LIST,
    ),
    Route(
        method="GET",
        path="/scripts/{id}",
        name="getScript",
        summary="Сценарий",
        tag=TAG,
        handler=one,
        right=SCRIPTS_EDIT,
        view=views.ScriptView,
    ),
    Route(
        method="GET",
        path="/scripts/{id}/versions",
        name="listScriptVersions",
        summary="Версии, новые первыми; 0 — поставляемая",
        tag=TAG,
        handler=versions,
        right=SCRIPTS_EDIT,
        view=views.VersionView,
        answer=Answer.LIST,
    ),
    Route(
        method="POST",
        path="/scripts/{id}/versions",
        name="saveScript",
        summary="Сохранить черновик; 409, если сценарий тем временем изменил кто-то другой",
        tag=TAG,
        handler=save,
        right=SCRIPTS_EDIT,
        body=views.SaveScript,
        view=views.VersionView,
        status=201,
    ),
    Route(
        method="GET",
        path="/scripts/{id}/versions/{number}",
        name="getScriptVersion",
        summary="Версия с её файлами",
        tag=TAG,
        handler=version,
        right=SCRIPTS_EDIT,
        view=views.VersionFilesView,
    ),
    Route(
        method="POST",
        path="/scripts/{id}/versions/{number}/check",
        name="checkScriptVersion",
        summary="Проверить версию и провести её диалоги",
        tag=TAG,
        handler=check,
        right=SCRIPTS_EDIT,
        view=views.ExamView,
    ),
    Route(
        method="POST",
        path="/scripts/{id}/versions/{number}/publish",
        name="publishScriptVersion",
        summary="Отдать версию новым звонкам; 409 со списком, если она не прошла проверку",
        tag=TAG,
        handler=publish,
        right=SCRIPTS_PUBLISH,
        view=views.PublicationView,
    ),
    Route(
        method="POST",
        path="/scripts/{id}/rollback",
        name="rollBackScript",
        summary="Вернуть то, что действовало раньше",
        tag=TAG,
        handler=roll_back,
        right=SCRIPTS_PUBLISH,
        view=views.PublicationView,
    ),
    Route(
        method="GET",
        path="/scripts/{id}/changes",
        name="compareScriptVersions",
        summary="Чем одна версия отличается от другой, по шагам",
        tag=TAG,
        handler=changes,
        right=SCRIPTS_EDIT,
        query=views.Compare,
        view=views.DifferenceView,
        answer=Answer.LIST,
    ),
)
