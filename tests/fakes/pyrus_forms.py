"""Forms, tasks and catalogues of the fake Pyrus: what it checks, keeps and finds.

Where each rule comes from:
- `choice_ids`, `YYYY-MM-DDTHH:MM:SSZ`, `close_date`, `last_modified_date`, `fld{id}` filters with `gt`, `lt`, commas,
  `*` and `empty`, `steps`, `item_count` up to 20000, `include_archived`, comments with `field_updates` and `action`,
  `GET /forms/{id}` with sections and deleted choices: the vendor's Python client 2.50
  (models/requests.py, models/entities.py, models/constants.py).
- a mapping's `code` and its longest value of 300: https://pyrus.com/en/help/api/telephony.
- UNVERIFIED: error codes of bad fields; that a text filter finds parts of texts (the harder case is taken); that a
  finished task counts as archived; `{"item_id": …}` of catalogue fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.domain.clock import Clock

DELETED_CHOICE = 99
"""A choice that every field had once."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_LIST_OR_RANGE = re.compile(r"gt|lt|\*$|empty$|.*,")


class BadRequest(Exception):
    """Answered with 400 and this `error_code`."""


@dataclass(frozen=True)
class FieldSpec:
    """A field of a form: text, phone, due_date_time, multiple_choice (with its choices) or catalog."""

    type: str
    name: str = ""
    code: str = ""
    choices: frozenset[int] = frozenset()
    catalog: int | None = None


@dataclass
class PyrusForms:
    """Everything that is kept; `forms` is number -> field number -> field."""

    clock: Clock
    forms: Mapping[int, Mapping[int, FieldSpec]]
    catalogs: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    last_id: int = 7000

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def written_now(self) -> str:
        return self.clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def create(self, form: int, fields: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
        """A new task with a first comment."""
        if form not in self.forms:
            raise BadRequest("form_not_found")
        now = self.written_now()
        task = {"id": self.new_id(), "form_id": form, "create_date": now, "last_modified_date": now, "current_step": 1}
        task |= {"fields": [], "comments": [{"id": self.new_id(), "create_date": now}], **rest}
        self._fill(task, fields)
        self.tasks[task["id"]] = task
        return task

    def comment(self, task: dict[str, Any], body: Mapping[str, Any]) -> None:
        """Add a comment and do what it says."""
        self._fill(task, body.get("field_updates") or [])
        action = body.get("action")
        if action not in (None, "finished", "reopened"):
            raise BadRequest("invalid_action")
        if action == "finished":
            task["close_date"] = self.written_now()
        if action == "reopened":
            task.pop("close_date", None)
        task["last_modified_date"] = self.written_now()
        task["comments"].append({"id": self.new_id(), "create_date": self.written_now(), **body})

    def fill_by_code(self, task: dict[str, Any], mappings: list[dict[str, Any]]) -> None:
        """Fields by their symbolic codes, as telephony does; unknown codes are its own and are passed over."""
        for one in mappings:
            if not isinstance(one["value"], str) or len(one["value"]) > 300:
                raise BadRequest("invalid_mapping_value")
            for number, spec in self.forms[task["form_id"]].items():
                if spec.code == one["code"]:
                    self._fill(task, [{"id": number, "value": one["value"]}])

    def register(self, form: int, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Tasks of a form that pass the filters, newest first, without their comments."""
        if form not in self.forms:
            raise BadRequest("form_not_found")
        count = int(query.get("item_count", 20000))
        if not 0 < count <= 20000:
            raise BadRequest("invalid_item_count")
        found = [task for task in self.tasks.values() if task["form_id"] == form and self._passes(task, query)]
        without = [{name: part for name, part in task.items() if name != "comments"} for task in found]
        return sorted(without, key=lambda task: -task["id"])[:count]

    def described(self, form: int) -> dict[str, Any]:
        """A form as `GET /forms/{id}` tells it, its fields within one section."""
        if form not in self.forms:
            raise BadRequest("form_not_found")
        fields = [
            {
                **{"id": number, "type": spec.type, "name": spec.name, "code": spec.code},
                "info": {
                    "options": [
                        *({"choice_id": choice, "choice_value": f"{choice}"} for choice in sorted(spec.choices)),
                        {"choice_id": DELETED_CHOICE, "choice_value": "прежний", "deleted": True},
                    ],
                    "catalog_id": spec.catalog,
                },
            }
            for number, spec in self.forms[form].items()
        ]
        return {"id": form, "fields": [{"id": 900, "type": "title", "info": {"fields": fields}}]}

    def of_form(self, form: int) -> list[dict[str, Any]]:
        return [task for task in self.tasks.values() if task["form_id"] == form]

    def values(self, task_id: int | str) -> dict[int, Any]:
        """What a task has, by field number."""
        return {one["id"]: one["value"] for one in self.tasks[int(task_id)]["fields"]}

    def _passes(self, task: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
        if task.get("close_date") and not query.get("include_archived"):
            return False
        if query.get("steps") and task["current_step"] not in query["steps"]:
            return False
        values = self.values(task["id"])
        wanted = {int(name[3:]): value for name, value in query.items() if name.startswith("fld")}
        return all(_matches(values.get(number), str(value)) for number, value in wanted.items())

    def _fill(self, task: dict[str, Any], fields: list[dict[str, Any]]) -> None:
        specs = self.forms[task["form_id"]]
        for one in fields:
            if one.get("id") not in specs:
                raise BadRequest("field_not_found")
            self._check(specs[one["id"]], one["value"])
        kept = {one["id"]: one for one in task["fields"]}
        for one in fields:
            kept[one["id"]] = {"id": one["id"], "type": specs[one["id"]].type, "value": one["value"]}
        task["fields"] = list(kept.values())

    def _check(self, spec: FieldSpec, value: Any) -> None:
        if spec.type == "multiple_choice":
            good = isinstance(value, dict) and set(value.get("choice_ids") or [0]) <= spec.choices
        elif spec.type == "catalog":
            good = isinstance(value, dict) and value.get("item_id") in self.catalogs[spec.catalog or 0]
        elif spec.type == "due_date_time":
            good = isinstance(value, str) and bool(_MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value))
        else:
            good = isinstance(value, str)
        if not good:
            raise BadRequest("invalid_field_value")


def _matches(value: Any, wanted: str) -> bool:
    """Texts by a part of them; the language of lists and ranges is not ours to send."""
    if _LIST_OR_RANGE.match(wanted):
        raise BadRequest("filter_not_expected")
    return isinstance(value, str) and wanted in value
