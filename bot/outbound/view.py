"""What `registratura queue` and the page show of calls to be made."""

from __future__ import annotations

from typing import Any

from bot.domain.phone import mask_phone
from bot.outbound.ports import TaskStore


async def queue_view(tasks: TaskStore) -> list[dict[str, Any]]:
    """Open tasks by due time, as plain values; phones masked, times ISO 8601."""
    return [
        {
            "id": task.id,
            "kind": task.kind.value,
            "status": task.status.value,
            "phone": mask_phone(task.phone),
            "due_at": task.due_at.isoformat(),
            "visit": task.visit_id,
            "visit_at": task.visit_at.isoformat() if task.visit_at else None,
            "attempts": task.attempts,
            "last_result": task.result,
        }
        for task in await tasks.open_tasks()
    ]
