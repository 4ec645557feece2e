"""What every table of the settings file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0, le=86400)]


class Section(BaseModel):
    """A table of the settings file; unknown keys are faults, since they are mostly misspelt ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)
