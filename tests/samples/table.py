"""Every sample of the two releases: what it must show, why it cannot pass, or why it is left out.

`SAMPLES` are about what the emulator claims to be: responses, agents of both generations with
their tools, conversations, threads, files, vector stores, memories, connections, deployments.
`BESIDE` use a tool that another resource of Azure stands behind; the emulator says that it asked
nobody.
"""

from __future__ import annotations

from tests.samples.assets import task, team
from tests.samples.rows import AGENTS, PROJECTS, Fails, Passes, Row

CLOSED = "It goes on with its client after it has closed it, before any service."
WORKFLOW = "The emulator runs no workflows, and says so."
OLDER = "It asks an operation of azure-ai-projects 1, before it sends anything."
CODE = task("_create_task", "Coder", "[say The code is written.]")
LEAD = task("create_task", "Coder", "[say The code is written.]")
WEATHER = task("_create_task", "TimeWeatherAgent", "fetch the weather in New York")

SAMPLES: dict[str, dict[str, Row]] = {
    PROJECTS: {
        "agents/sample_agent_basic.py": Passes(),
        "agents/sample_agent_basic_async.py": Passes(),
        "agents/sample_agent_retrieve_basic.py": Passes(),
        "agents/sample_agent_retrieve_basic_async.py": Passes(),
        "agents/sample_agent_stream_events.py": Passes(),
        "agents/sample_agent_structured_output.py": Passes(),
        "agents/sample_agent_structured_output_async.py": Passes(),
        "agents/sample_external_agents_crud.py": Passes(),
        "agents/sample_external_agents_crud_async.py": Passes(),
        "agents/sample_workflow_multi_agent.py": Fails(
            why=WORKFLOW, error="does not run agents of the kind workflow"
        ),
        "agents/sample_workflow_multi_agent_async.py": Fails(
            why=WORKFLOW, error="does not run agents of the kind workflow"
        ),
        "agents/sample_workflow_multi_agent_with_mcp_approval.py": Fails(
            why=WORKFLOW, error="does not run agents of the kind workflow"
        ),
        "agents/telemetry/sample_agent_basic_with_console_tracing.py": Passes(),
        "agents/telemetry/sample_agent_basic_with_console_tracing_custom_attributes.py": Passes(),
        "agents/tools/sample_agent_code_interpreter.py": Passes(),
        "agents/tools/sample_agent_code_interpreter_async.py": Passes(),
        "agents/tools/sample_agent_code_interpreter_structured_inputs.py": Passes(),
        "agents/tools/sample_agent_code_interpreter_with_files.py": Passes(),
        "agents/tools/sample_agent_code_interpreter_with_files_async.py": Passes(),
        "agents/tools/sample_agent_computer_use.py": Passes(),
        "agents/tools/sample_agent_computer_use_async.py": Passes(),
        "agents/tools/sample_agent_file_search.py": Passes(),
        "agents/tools/sample_agent_file_search_in_stream.py": Passes(),
        "agents/tools/sample_agent_file_search_in_stream_async.py": Passes(),
        "agents/tools/sample_agent_file_search_structured_inputs.py": Passes(),
        "agents/tools/sample_agent_function_tool.py": Passes(),
        "agents/tools/sample_agent_function_tool_async.py": Passes(),
        "agents/tools/sample_agent_image_generation.py": Passes(),
        "agents/tools/sample_agent_image_generation_async.py": Passes(),
        "agents/tools/sample_agent_mcp.py": Passes(),
        "agents/tools/sample_agent_mcp_async.py": Passes(),
        "agents/tools/sample_agent_mcp_with_project_connection.py": Passes(),
        "agents/tools/sample_agent_mcp_with_project_connection_async.py": Passes(),
        "agents/tools/sample_agent_memory_search.py": Fails(
            why=CLOSED, error="transport has already been closed"
        ),
        "agents/tools/sample_agent_memory_search_async.py": Fails(
            why=CLOSED, error="transport has already been closed"
        ),
        "agents/tools/sample_agent_openapi.py": Passes(),
        "agents/tools/sample_agent_openapi_with_project_connection.py": Passes(),
        "agents/tools/sample_agent_web_search.py": Passes(),
        "agents/tools/sample_agent_web_search_preview.py": Passes(),
        "chat_completions/sample_chat_completions_basic.py": Passes(),
        "chat_completions/sample_chat_completions_basic_async.py": Passes(),
        "connections/sample_connections.py": Passes(),
        "connections/sample_connections_async.py": Passes(),
        "deployments/sample_deployments.py": Passes(),
        "deployments/sample_deployments_async.py": Passes(),
        "files/sample_files.py": Passes(),
        "files/sample_files_async.py": Passes(),
        "memories/sample_memory_advanced.py": Passes(),
        "memories/sample_memory_advanced_async.py": Passes(),
        "memories/sample_memory_basic.py": Passes(),
        "memories/sample_memory_basic_async.py": Passes(),
        "memories/sample_memory_crud.py": Passes(),
        "memories/sample_memory_crud_async.py": Passes(),
        "responses/sample_responses_basic.py": Passes(),
        "responses/sample_responses_basic_async.py": Passes(),
        "responses/sample_responses_basic_without_aiprojectclient.py": Passes(),
        "responses/sample_responses_basic_without_aiprojectclient_async.py": Passes(),
        "responses/sample_responses_image_input.py": Passes(),
        "responses/sample_responses_model_router.py": Passes(),
        "responses/sample_responses_stream_events.py": Passes(),
        "responses/sample_responses_stream_manager.py": Passes(),
        "responses/sample_responses_structured_output.py": Passes(),
    },
    AGENTS: {
        "agents_async/sample_agents_auto_function_call_async.py": Fails(
            why=OLDER, error="no attribute 'enable_auto_function_calls'"
        ),
        "agents_async/sample_agents_basics_async.py": Passes(),
        "agents_async/sample_agents_basics_create_thread_and_process_run_async.py": Passes(),
        "agents_async/sample_agents_basics_create_thread_and_run_async.py": Passes(),
        "agents_async/sample_agents_code_interpreter_async.py": Passes(),
        "agents_async/sample_agents_code_interpreter_attachment_async.py": Passes(),
        "agents_async/sample_agents_functions_async.py": Passes(),
        "agents_async/sample_agents_image_input_base64_async.py": Passes(),
        "agents_async/sample_agents_image_input_file_async.py": Passes(),
        "agents_async/sample_agents_image_input_url_async.py": Passes(),
        "agents_async/sample_agents_json_schema_async.py": Passes(),
        "agents_async/sample_agents_run_with_toolset_async.py": Passes(),
        "agents_async/sample_agents_stream_eventhandler_async.py": Passes(),
        "agents_async/sample_agents_stream_eventhandler_with_functions_async.py": Passes(),
        "agents_async/sample_agents_stream_eventhandler_with_toolset_async.py": Passes(),
        "agents_async/sample_agents_stream_iteration_async.py": Passes(),
        "agents_async/sample_agents_stream_with_base_override_eventhandler_async.py": Passes(),
        "agents_async/sample_agents_vector_store_batch_file_search_async.py": Passes(),
        "agents_async/sample_agents_vector_store_file_search_async.py": Passes(),
        "agents_async/sample_agents_with_file_search_attachment_async.py": Passes(),
        "agents_files_images_inputs/sample_agents_image_input_base64.py": Passes(),
        "agents_files_images_inputs/sample_agents_image_input_file.py": Passes(),
        "agents_files_images_inputs/sample_agents_image_input_url.py": Passes(),
        "agents_files_images_inputs/sample_agents_json_schema.py": Passes(),
        "agents_files_images_inputs/sample_agents_vector_store_batch_file_search.py": Passes(),
        "agents_files_images_inputs/sample_agents_vector_store_file_search.py": Passes(),
        "agents_files_images_inputs/sample_agents_with_code_interpreter_file_attachment.py": (
            Passes()
        ),
        "agents_files_images_inputs/sample_agents_with_file_search_attachment.py": Passes(),
        "agents_files_images_inputs/sample_agents_with_resources_in_thread.py": Passes(),
        "agents_multiagent/sample_agents_agent_team.py": Passes(
            files=team(), typed=f"4\n{CODE}\nquit\n"
        ),
        "agents_multiagent/sample_agents_agent_team_custom_team_leader.py": Passes(
            files=team(), typed=f"4\n{LEAD}\nquit\n"
        ),
        "agents_multiagent/sample_agents_multi_agent_team.py": Passes(
            files=team(WEATHER), typed="4\n"
        ),
        "agents_streaming/sample_agents_stream_eventhandler_with_functions.py": Passes(),
        "agents_streaming/sample_agents_stream_eventhandler_with_toolset.py": Passes(),
        "agents_streaming/sample_agents_stream_iteration_with_file_search.py": Passes(),
        "agents_streaming/sample_agents_stream_iteration_with_toolset.py": Passes(),
        "agents_streaming/sample_agents_stream_with_base_override_eventhandler.py": Passes(),
        "agents_telemetry/sample_agents_basics_async_with_console_tracing.py": Passes(),
        "agents_telemetry/sample_agents_basics_with_console_tracing.py": Passes(),
        "agents_telemetry/sample_agents_basics_with_console_tracing_custom_attributes.py": Passes(),
        "agents_telemetry/sample_agents_stream_eventhandler_with_console_tracing.py": Passes(),
        "agents_telemetry/sample_agents_toolset_with_console_tracing.py": Passes(),
        "agents_tools/sample_agents_auto_function_call.py": Fails(
            why=OLDER, error="No module named 'samples'"
        ),
        "agents_tools/sample_agents_code_interpreter.py": Passes(),
        "agents_tools/sample_agents_connected_agent.py": Passes(),
        "agents_tools/sample_agents_file_search.py": Passes(),
        "agents_tools/sample_agents_functions.py": Passes(),
        "agents_tools/sample_agents_multiple_connected_agents.py": Passes(),
        "agents_tools/sample_agents_openapi.py": Passes(),
        "agents_tools/sample_agents_run_with_toolset.py": Passes(),
        "sample_agents_basics.py": Passes(),
        "sample_agents_basics_stream_eventhandler.py": Passes(),
        "sample_agents_basics_stream_iteration.py": Passes(),
        "sample_agents_basics_thread_and_process_run.py": Passes(),
        "sample_agents_basics_thread_and_run.py": Passes(),
    },
}
BESIDE: dict[str, dict[str, Row]] = {
    PROJECTS: {
        "agents/tools/sample_agent_ai_search.py": Passes(),
        "agents/tools/sample_agent_azure_function.py": Passes(),
        "agents/tools/sample_agent_bing_custom_search.py": Passes(),
        "agents/tools/sample_agent_bing_grounding.py": Passes(),
        "agents/tools/sample_agent_browser_automation.py": Passes(),
        "agents/tools/sample_agent_fabric.py": Passes(),
        "agents/tools/sample_agent_fabric_iq.py": Passes(),
        "agents/tools/sample_agent_fabric_iq_async.py": Passes(),
        "agents/tools/sample_agent_sharepoint.py": Passes(),
        "agents/tools/sample_agent_to_agent.py": Passes(),
        "agents/tools/sample_agent_web_iq.py": Passes(),
        "agents/tools/sample_agent_web_search_with_custom_search.py": Passes(),
        "agents/tools/sample_agent_work_iq.py": Passes(),
        "agents/tools/sample_agent_work_iq_async.py": Passes(),
    },
    AGENTS: {
        "agents_async/sample_agents_azure_functions_async.py": Fails(
            why="It lets no managed identity in, and knows no other of ours.",
            error="at least one credential",
        ),
        "agents_streaming/sample_agents_stream_eventhandler_with_bing_grounding.py": Passes(),
        "agents_streaming/sample_agents_stream_iteration_with_bing_grounding.py": Passes(),
        "agents_tools/sample_agents_azure_ai_search.py": Passes(),
        "agents_tools/sample_agents_azure_functions.py": Passes(),
        "agents_tools/sample_agents_bing_grounding.py": Passes(),
        "agents_tools/sample_agents_openapi_connection_auth.py": Passes(),
    },
}

# By patterns of paths; why they are not run.
LEFT_OUT: dict[str, dict[str, str]] = {
    PROJECTS: {
        "agent_insights/*": "insights of Azure Monitor: 501",
        "agents/optimization/*": "optimization jobs: 501",
        "agents/telemetry/*azure_monitor*": "sends to Azure Monitor",
        "agents/tools/sample_toolbox*": "toolboxes: 501",
        "agents/voice/*": "voice: 501",
        "datasets/*": "datasets: 501",
        "evaluations/*": "evaluations: 501",
        "finetuning/*": "fine-tuning: 501",
        "hosted_agents/*": "an image or code that has to be run: the emulator runs none",
        "indexes/*": "indexes of Azure AI Search: 501",
        "logs/*": "about what the SDK logs",
        "mcp_client/*": "the project's own MCP endpoint, by a client of that SDK's version 1",
        "models/*": "weights of models: 501",
        "red_team/*": "red teaming: 501",
        "skills/*": "skills: 501",
        "telemetry/*": "asks for the connection string of Azure Monitor: 501",
        "toolboxes/*": "toolboxes: 501",
    },
    AGENTS: {
        "*enterprise*": "searches a file in a storage account",
        "agents_telemetry/*azure_monitor*": "sends to Azure Monitor",
        "agents_tools/sample_agents_logic_apps.py": "a Logic App of one's own",
    },
}
