"""The clinic's tables, on the storage's declarative base so that visit and outbox commit together."""

from crm_bridge.local.tables.api import DeliveryRow, IdempotencyRow, SubscriptionRow
from crm_bridge.local.tables.catalog import (
    BranchRow,
    DoctorRow,
    HolidayRow,
    ProfileRow,
    ReasonRow,
    ResourceRow,
    RuleSettingRow,
    ServiceRow,
    TaskTypeRow,
)
from crm_bridge.local.tables.exchange import ImportErrorRow, ImportRunRow
from crm_bridge.local.tables.follow_up import ClinicTaskRow, CourseRow, LeadRow, PrescriptionRow, WaitlistRow
from crm_bridge.local.tables.foreign import ForeignSeenRow, ForeignWriteRow
from crm_bridge.local.tables.money import AccountEntryRow, PaymentRow
from crm_bridge.local.tables.people import (
    ConsentRow,
    DoNotCallRow,
    PatientRow,
    PhoneRow,
    RatingRow,
    RepresentativeRow,
    SickLeaveRow,
    StrikeRow,
    TestResultRow,
)
from crm_bridge.local.tables.requests import RequestRow
from crm_bridge.local.tables.schedule import ApprovalRow, GivenServiceRow, HoldRow, OpeningRow, ResourceUseRow, VisitRow
from crm_bridge.local.tables.staff import ApiKeyRow, AuditRow, RobotFiringRow, RobotRow, SessionRow, UserRow

__all__ = [
    "AccountEntryRow",
    "ApiKeyRow",
    "ApprovalRow",
    "AuditRow",
    "BranchRow",
    "ClinicTaskRow",
    "ConsentRow",
    "CourseRow",
    "DeliveryRow",
    "DoNotCallRow",
    "DoctorRow",
    "ForeignSeenRow",
    "ForeignWriteRow",
    "GivenServiceRow",
    "HoldRow",
    "HolidayRow",
    "IdempotencyRow",
    "ImportErrorRow",
    "ImportRunRow",
    "LeadRow",
    "OpeningRow",
    "PatientRow",
    "PaymentRow",
    "PhoneRow",
    "PrescriptionRow",
    "ProfileRow",
    "RatingRow",
    "ReasonRow",
    "RepresentativeRow",
    "RequestRow",
    "ResourceRow",
    "ResourceUseRow",
    "RobotFiringRow",
    "RobotRow",
    "RuleSettingRow",
    "ServiceRow",
    "SessionRow",
    "SickLeaveRow",
    "StrikeRow",
    "SubscriptionRow",
    "TaskTypeRow",
    "TestResultRow",
    "UserRow",
    "VisitRow",
    "WaitlistRow",
]
