// The TypeScript SDK's client, in both of its packages: the one for the handshake of 2025-11-25,
// and the one that discovers 2026-07-28.

const [flavour, ...command] = process.argv.slice(2);
const { Client, StdioClientTransport } = await load(flavour);

async function load(flavour) {
  if (flavour === "sdk") {
    const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
    const stdio = await import("@modelcontextprotocol/sdk/client/stdio.js");
    return { Client, StdioClientTransport: stdio.StdioClientTransport };
  }
  const { Client } = await import("@modelcontextprotocol/client");
  const stdio = await import("@modelcontextprotocol/client/stdio");
  return { Client, StdioClientTransport: stdio.StdioClientTransport };
}

const seen = {};
const pieces = [];
const options = { versionNegotiation: { mode: "auto" } };
const client = new Client({ name: "mcp-foundry tests", version: "1" }, options);
await client.connect(new StdioClientTransport({ command: command[0], args: command.slice(1) }));
if (flavour !== "sdk") seen.revision = client.getNegotiatedProtocolVersion();
seen.tools = (await client.listTools()).tools.map((tool) => tool.name);

// What the older package calls (params, schema, options), the newer calls (params, options).
const call = (name, args, options) =>
  flavour === "sdk"
    ? client.callTool({ name, arguments: args }, undefined, options)
    : client.callTool({ name, arguments: args }, options);

const asked = await call("ask_agent", { message: "[say Good day]" });
seen.answer = asked.content[0].text;
seen.structured = asked.structuredContent;
const streamed = await call(
  "stream_agent",
  { message: "[long 30]" },
  { onprogress: ({ message }) => pieces.push(message), resetTimeoutOnProgress: true },
);
seen.streamed = streamed.structuredContent.text;
seen.progress = pieces;
// It has listed the tools, so that it holds even an error to the output schema.
const failed = await call("ask_agent", { message: "Hi", agent: "nobody" });
if (!failed.isError) throw new Error("the call did not fail");
seen.error = failed.content[0].text;
process.stdout.write(JSON.stringify(seen));
await client.close();
