import { createServer } from "node:http";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createEventSources } from "../../infra/operator/event-sources.ts";
import { close, LOCAL_CLIENT, LOOPBACK, listen } from "../support/loopback.ts";

/** Answers as SQS and Lambda do, and refuses the first updates, as one does that is under way. */
function createAws(refusals: number) {
  const updates: string[] = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    const answer = (status: number, value: unknown, headers = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(value));
    if (request.method === "POST") return answer(200, { Attributes: { QueueArn: "arn:aws:sqs:x:1:jobs" } });
    if (request.method === "GET") return answer(200, { EventSourceMappings: [{ UUID: "mapping-1" }] });
    updates.push(body);
    return updates.length > refusals
      ? answer(202, {})
      : answer(400, { Message: "under way" }, { "x-amzn-errortype": "ResourceInUseException" });
  });
  return { server, updates };
}

const before = { ...process.env };
beforeEach(() => {
  process.env["AWS_REGION"] = LOCAL_CLIENT.region;
  process.env["AWS_ACCESS_KEY_ID"] = LOCAL_CLIENT.credentials.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = LOCAL_CLIENT.credentials.secretAccessKey;
});
afterEach(() => {
  process.env = { ...before };
});

test.each([
  ["is asked again until it is done", 2, undefined],
  ["that never gets there is told as such", 99, "under way"],
])("a mapping that is still being switched %s", async (_, refusals, message) => {
  const { server, updates } = createAws(refusals);
  const url = `http://${LOOPBACK}:${await listen(server)}`;
  process.env["AWS_ENDPOINT_URL"] = url;
  try {
    const sources = createEventSources({ jobs: `${url}/1/jobs` }, { everyMilliseconds: 1, times: 5 });
    const done = sources.set("jobs", true);
    if (message === undefined) await done;
    else await expect(done).rejects.toThrow(message);
    expect(updates.length).toBe(Math.min(refusals + 1, 6));
    expect(new Set(updates)).toEqual(new Set(['{"Enabled":true}']));
  } finally {
    await close(server);
  }
});
