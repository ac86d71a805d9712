import { expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { jobWords } from "../../functions/page/job-words.ts";
import { parseProblem, ruleWords } from "../../functions/page/problem.ts";
import type { WatchedJob } from "../../functions/page/watched-flow.ts";
import { jobStatuses } from "../../shared/index.ts";
import { refusalOf, signUpCall, zoe } from "../support/api-fixture.ts";

const job = (changes: Partial<WatchedJob>): WatchedJob => ({
  ...{ id: "f.send-welcome-email", job: "send-welcome-email", status: "queued" },
  ...changes,
});
const words = (changes: Partial<WatchedJob>) => jobWords(job(changes), (iso) => iso.slice(11, 16));

test.each<[Partial<WatchedJob>, string, string, string]>([
  [{}, "waiting", "waiting", ""],
  [{ status: "running" }, "working", "working", ""],
  [{ status: "succeeded" }, "done", "done", ""],
  [
    { status: "retrying", dueAt: "2026-11-29T14:05:00Z", error: "throttled" },
    "waiting",
    "trying again at 14:05",
    "Because: throttled.",
  ],
  [
    {
      status: "held",
      heldSince: "2026-11-29T14:02:00Z",
      error: "mail: No connection to the mail server (ECONNREFUSED)",
    },
    "held",
    "on hold since 14:02",
    "Because: No connection to the mail server. It goes on by itself.",
  ],
  [{ status: "failed", error: "no such mailbox" }, "failed", "failed", "Because: no such mailbox."],
])("a job's standing is told in a person's words: %j", (changes, tone, state, detail) => {
  expect(words(changes)).toEqual({ title: "Welcome email", tone, state, detail });
});

test("each status and each job of the catalog has words of its own", () => {
  const states = jobStatuses.map((status) => words({ status }).state);
  expect(new Set(states).size).toBe(jobStatuses.length);
  const titles = [...catalog.jobs.keys()].map((name) => words({ job: name }).title);
  expect(titles).toEqual(["Welcome email", "Your profile", "Your receipt", "Your picture"]);
  expect(words({ job: "send-invoice" }).title).toBe("Send invoice");
});

test.each<[string, unknown]>([
  ["no name", { email: zoe.email }],
  ["an empty name", { ...zoe, name: "" }],
  ["a name that is too long", { ...zoe, name: "x".repeat(201) }],
  ["a name of spaces", { ...zoe, name: "   " }],
  ["a name with a control character", { ...zoe, name: "a\u0007b" }],
  ["no address", { ...zoe, email: "zoe" }],
  ["an address that is too long", { ...zoe, email: `zoe@${"x".repeat(260)}.com` }],
  ["a bio that is too long", { ...zoe, bio: "x".repeat(262_145) }],
  ["a bio with a control character", { ...zoe, bio: "a\u0007b" }],
])("what the API says of %s has words for a person", async (_what, person) => {
  const { response } = await refusalOf(signUpCall(person));
  const { errors } = parseProblem(JSON.parse(String(response.body)));
  expect(errors).toHaveLength(1);
  for (const { rule } of errors) expect(ruleWords(rule)).not.toMatch(/^What is needed/);
});

test.each<[string, unknown]>([
  ["a type that is no picture's", { kind: "avatar", type: "text/plain", size: 10 }],
  ["a file without a type", { kind: "avatar", type: "", size: 10 }],
  ["a file that is too large", { kind: "avatar", type: "image/png", size: 10_485_761 }],
  ["an empty file", { kind: "avatar", type: "image/png", size: 0 }],
])("what the API says of %s has words for a person", async (_what, body) => {
  const { response } = await refusalOf({ ...signUpCall(body), path: "/uploads" });
  const { errors } = parseProblem(JSON.parse(String(response.body)));
  expect(errors).toHaveLength(1);
  for (const { rule } of errors) expect(ruleWords(rule)).not.toMatch(/^What is needed/);
});

test("an avatar that never came has words for a person", async () => {
  const { response } = await refusalOf(signUpCall({ ...zoe, avatar: "0".repeat(26) }), { reads: 1 });
  const { errors } = parseProblem(JSON.parse(String(response.body)));
  expect(errors.map(({ path }) => path)).toEqual(["avatar"]);
  for (const { rule } of errors) expect(ruleWords(rule)).not.toMatch(/^What is needed/);
});

test("what isn't the API's own problem has neither type nor errors", () => {
  for (const body of [undefined, null, "Bad Gateway", [], { errors: "none" }, { errors: [1, { path: 1 }] }]) {
    expect(parseProblem(body)).toEqual({ type: "", detail: "", errors: [] });
  }
});
