"""People and their phones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clinic import Patient
from bot.domain.follow_up import BOT, Actor
from bot.storage.upsert import insert_if_new
from crm_bridge.local.part import LocalPart
from crm_bridge.local.rows import load_patients, patient_of, patients_where
from crm_bridge.local.tables import DoNotCallRow, PatientRow, PhoneRow
from crm_bridge.local.work import write_audit
from crm_bridge.names import name_words, same_person
from crm_bridge.rules.basics import phone_key


class LocalPatients(LocalPart):
    """PatientDirectory on SQL."""

    async def patients_by_phone(self, phone: str) -> Sequence[Patient]:
        key = phone_key(phone)
        query = (
            select(PatientRow)
            .join(PhoneRow, PhoneRow.patient_id == PatientRow.id)
            .where(PhoneRow.phone == key)
            .order_by(PatientRow.created_at, PhoneRow.id)
        )
        async with self._read() as session:
            return [patient_of(row, key) for row in await session.scalars(query)]

    async def find_patient(self, full_name: str, birth_date: date) -> Patient | None:
        async with self._read() as session:
            return await _find(session, full_name, birth_date)

    async def register_patient(self, *, full_name: str, birth_date: date, phone: str | None) -> Patient:
        async with self._write() as session:
            await _one_at_a_time(session, birth_date)
            known = await _find(session, full_name, birth_date)
            if known and (known.phone or not phone):
                # A caller's phone is not added to somebody else's card: it would open that card to the caller.
                return known
            patient_id = known.id if known else self._new_id()
            if not known:
                session.add(
                    PatientRow(
                        id=patient_id,
                        full_name=" ".join(full_name.split()),
                        birth_date=birth_date,
                        created_at=self._clock.now(),
                    )
                )
                await session.flush()
                self._publish(session, "patient.registered", patient_id=patient_id)
            if phone:
                session.add(PhoneRow(patient_id=patient_id, phone=phone_key(phone)))
                await session.flush()
            return (await load_patients(session, [patient_id]))[patient_id]

    async def do_not_call(self, phone: str, *, call_id: str | None, by: Actor = BOT) -> None:
        key, now = phone_key(phone), self._clock.now()
        async with self._write() as session:
            if await insert_if_new(session, DoNotCallRow, phone=key, created_at=now, call_id=call_id):
                write_audit(session, now, by, "do_not_call.add", "phone", key, call=call_id)
                self._publish(session, "do_not_call.added", call_id=call_id)

    async def is_do_not_call(self, phone: str) -> bool:
        async with self._read() as session:
            return await session.get(DoNotCallRow, phone_key(phone)) is not None


async def _find(session: AsyncSession, full_name: str, birth_date: date) -> Patient | None:
    born = await patients_where(session, PatientRow.birth_date == birth_date)
    matching = [patient for patient in born.values() if same_person(full_name, patient.full_name)]
    if not matching:
        return None
    # The whole name beats a name without its patronymic.
    words = name_words(full_name)
    return next((patient for patient in matching if name_words(patient.full_name) == words), matching[0])


async def _one_at_a_time(session: AsyncSession, birth_date: date) -> None:
    """Let two registrations of one person meet: a name cannot be unique, so PostgreSQL needs a lock of its own."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": birth_date.toordinal()})
