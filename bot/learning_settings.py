"""The table [learning] of the settings file: the queue «Непонятые фразы» and trainings."""

from __future__ import annotations

from pydantic import Field

from bot.setting_section import Section


class LearningSettings(Section):
    """`collect`: keep what calls did not understand (masked); `keep_days`: how long what nobody labelled is kept.

    `max_f1_drop`: how much macro-F1 may fall with a publication; no safety line may get worse at all.
    """

    collect: bool = True
    keep_days: int = Field(default=180, ge=1, le=3650)
    max_f1_drop: float = Field(default=0.005, ge=0.0, le=0.5)
