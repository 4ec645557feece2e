"""The people a clinic file names, here and there, gathered into patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.domain.clinic import Patient
from crm_bridge.local.checks import find_birth_date
from crm_bridge.local.clinic_file import ClinicFile, PersonEntry
from crm_bridge.names import same_person


class People:
    """Patients in the order of the file; one name with one birth date is one person."""

    def __init__(self, file: ClinicFile, today: date, stable_id: Callable[..., str]) -> None:
        self._file = file
        self._today = today
        self._stable_id = stable_id
        self._patients: list[Patient] = []
        for entry in [*file.patients, *file.appointments, *file.sick_leaves, *file.test_results]:
            self._gather(entry)

    def all(self) -> tuple[Patient, ...]:
        return tuple(self._patients)

    def of(self, entry: PersonEntry) -> Patient:
        """The patient an entry means."""
        return self._patients[self._index(entry)]

    def _gather(self, entry: PersonEntry) -> None:
        try:
            index = self._index(entry)
        except LookupError:
            born = self._born(entry)
            self._patients.append(
                Patient(
                    id=self._stable_id("patient", entry.patient.casefold(), born.isoformat()),
                    full_name=entry.patient,
                    birth_date=born,
                    phone=entry.phone,
                )
            )
            return
        known = self._patients[index]
        self._patients[index] = replace(known, phone=known.phone or entry.phone)

    def _index(self, entry: PersonEntry) -> int:
        born = self._born(entry)
        for index, patient in enumerate(self._patients):
            if patient.birth_date == born and same_person(patient.full_name, entry.patient):
                return index
        raise LookupError(entry.patient)

    def _born(self, entry: PersonEntry) -> date:
        born = find_birth_date(self._file, entry, self._today)
        assert born is not None, "the checks let nobody without a birth date through"
        return born
