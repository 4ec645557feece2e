"""Phrases that were not understood: seen, labelled, taught, published."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.learning import LearningStatus, Phrase, PhraseGroup, PhraseSet, Publication, Synonym
from bot.web.api import learning_models as models
from bot.web.api import queries
from bot.web.api.learning_ports import Labelled
from bot.web.api.route import Call
from crm_bridge.paging import Page
from crm_bridge.port import NotFound


def _number(call: Call[object, object], what: str) -> int:
    if not call.id.isascii() or not call.id.isdecimal() or len(call.id) > 9:
        raise NotFound(what)
    return int(call.id)


async def phrases(call: Call[None, models.Phrases]) -> Page[Phrase]:
    return await call.deps.learning.inbox.page(call.asked(), status=call.query.status)


async def phrase(call: Call[None, None]) -> Phrase:
    return await call.deps.learning.inbox.phrase(_number(call, "Такой фразы нет"))


async def groups(call: Call[None, models.Groups]) -> Sequence[PhraseGroup]:
    return (await call.deps.learning.inbox.groups())[: call.query.limit]


async def label(call: Call[models.Label, None]) -> Labelled:
    body = call.body
    return await call.deps.learning.inbox.label(body.phrase_ids, body.intent, by=str(call.by), force=body.force)


async def ignore(call: Call[models.Ignore, None]) -> models.CountView:
    count = await call.deps.learning.inbox.ignore(call.body.phrase_ids, by=str(call.by))
    return models.CountView(count=count)


async def take_in(call: Call[models.ImportPhrases, None]) -> models.ImportedView:
    rows = [(one.text, one.state, one.intent) for one in call.body.items]
    taken = await call.deps.learning.transcripts.take_given(rows, by=str(call.by))
    errors = [models.RowErrorView(number=number, message=text) for number, text in sorted(taken.errors.items())]
    return models.ImportedView(new=taken.new, known=taken.known, errors=errors)


async def synonyms(call: Call[None, None]) -> Sequence[Synonym]:
    return await call.deps.learning.synonyms.all()


async def add_synonym(call: Call[models.AddSynonym, None]) -> Synonym:
    return await call.deps.learning.synonyms.add(call.body.said, call.body.meant, by=str(call.by))


async def remove_synonym(call: Call[None, None]) -> None:
    await call.deps.learning.synonyms.remove(_number(call, "Такого синонима нет"))


async def status(call: Call[None, None]) -> LearningStatus:
    return await call.deps.learning.school.status()


async def order(call: Call[None, None]) -> PhraseSet:
    return await call.deps.learning.school.order(by=str(call.by))


async def trainings(call: Call[None, queries.Pages]) -> Page[PhraseSet]:
    return await call.deps.learning.school.trainings(call.asked())


async def training(call: Call[None, None]) -> PhraseSet:
    return await call.deps.learning.school.training(_number(call, "Такого обучения нет"))


async def publish(call: Call[None, None]) -> Publication:
    return await call.deps.learning.school.publish(_number(call, "Такого обучения нет"), by=str(call.by))


async def roll_back(call: Call[None, None]) -> Publication:
    return await call.deps.learning.school.roll_back(by=str(call.by))


async def publications(call: Call[None, None]) -> Sequence[Publication]:
    return await call.deps.learning.school.publications()
