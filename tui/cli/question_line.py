"""One line of `compare --input`, when the file is JSON Lines.

Refuses to read files.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class QuestionLine(BaseModel):
    """A prompt with what else its author wants to have back beside the replies."""

    model_config = ConfigDict(extra="allow", strict=True, hide_input_in_errors=True)

    prompt: Annotated[str, StringConstraints(pattern=r"\S")]
    """What is asked; not blank."""
    system: str | None = None
    """The system prompt for this one; null or absent: the command's."""
