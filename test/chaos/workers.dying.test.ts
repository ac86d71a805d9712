import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "@jest/globals";
import { type Accepted, finished } from "../support/embedded.ts";
import { serveTests } from "../support/serve-tests.ts";

const directory = fileURLToPath(new URL("../acceptance/service", import.meta.url));
const service = await serveTests("--service", directory, "--isolate");
let flows: Readonly<Record<string, Accepted>>;

/** All die together: each death takes as long as a message is hidden. */
beforeAll(async () => {
  const ways = ["memory", "exit", "loop", "deaf"];
  const started = ways.map(async (way) => {
    const options = { method: "POST", json: { way } };
    const { body } = await service.call("/test-flows/dies-each-time", options);
    return [way, JSON.parse(body.toString()) as Accepted] as const;
  });
  flows = Object.fromEntries(await Promise.all(started));
});

test.each([
  ["that runs out of memory", "memory", ["worker lost"]],
  ["that exits", "exit", ["worker lost"]],
  ["in an endless loop", "loop", ["worker lost"]],
  // Locally all copies of a job are one process, so that it may die of another's death before its time.
  ["deaf to its timeout", "deaf", ["timed out after 1 s", "worker lost"]],
])(
  "a job %s each time fails after its attempts and says why, and the jobs beside it succeed",
  async (_, way, errors) => {
    const { jobs } = await finished(service, flows[way] as Accepted);
    const [dying] = jobs.filter(({ id }) => id.endsWith(".dying"));
    expect(dying).toMatchObject({ status: "failed", attempts: 2 });
    expect(errors).toContain(dying?.error);
    // Not their attempts: a mate that another copy was running died with it, which on Lambda has a process of its own.
    const mates = jobs.filter((job) => job !== dying);
    expect(mates.map(({ status }) => status)).toEqual(Array(6).fill("succeeded"));
  },
  180_000,
);
