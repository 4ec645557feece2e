"""The bundled system as its people see it: everything that must not be forgotten, beside the schedule."""

from __future__ import annotations

from crm_bridge.local.clinic import LocalClinic
from crm_bridge.local.control import LocalControl
from crm_bridge.local.courses import LocalCourses
from crm_bridge.local.leads import LocalLeads
from crm_bridge.local.payments import LocalPayments
from crm_bridge.local.policy import LocalPolicy
from crm_bridge.local.reports import LocalReports
from crm_bridge.local.robots import LocalRobots
from crm_bridge.local.sweep import LocalSweep
from crm_bridge.local.tasks import LocalTasks
from crm_bridge.local.waitlist import LocalWaitlist


class LocalDesk:
    """The parts over one clinic; each rule holds whoever acts through them."""

    def __init__(self, clinic: LocalClinic) -> None:
        self.clinic = clinic
        self.leads = LocalLeads(clinic.ground)
        self.tasks = LocalTasks(clinic.ground)
        self.waitlist = LocalWaitlist(clinic)
        self.courses = LocalCourses(clinic.ground)
        self.control = LocalControl(clinic.ground)
        self.payments = LocalPayments(clinic.ground)
        self.policy = LocalPolicy(clinic.ground)
        self.reports = LocalReports(clinic.ground)
        self.robots = LocalRobots(clinic.ground)
        self.sweep = LocalSweep(clinic, self.waitlist, self.courses)
