"""The shapes of responses, conversations and their items, as recorded."""

from mcp_foundry.emulator.model.acts import Citation
from mcp_foundry.emulator.store.records import AgentSession
from mcp_foundry.emulator.wire.values import Json, as_list, as_object, as_text, new_id, now

# The service hides the length of a token from those who watch encrypted traffic: it pads delta
# and obfuscation to a multiple of 16 characters.
PADDING = "aKVauAi4iFWQC3Njykxdmm7aZ9GlxIIW"

SAFE = {"filtered": False, "severity": "safe"}
UNDETECTED = {"detected": False, "filtered": False}
WATCHED = {
    "prompt": ("jailbreak", "indirect_attack"),
    "completion": ("protected_material_text", "protected_material_code"),
}


def obfuscation(delta: str) -> str:
    """The padding of one delta."""
    return PADDING[: 16 - len(delta) % 16]


def response_body(
    request: Json, agent: Json, reference: Json | None, session: AgentSession | None = None
) -> Json:
    """A response that has just been created.

    Args:
        request: The body of the request.
        agent: What holds for it: the definition of the agent version, or what the request
            says where it asks a model.
        reference: The resolved `agent_reference`; None where a model was asked without an agent.
        session: Where a hosted agent works on it.
    """
    conversation = conversation_id(request)
    shown = {"conversation": {"id": conversation}} if conversation else {}
    referred: Json = {"agent_reference": reference} if reference else {}
    hosted = session is not None
    response_id = new_id("caresp" if hosted else "resp")
    usage: Json = {"usage": None}
    if session:
        # Recorded: whatever it took is not told.
        usage = {}
        referred.update({"response_id": response_id, "agent_session_id": session.id})
    return {
        "id": response_id,
        "object": "response",
        "created_at": now(),
        "status": "in_progress",
        "background": bool(request.get("background")),
        "completed_at": None,
        "content_filters": None,
        **shown,
        "error": None,
        "frequency_penalty": 0.0,
        "incomplete_details": None,
        "instructions": agent.get("instructions"),
        "max_output_tokens": request.get("max_output_tokens"),
        "max_tool_calls": request.get("max_tool_calls"),
        "model": "" if hosted else agent.get("model") or as_text(request.get("model")),
        "output": [],
        "parallel_tool_calls": request.get("parallel_tool_calls") is not False,
        "presence_penalty": 0.0,
        "previous_response_id": request.get("previous_response_id"),
        "prompt_cache_key": request.get("prompt_cache_key"),
        "prompt_cache_retention": None,
        "reasoning": {"effort": "none", "summary": None, **as_object(agent.get("reasoning"))},
        "safety_identifier": request.get("safety_identifier"),
        "service_tier": "auto",
        "store": request.get("store") is not False,
        "temperature": agent.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **as_object(agent.get("text"))},
        "tool_choice": agent.get("tool_choice") or "auto",
        "tools": as_list(agent.get("tools")),
        "top_logprobs": request.get("top_logprobs") or 0,
        "top_p": agent.get("top_p", 0.98),
        "truncation": request.get("truncation") or "disabled",
        **usage,
        "user": request.get("user"),
        "metadata": as_object(request.get("metadata")),
        **referred,
    }


def tools_of(settings: Json, kind: str) -> list[Json]:
    """The tools of that kind that an agent or a request declares."""
    declared = map(as_object, as_list(settings.get("tools")))
    return [tool for tool in declared if tool.get("type") == kind]


def content_filters(characters: int) -> list[Json]:
    """What the content filter thought of it: nothing, as in the recordings."""
    offsets = {"start_offset": 0, "end_offset": characters, "check_offset": 0}
    return [
        {
            "blocked": False,
            "source_type": source,
            "content_filter_raw": [],
            "content_filter_results": {
                **dict.fromkeys(("hate", "sexual", "violence", "self_harm"), SAFE),
                **dict.fromkeys(watched, UNDETECTED),
            },
            "content_filter_offsets": offsets,
        }
        for source, watched in WATCHED.items()
    ]


def annotation(source: Citation, position: int, index: int) -> Json:
    """A citation, whose marker begins at that character of the text."""
    end = position + len(source.marker)
    spans = {"start_index": position, "end_index": end}
    if source.kind == "url_citation":
        return {"type": source.kind, "url": source.url, "title": source.title, **spans}
    named = {"file_id": source.file_id, "filename": source.title}
    if source.kind == "file_citation":
        return {"type": source.kind, **named, "index": position}
    if source.kind == "container_file_citation":
        return {"type": source.kind, "container_id": source.container_id, **named, **spans}
    return {"type": source.kind, "file_id": source.file_id, "index": index}


def conversation_id(request: Json) -> str:
    """The conversation of a request, given as text or as an object."""
    given = request.get("conversation")
    return as_text(given) or as_text(as_object(given).get("id"))
