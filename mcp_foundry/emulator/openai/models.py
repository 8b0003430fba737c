"""Deployments, as the OpenAI client lists them and as its requests name them."""

from aiohttp import web

from mcp_foundry.emulator.http.calls import Call, Routes, reply
from mcp_foundry.emulator.wire.refusals import Refusal, invalid, undeployed
from mcp_foundry.emulator.wire.values import Json, as_object, as_text

UNFIT = (
    "The {operation} operation does not work with the specified model, {model}. Please choose "
    "different model and try again."
)


def deployed(call: Call, capability: str, operation: str) -> Json:
    """Return the deployment that a request names.

    Args:
        call: The call.
        capability: What it must be able to do, in the words of a deployment.
        operation: The same in the words of a refusal.

    Raises:
        Refusal: It names none, it is not there, or it does something else.
    """
    model = as_text(call.body.get("model"))
    if not model:
        raise invalid("Missing required parameter: 'model'.", param="model")
    found = call.store.deployments.get(model)
    if found is None:
        raise undeployed()
    if as_object(found["capabilities"]).get(capability) != "true":
        sentence = UNFIT.format(operation=operation, model=model)
        raise Refusal(400, "OperationNotSupported", sentence)
    return found


def _shown(name: str, deployment: Json) -> Json:
    # Whether the service lists what is deployed here, or all that could be, is not known. When a
    # deployment was made nobody keeps.
    owner = as_text(deployment["modelPublisher"])
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


async def list_models(call: Call) -> web.StreamResponse:
    """GET /openai/v1/models."""
    models = [_shown(name, each) for name, each in call.store.deployments.items()]
    return reply({"object": "list", "data": models})


async def get(call: Call) -> web.StreamResponse:
    """GET /openai/v1/models/{model}."""
    name = call.part("model")
    if name not in call.store.deployments:
        raise undeployed()
    return reply(_shown(name, call.store.deployments[name]))


ROUTES: Routes = {"GET /openai/v1/models": list_models, "GET /openai/v1/models/{model}": get}
