"""Patients: cards, balance, standing, phones that are not to be dialled."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.clinic import Patient
from bot.domain.follow_up import Prescription
from bot.web.api import bodies, queries, views
from bot.web.api.facts import Policy
from bot.web.api.route import Answer, Call, Route
from crm_bridge.paging import Page
from crm_bridge.port import NotFound
from crm_bridge.rules.rights import PATIENTS_READ, PATIENTS_WRITE, STRIKES_LIFT


async def listed(call: Call[None, queries.Patients]) -> Page[Patient]:
    return await call.deps.registers.patients(call.asked(), phone=call.query.phone)


async def found(call: Call[None, queries.FindPatient]) -> Patient:
    patient = await call.deps.clinic.find_patient(call.query.full_name, call.query.birth_date)
    if patient is None:
        raise NotFound("Пациента с таким именем и датой рождения нет")
    return patient


async def registered(call: Call[bodies.RegisterPatient, None]) -> Patient:
    body = call.body
    return await call.deps.clinic.register_patient(
        full_name=body.full_name, birth_date=body.birth_date, phone=body.phone
    )


async def one(call: Call[None, None]) -> Patient:
    return await call.deps.registers.patient(call.id)


async def balance(call: Call[None, None]) -> views.BalanceView:
    return views.BalanceView(balance=await call.deps.payments.balance(call.id))


async def policy(call: Call[None, None]) -> Policy:
    await call.deps.registers.patient(call.id)
    return await call.deps.rules.booking_policy(call.id, by=call.by)


async def lift(call: Call[bodies.LiftStrikes, None]) -> Policy:
    await call.deps.registers.patient(call.id)
    await call.deps.rules.lift_strikes(call.id, call.body.why, by=call.by)
    return await call.deps.rules.booking_policy(call.id, by=call.by)


async def prescriptions(call: Call[None, None]) -> Sequence[Prescription]:
    return await call.deps.leads.prescriptions(call.id)


async def do_not_call(call: Call[bodies.DoNotCall, None]) -> None:
    await call.deps.clinic.do_not_call(call.body.phone, call_id=None, by=call.by)


TAG = "Пациенты"
ROUTES = (
    Route(
        method="GET",
        path="/patients",
        name="listPatients",
        summary="Пациенты, в том числе все на одном телефоне",
        tag=TAG,
        handler=listed,
        right=PATIENTS_READ,
        query=queries.Patients,
        view=views.PatientView,
        answer=Answer.PAGE,
        order="ts",
    ),
    Route(
        method="GET",
        path="/patients/search",
        name="findPatient",
        summary="Пациент по имени и дате рождения",
        tag=TAG,
        handler=found,
        right=PATIENTS_READ,
        query=queries.FindPatient,
        view=views.PatientView,
    ),
    Route(
        method="POST",
        path="/patients",
        name="registerPatient",
        summary="Завести карту или найти уже заведённую",
        tag=TAG,
        handler=registered,
        right=PATIENTS_WRITE,
        body=bodies.RegisterPatient,
        view=views.PatientView,
        status=201,
        audit="patient.register",
    ),
    Route(
        method="GET",
        path="/patients/{id}",
        name="getPatient",
        summary="Карта пациента",
        tag=TAG,
        handler=one,
        right=PATIENTS_READ,
        view=views.PatientView,
    ),
    Route(
        method="GET",
        path="/patients/{id}/balance",
        name="getBalance",
        summary="Баланс пациента, ₽",
        tag=TAG,
        handler=balance,
        right=PATIENTS_READ,
        view=views.BalanceView,
    ),
    Route(
        method="GET",
        path="/patients/{id}/booking-policy",
        name="getBookingPolicy",
        summary="Неявки и поздние отмены, нужна ли предоплата",
        tag=TAG,
        handler=policy,
        right=PATIENTS_READ,
        view=views.PolicyView,
    ),
    Route(
        method="POST",
        path="/patients/{id}/strikes/lift",
        name="liftStrikes",
        summary="Снять требование предоплаты",
        tag=TAG,
        handler=lift,
        right=STRIKES_LIFT,
        body=bodies.LiftStrikes,
        view=views.PolicyView,
    ),
    Route(
        method="GET",
        path="/patients/{id}/prescriptions",
        name="listPrescriptions",
        summary="Назначения пациента",
        tag=TAG,
        handler=prescriptions,
        right=PATIENTS_READ,
        view=views.PrescriptionView,
        answer=Answer.LIST,
    ),
    Route(
        method="POST",
        path="/do-not-call",
        name="addDoNotCall",
        summary="Больше не звонить на этот телефон",
        tag=TAG,
        handler=do_not_call,
        right=PATIENTS_WRITE,
        body=bodies.DoNotCall,
        answer=Answer.NOTHING,
        status=204,
    ),
)
