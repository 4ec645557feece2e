"""What must hold of the clinic's rows after every event, as SQL: each query names the rows that break it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Date, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.base import UtcDateTime

_COMING = "('requested', 'awaiting_approval', 'awaiting_payment', 'booked', 'confirmed')"
_SAME_PROBLEM = """(t.problem = 'service:' || v.service_id OR t.problem = 'specialty:' || COALESCE(
    (SELECT d.specialty FROM doctors d WHERE d.id = v.doctor_id),
    (SELECT s.specialty FROM services s WHERE s.id = v.service_id)))"""
_LIVE = f"""(EXISTS (SELECT 1 FROM visits v WHERE v.opening_id = %s.opening_id AND v.status IN {_COMING})
    OR EXISTS (SELECT 1 FROM holds h WHERE h.opening_id = %s.opening_id AND h.expires_at > :now))"""

ALWAYS: Mapping[str, str] = {
    "an open task without owner, day or known status": """
        SELECT id FROM clinic_tasks WHERE status NOT IN ('open', 'done', 'withdrawn')
        OR (status = 'open' AND (owner = '' OR active_from IS NULL OR comment = ''))""",
    "a closed task without an outcome": """
        SELECT id FROM clinic_tasks WHERE status <> 'open' AND (outcome IS NULL OR closed_at IS NULL)""",
    "an open lead without owner, stage or next action": """
        SELECT id FROM leads WHERE stage NOT IN ('new', 'assigned', 'booked', 'won', 'lost')
        OR (stage NOT IN ('won', 'lost') AND (owner = '' OR next_action_on IS NULL))""",
    "a lost lead without a reason": "SELECT id FROM leads WHERE stage = 'lost' AND reason_id IS NULL",
    "a waiting entry without owner, last day or phone": """
        SELECT id FROM waitlist WHERE status NOT IN ('waiting', 'offered', 'accepted', 'expired', 'closed')
        OR (status IN ('waiting', 'offered') AND (owner = '' OR valid_to IS NULL OR phone = ''))""",
    "an open request without owner, status or next action": """
        SELECT id FROM requests WHERE status IN ('new', 'in_work') AND (owner = '' OR next_action_at IS NULL)""",
    "two open tasks of one patient and problem": """
        SELECT MIN(id) FROM clinic_tasks WHERE status = 'open' AND problem IS NOT NULL
        GROUP BY patient_id, problem HAVING COUNT(*) > 1""",
    # Who was booked or moved after the task was made has no task; what a doctor or a person orders later stands.
    "a task of a patient who has booked": f"""
        SELECT t.id FROM clinic_tasks t JOIN visits v ON v.patient_id = t.patient_id AND v.status IN {_COMING}
        WHERE t.status = 'open' AND v.starts_at > :now AND {_SAME_PROBLEM}
        AND (t.created_at < COALESCE(v.moved_at, v.created_at) OR t.type IN ('cancelled', 'check_up'))""",
    "an opening with two visits": """
        SELECT opening_id FROM visits WHERE opening_id IS NOT NULL GROUP BY opening_id HAVING COUNT(*) > 1""",
    "an opening held and taken": """
        SELECT h.opening_id FROM holds h JOIN visits v ON v.opening_id = h.opening_id WHERE h.expires_at > :now""",
    "a device twice at a time": f"""
        SELECT a.opening_id FROM resource_uses a JOIN resource_uses b ON b.resource_id = a.resource_id
        AND b.opening_id > a.opening_id AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
        WHERE {_LIVE % ("a", "a")} AND {_LIVE % ("b", "b")}""",
    # in the walk's clinic a device's kind is the name of the service that needs it
    "a coming visit without its device": f"""
        SELECT v.id FROM visits v JOIN services s ON s.id = v.service_id
        WHERE v.status IN {_COMING} AND CAST(s.resources AS TEXT) <> '[]' AND NOT EXISTS (
            SELECT 1 FROM resource_uses u JOIN resources r ON r.id = u.resource_id
            WHERE u.opening_id = v.opening_id AND r.kind = v.service_id)""",
    "a cancelled visit that keeps its opening or has no reason": """
        SELECT id FROM visits WHERE status = 'cancelled' AND (opening_id IS NOT NULL OR reason_id IS NULL
        OR cancelled_by IS NULL OR closed_at IS NULL OR deadline_at IS NOT NULL)""",
    "a coming visit without an opening": f"""
        SELECT id FROM visits WHERE status IN {_COMING} AND opening_id IS NULL""",
    "a waiting visit without a deadline, or a final one with it": """
        SELECT id FROM visits WHERE (status IN ('requested', 'awaiting_approval', 'awaiting_payment'))
        <> (deadline_at IS NOT NULL)""",
    "a final visit that still lacks money": """
        SELECT id FROM visits WHERE status IN ('booked', 'confirmed') AND prepayment > paid""",
    "a no-show or late cancellation without its strike": """
        SELECT v.id FROM visits v WHERE (v.status = 'no_show' OR (v.status = 'cancelled' AND v.late
        AND v.cancelled_by = 'patient')) AND NOT EXISTS (SELECT 1 FROM strikes s WHERE s.visit_id = v.id)""",
    "a strike for nothing": """
        SELECT s.visit_id FROM strikes s JOIN visits v ON v.id = s.visit_id WHERE s.lifted_at IS NULL
        AND NOT (v.status = 'no_show' OR (v.status = 'cancelled' AND v.late AND v.cancelled_by = 'patient'))""",
    "a balance that is not the sum of its entries": """
        SELECT p.id FROM patients p WHERE p.balance <> COALESCE(
        (SELECT SUM(e.amount) FROM account_entries e WHERE e.patient_id = p.id), 0)""",
    "money paid that no entry tells of": """
        SELECT p.id FROM payments p WHERE p.status = 'paid' AND NOT EXISTS (
        SELECT 1 FROM account_entries e WHERE e.payment_id = p.id AND e.why = 'payment')""",
    "an opening kept for an entry that is not being asked": """
        SELECT h.opening_id FROM holds h WHERE h.owner LIKE 'waitlist:%' AND h.expires_at > :now AND NOT EXISTS (
        SELECT 1 FROM waitlist w WHERE w.status = 'offered' AND w.offered_opening_id = h.opening_id)""",
    "an offer whose opening is not kept": """
        SELECT w.id FROM waitlist w WHERE w.status = 'offered' AND (w.offered_opening_id IS NULL
        OR w.offer_until IS NULL OR (w.offer_until > :now AND NOT EXISTS (
            SELECT 1 FROM holds h WHERE h.opening_id = w.offered_opening_id AND h.owner = 'waitlist:' || w.id)))""",
    "a lead that waits for a visit which is no more": """
        SELECT l.id FROM leads l WHERE l.stage = 'booked' AND NOT EXISTS (
        SELECT 1 FROM visits v WHERE v.lead_id = l.id AND v.status <> 'cancelled')""",
    "a lead to be worked on whose patient has booked": f"""
        SELECT l.id FROM leads l JOIN visits v ON v.lead_id = l.id WHERE l.stage IN ('new', 'assigned')
        AND v.status IN {_COMING} AND v.starts_at > :now""",
}

AFTER_A_TICK: Mapping[str, str] = {
    "an entry past its last day": """
        SELECT id FROM waitlist WHERE status IN ('waiting', 'offered') AND valid_to < :today""",
    "an offer past its time": "SELECT id FROM waitlist WHERE status = 'offered' AND offer_until <= :now",
    "a visit past its deadline": f"""
        SELECT id FROM visits WHERE status IN {_COMING} AND deadline_at <= :now""",
    "a no-show that nobody saw": """
        SELECT id FROM visits WHERE status IN ('booked', 'confirmed') AND ends_at <= :quarter_ago""",
    "a missed patient whom nobody will call": f"""
        SELECT v.id FROM visits v WHERE v.status = 'no_show' AND v.closed_at = :now
        AND NOT EXISTS (SELECT 1 FROM clinic_tasks t WHERE t.patient_id = v.patient_id AND t.status = 'open')
        AND NOT EXISTS (SELECT 1 FROM waitlist w WHERE w.patient_id = v.patient_id AND (
            w.status IN ('waiting', 'offered') OR w.closed_at = :now))
        AND NOT EXISTS (SELECT 1 FROM visits f WHERE f.patient_id = v.patient_id AND f.status IN {_COMING}
            AND f.starts_at > :now)""",
    "a patient who hoped to come earlier than a visit that is gone": f"""
        SELECT w.id FROM waitlist w WHERE w.type = 'earlier' AND w.status IN ('waiting', 'offered') AND NOT EXISTS (
        SELECT 1 FROM visits v WHERE v.id = w.visit_id AND v.status IN {_COMING} AND v.starts_at > :now)""",
}


async def broken(
    session: AsyncSession, queries: Mapping[str, str], *, now: datetime, today: date, quarter_ago: datetime
) -> list[str]:
    """The invariants that do not hold, each with some of the rows; one statement, so that a walk can afford it."""
    parts = [f"SELECT {number}, q.* FROM ({query}) AS q" for number, query in enumerate(queries.values())]
    names = list(queries)
    bound = {"now": UtcDateTime(), "quarter_ago": UtcDateTime(), "today": Date()}
    values = {"now": now, "quarter_ago": quarter_ago, "today": today}
    statement = " UNION ALL ".join(parts)
    used = [name for name in bound if f":{name}" in statement]
    query = text(statement).bindparams(*(bindparam(name, type_=bound[name]) for name in used))
    rows = await session.execute(query, {name: values[name] for name in used})
    return [f"{names[rule]}: {subject}" for rule, subject in rows]
