"""Which deployment makes an agent's pictures: the service wants it named in a header, too.

Nothing is read up front: an agent that draws is known by the refusal that names the header
(azure-ai-projects 2.10, its sample `sample_agent_image_generation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_foundry.contract.errors import FoundryError
from mcp_foundry.contract.json import object_in, objects_in, text_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_foundry.agents.question import Question
    from mcp_foundry.agents.responses.profiles import Profiles
    from mcp_foundry.service.places import Place

_HEADER = "x-ms-oai-image-generation-deployment"
# What the tool uses where its definition names none.
_DEFAULT = "gpt-image-1"
_WRONG = 400


class ImageModels:
    """Knows the deployments, each found out once for a version of an agent.

    Args:
        profiles: What the project says of its agents.
        configured: The deployment that the settings name for all of them.
    """

    def __init__(self, profiles: Profiles, configured: str) -> None:
        self._profiles = profiles
        self._configured = configured
        self._known: dict[str, str] = {}

    def headers(self, question: Question, place: Place) -> dict[str, str]:
        """Return the header that a question needs, as far as is known."""
        model = self._configured or self._known.get(question.agent, "")
        return {_HEADER: model} if model and not place.local else {}

    async def learned(
        self, refusal: FoundryError, question: Question, sent: Mapping[str, str]
    ) -> bool:
        """Whether a refusal was for want of the header, and the question can be sent again with it.

        Args:
            refusal: What was said to it; then the service took nothing.
            question: What was asked.
            sent: With which headers.

        Raises:
            FoundryError: It was, and which deployment it is cannot be found out.
        """
        said = str(refusal).lower()
        if refusal.status != _WRONG or not (_HEADER in said or "imagegen deployment" in said):
            return False
        model = "" if self._configured else await self._model_of(question.agent)
        if not model or model == sent.get(_HEADER):
            raise refusal.told_as(
                f"{refusal} Set FOUNDRY_IMAGE_MODEL_NAME to the deployment that makes the pictures "
                f"of {question.about}."
            ) from refusal
        self._known[question.agent] = model
        return True

    async def _model_of(self, agent: str) -> str:
        try:
            # Read anew, unless it is a version that was named, which never changes.
            version = await self._profiles.version(agent)
        except FoundryError:
            return ""  # the refusal says more
        tools = objects_in(object_in(version.get("definition")).get("tools"))
        drawing = [tool for tool in tools if tool.get("type") == "image_generation"]
        return (text_in(drawing[0].get("model")) or _DEFAULT) if drawing else ""
