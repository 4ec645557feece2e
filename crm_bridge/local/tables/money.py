"""Payments and the patients' accounts (C17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from crm_bridge.local.tables.keys import key


class PaymentRow(Base):
    """A demand for money with its link; `token` is the unguessable part of the link."""

    __tablename__ = "payments"

    id: Mapped[str] = key()
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visits.id"), index=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(128), unique=True)
    payer: Mapped[str] = mapped_column(Text, default="")
    offer_accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None] = mapped_column(index=True)


class AccountEntryRow(Base):
    """A movement of a patient's balance, in rubles; the sum of a patient's entries is the balance."""

    __tablename__ = "account_entries"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    patient_id: Mapped[str] = mapped_column(ForeignKey("patients.id"), index=True)
    amount: Mapped[int]
    why: Mapped[str] = mapped_column(String(32))
    payment_id: Mapped[str | None] = mapped_column(String(64))
    visit_id: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]
