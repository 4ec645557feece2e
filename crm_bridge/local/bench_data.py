"""A big invented clinic made by PostgreSQL itself: the same seed and size give the same rows, in seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PROFESSIONS = (
    *("терапевт", "хирург", "кардиолог", "невролог", "офтальмолог", "оториноларинголог"),
    *("дерматолог", "эндокринолог", "гинеколог", "уролог", "травматолог", "педиатр"),
)
SLOTS_A_DAY = 24
AHEAD_DAYS = 45
_PAST_TAKEN, _AHEAD_TAKEN = 90, 45
"""Of a hundred openings, how many have a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How big the clinic is; one doctor per some 1,700 patients, at least one of each profession."""

    patients: int = 200_000
    visits: int = 600_000
    seed: int = 1

    @property
    def doctors(self) -> int:
        return max(len(PROFESSIONS), self.patients // 1667)

    @property
    def past_days(self) -> int:
        """Days back that hold the visits which the days ahead do not."""
        a_day = self.doctors * SLOTS_A_DAY
        past = self.visits - a_day * AHEAD_DAYS * _AHEAD_TAKEN // 100
        return max(1, -(-past * 100 // (a_day * _PAST_TAKEN))) + 2


_CHANCE = "(hashint8extended({0}, {1} + :seed) & 2147483647)"


def _chance(of: str, salt: int, below: int) -> str:
    """A number in [0, below) that belongs to this row and this salt."""
    return f"{_CHANCE.format(of, salt)} % {below}"


_CATALOG = (
    """INSERT INTO clinic_profile (id, name, prices, prep, documents, streets, loaded_at)
       VALUES (1, 'Замер', '{}', '{}', '{}', '[]', :now)""",
    """INSERT INTO branches (id, ordinal, name, address, timezone, hours, lab_hours)
       SELECT 'b' || i, i, 'Филиал ' || i, 'Ленина, ' || i, 'Europe/Moscow', '{}', '{}' FROM generate_series(0, 3) i""",
    """INSERT INTO doctors (id, ordinal, full_name, specialty, branch_id, active)
       SELECT 'd' || i, i, 'Врачев' || i || ' Иван Иванович', (CAST(:professions AS text[]))[1 + i % :kinds],
              'b' || i % 4, true FROM generate_series(0, :doctors - 1) i""",
    """INSERT INTO services (id, ordinal, name, duration_min, price, branch_id, bookable, active, specialty, category,
                             fundings, documents, resources, expensive)
       SELECT 's' || i, i, 'Услуга ' || i, 20, 500 + 100 * i, 'b' || i % 4, true, true,
              (CAST(:professions AS text[]))[1 + i % :kinds], 'Раздел ' || i % 6, '[]', '{}', '[]', false
       FROM generate_series(0, 59) i""",
)

_PEOPLE = (
    f"""INSERT INTO patients (id, full_name, birth_date, created_at, note, balance)
        SELECT 'p' || i, (ARRAY['Иванова','Петрова','Сидорова','Кузнецова'])[1 + i % 4] || i || ' Мария Петровна',
               date '1940-01-01' + CAST({_chance("i", 1, 25000)} AS int),
               CAST(:now AS timestamptz) - interval '2 years', '', 0
        FROM generate_series(0, :patients - 1) i""",
    """INSERT INTO phones (patient_id, phone)
       SELECT 'p' || i, '+79' || lpad(CAST(i AS text), 9, '0') FROM generate_series(0, :patients - 1) i""",
)

_SCHEDULE = (
    """INSERT INTO openings (id, starts_at, ends_at, local_date, local_time, branch_id, doctor_id)
       SELECT 'o' || d || '-' || (day - :past_days) || '-' || slot, moment AT TIME ZONE 'Europe/Moscow',
              (moment + interval '20 minutes') AT TIME ZONE 'Europe/Moscow', CAST(moment AS date),
              CAST(moment AS time), 'b' || d % 4, 'd' || d
       FROM generate_series(0, :doctors - 1) d, generate_series(0, :past_days + :ahead - 1) day,
            generate_series(0, :slots - 1) slot,
            LATERAL (SELECT CAST(:today AS date) + (day - :past_days) + time '08:00'
                            + slot * interval '20 minutes' AS moment) m""",
    f"""INSERT INTO visits (id, patient_id, opening_id, hold_id, starts_at, ends_at, branch_id, doctor_id, service_id,
                            status, created_at, updated_at, booked_by, source, funding, comment, prep_told, price, paid,
                            prepayment, deadline_at, closed_at, cancelled_by, reason_id, late, undecided)
        SELECT 'v' || n, 'p' || {_chance("n", 2, 1_000_000_007)} % :patients,
               CASE WHEN status = 'cancelled' THEN NULL ELSE o.id END, NULL, o.starts_at, o.ends_at, o.branch_id,
               o.doctor_id, 's' || {_chance("n", 3, 60)}, status, o.starts_at - interval '5 days', o.starts_at, 'bot',
               'phone', 'paid', '', false, 1500, CASE WHEN status = 'completed' THEN 1500 ELSE 0 END, 0,
               CASE WHEN status = 'awaiting_payment' THEN o.starts_at END,
               CASE WHEN status IN ('completed', 'cancelled', 'no_show') THEN o.starts_at END,
               CASE WHEN status = 'cancelled' THEN 'patient' END, CASE WHEN status = 'cancelled' THEN 'ill' END,
               false, false
        FROM (SELECT opening.*, row_number() OVER (ORDER BY starts_at DESC, id) AS n FROM (
                  SELECT *, hashtextextended(id, :seed) & 2147483647 AS dice FROM openings) opening
              WHERE dice % 100 < CASE WHEN starts_at < :now THEN {_PAST_TAKEN} ELSE {_AHEAD_TAKEN} END) o,
             LATERAL (SELECT CASE
                 WHEN o.starts_at < :now AND dice % 17 = 0 THEN 'no_show'
                 WHEN o.starts_at < :now AND dice % 11 = 0 THEN 'cancelled'
                 WHEN o.starts_at < :now THEN 'completed'
                 WHEN dice % 23 = 0 THEN 'awaiting_payment'
                 WHEN dice % 3 = 0 THEN 'confirmed' ELSE 'booked' END AS status) s
        WHERE n <= :visits""",
)

_FOLLOW_UP = (
    f"""INSERT INTO clinic_tasks (id, type, patient_id, phone, problem, specialty, comment, active_from, owner, status,
                                  made_by, history, postponed, created_at, closed_at, outcome)
        SELECT 't' || i, (ARRAY['cancelled', 'planned', 'check_up'])[1 + i % 3], 'p' || i,
               '+79' || lpad(CAST(i AS text), 9, '0'), 'specialty:терапевт', 'терапевт', 'Позвонить',
               CAST(:today AS date) - 20 + CAST({_chance("i", 5, 120)} AS int),
               CASE WHEN i % 4 = 0 THEN 'anna' ELSE 'bot' END, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'done' END,
               'system', '[]', 0, CAST(:now AS timestamptz) - interval '30 days',
               CASE WHEN i % 10 = 0 THEN NULL ELSE CAST(:now AS timestamptz) END,
               CASE WHEN i % 10 = 0 THEN NULL ELSE 'booked' END
        FROM generate_series(0, :patients - 1) i""",
    """INSERT INTO leads (id, patient_id, service_id, stage, owner, comment, next_action_on, revenue, created_at,
                          updated_at)
       SELECT 'l' || i, 'p' || i, 's' || i % 60, CASE WHEN i % 5 = 0 THEN 'assigned' ELSE 'won' END, 'bot', '',
              CASE WHEN i % 5 = 0 THEN CAST(:today AS date) + i % 30 END, 0, :now, :now
       FROM generate_series(0, :patients / 10 - 1) i""",
    """INSERT INTO strikes (visit_id, patient_id, at)
       SELECT id, patient_id, starts_at FROM visits WHERE status = 'no_show'""",
)


async def fill(connection: AsyncConnection, size: Size, now: datetime, today: date) -> None:
    """Write the clinic into an empty, migrated database, and let PostgreSQL learn what it holds."""
    numbers = {
        "seed": size.seed,
        "patients": size.patients,
        "visits": size.visits,
        "doctors": size.doctors,
        "past_days": size.past_days,
        "ahead": AHEAD_DAYS,
        "slots": SLOTS_A_DAY,
        "kinds": len(PROFESSIONS),
    }
    values = {"now": now, "today": today, "professions": list(PROFESSIONS)}
    for statement in (*_CATALOG, *_PEOPLE, *_SCHEDULE, *_FOLLOW_UP):
        # whole numbers of ours stand in the text: PostgreSQL would have to be told the type of each
        written = re.sub(r":([a-z_]+)\b", lambda found: str(numbers.get(found[1], found[0])), statement)
        used = {name: value for name, value in values.items() if f":{name}" in written}
        await connection.execute(text(written), used)
