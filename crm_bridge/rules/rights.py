"""Who may do what: rights by name, the rights of each role, and somebody who acts with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.follow_up import SYSTEM, Actor

PATIENTS_READ = "patients.read"
PATIENTS_WRITE = "patients.write"
VISITS_READ = "visits.read"
VISITS_MANAGE = "visits.manage"
VISITS_ATTEND = "visits.attend"
PRESCRIPTIONS_WRITE = "prescriptions.write"
LEADS_ASSIGN = "leads.assign"
APPROVALS_DOCTOR = "approvals.doctor"
APPROVALS_MONEY = "approvals.money"
PAYMENTS_WRITE = "payments.write"
REQUESTS_WRITE = "requests.write"
RATINGS_READ = "ratings.read"
RATINGS_WRITE = "ratings.write"
STRIKES_LIFT = "strikes.lift"
SETTINGS_WRITE = "settings.write"
USERS_WRITE = "users.write"
WEBHOOKS_WRITE = "webhooks.write"
RECORDINGS_READ = "recordings.read"
REPORTS_READ = "reports.read"
AUDIT_READ = "audit.read"
PHRASES_LABEL = "phrases.label"
PHRASES_PUBLISH = "phrases.publish"
SCRIPTS_EDIT = "scripts.edit"
SCRIPTS_PUBLISH = "scripts.publish"

RIGHTS: Mapping[str, str] = {
    PATIENTS_READ: "Видит карты пациентов",
    PATIENTS_WRITE: "Заводит и меняет карты пациентов",
    VISITS_READ: "Видит расписание, приёмы, задачи и лист ожидания",
    VISITS_MANAGE: "Может управлять приёмами",
    VISITS_ATTEND: "Отмечает явку и оказанные услуги",
    PRESCRIPTIONS_WRITE: "Назначает",
    LEADS_ASSIGN: "Назначает ответственных",
    APPROVALS_DOCTOR: "Согласует медицинские показания",
    APPROVALS_MONEY: "Согласует оплату и полис",
    PAYMENTS_WRITE: "Выставляет и принимает оплату",
    REQUESTS_WRITE: "Ведёт заявки",
    RATINGS_READ: "Видит оценки пациентов",
    RATINGS_WRITE: "Записывает оценки пациентов",
    STRIKES_LIFT: "Снимает требование предоплаты",
    SETTINGS_WRITE: "Меняет настройки и правила",
    USERS_WRITE: "Ведёт сотрудников и ключи доступа",
    WEBHOOKS_WRITE: "Ведёт подписки на события",
    RECORDINGS_READ: "Слушает записи разговоров",
    REPORTS_READ: "Смотрит отчёты",
    AUDIT_READ: "Смотрит журнал изменений",
    PHRASES_LABEL: "Размечает непонятые фразы",
    PHRASES_PUBLISH: "Обучает понимание и публикует обученное",
    SCRIPTS_EDIT: "Правит речевые сценарии",
    SCRIPTS_PUBLISH: "Публикует речевые сценарии",
}
"""Every right with its title; `visits.manage` guards booking, task and waiting list alike (I6)."""

KEPT_BACK = frozenset({RATINGS_READ})
"""Who does not have such a right cannot give it, not even by making a user of a role that has it (C20)."""
PEOPLE_ONLY = frozenset({APPROVALS_DOCTOR, APPROVALS_MONEY})
"""Never a programme's: behind a key nobody could tell whether two people have approved (P5)."""


class Role(StrEnum):
    """What somebody is at the clinic."""

    REGISTRAR = "registrar"
    SENIOR_REGISTRAR = "senior_registrar"
    DOCTOR = "doctor"
    ACCOUNTANT = "accountant"
    COORDINATOR = "coordinator"
    MARKETING = "marketing"
    ADMIN = "admin"
    DIRECTOR = "director"


_LOOKS = frozenset({PATIENTS_READ, VISITS_READ})
_REGISTRAR = _LOOKS | {PATIENTS_WRITE, VISITS_MANAGE, VISITS_ATTEND, REQUESTS_WRITE, PAYMENTS_WRITE}
ROLE_RIGHTS: Mapping[Role, frozenset[str]] = {
    Role.REGISTRAR: _REGISTRAR,
    Role.SENIOR_REGISTRAR: _REGISTRAR | {LEADS_ASSIGN, RECORDINGS_READ, REPORTS_READ, PHRASES_LABEL},
    Role.DOCTOR: _LOOKS | {VISITS_ATTEND, PRESCRIPTIONS_WRITE, APPROVALS_DOCTOR, REQUESTS_WRITE},
    Role.ACCOUNTANT: _LOOKS | {APPROVALS_MONEY, PAYMENTS_WRITE, REPORTS_READ},
    Role.COORDINATOR: _LOOKS | {APPROVALS_MONEY},
    Role.MARKETING: _LOOKS | {REPORTS_READ},
    Role.ADMIN: _LOOKS
    | {SETTINGS_WRITE, USERS_WRITE, WEBHOOKS_WRITE, REPORTS_READ, AUDIT_READ}
    | {PHRASES_LABEL, PHRASES_PUBLISH, SCRIPTS_EDIT, SCRIPTS_PUBLISH},
    Role.DIRECTOR: frozenset(RIGHTS) - PEOPLE_ONLY - {RATINGS_WRITE},
}
"""What a role may do by itself; a user's own rights are added."""

DIRECTOR_OWNER = "director"
"""The owner of what only the director is to deal with."""
RATING_TASK = "rating"
"""The type of the director's task about a low rating; shown to nobody without `ratings.read`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody who acts: a user or a programme's key. Empty `branches` mean all of them; `role` is None for a key."""

    actor: Actor
    name: str
    rights: frozenset[str]
    branches: frozenset[str] = frozenset()
    role: Role | None = None
    login: str | None = None
    doctor_id: str | None = None

    def may(self, right: str) -> bool:
        """Whether it has the right."""
        return right in self.rights

    def reaches(self, branch_id: str | None) -> bool:
        """Whether something of that branch is its business; what has no branch is everybody's."""
        return not self.branches or branch_id is None or branch_id in self.branches


HOUSE = Identity(actor=SYSTEM, name="Система", rights=frozenset(RIGHTS))
"""Who makes the first director: the command line at the clinic's own computer."""


def rights_of(role: Role, extra: Collection[str] = ()) -> frozenset[str]:
    """The role's rights and a user's own."""
    return ROLE_RIGHTS[role] | frozenset(extra)
