import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Network } from "../../functions/page/patience.ts";
import type { Waiting } from "../../functions/page/patient-post.ts";
import { startSignUp } from "../../functions/page/start-sign-up.ts";

const flow = { id: "f", name: "sign-up", status: "running", createdAt: "2026-11-29T14:02:00Z", jobs: [] };
const accepted = () => Response.json({ flow, token: "t" }, { status: 202 });
const busy = (status: number, seconds?: string) => () =>
  new Response("{}", { status, headers: seconds === undefined ? {} : { "retry-after": seconds } });
const cut = () => {
  throw new TypeError("Failed to fetch");
};

const { fetch } = globalThis;
let keys: (string | null)[] = [];
let answers: (() => Response)[] = [];
beforeEach(() => {
  keys = [];
  globalThis.fetch = async (_url, init) => {
    keys.push(new Headers(init?.headers).get("idempotency-key"));
    return (answers.shift() ?? accepted)();
  };
});
afterEach(() => {
  globalThis.fetch = fetch;
});

/** Signs up; a wait is over at once, since the network says that it is back. */
async function signUp(onLine = true) {
  const network: Network & EventTarget = Object.assign(new EventTarget(), { onLine });
  const waits: Waiting[] = [];
  const submission = { person: { name: "Zoë" }, key: "one-key-for-all-tries" };
  const outcome = await startSignUp(submission, {
    network,
    waiting(waiting) {
      waits.push(waiting);
      queueMicrotask(() => network.dispatchEvent(new Event("online")));
    },
  });
  return { outcome, waits };
}

test("what is lost or busy is tried again with the same key, after the time that the answer says", async () => {
  answers = [cut, busy(503, "5"), busy(429, "60"), busy(502), accepted];
  const { outcome, waits } = await signUp();
  expect(outcome).toEqual({ kind: "started", started: { flow: "f", token: "t" } });
  expect(new Set(keys)).toEqual(new Set(["one-key-for-all-tries"]));
  expect(keys).toHaveLength(5);
  expect(waits.map(({ why }) => why)).toEqual(["unreachable", "busy", "busy", "busy"]);
  const [first, second, third, fourth] = waits.map(({ seconds }) => seconds);
  expect(first).toBe(1);
  expect([second, third]).toEqual([5, 60]);
  expect(fourth).toBeLessThanOrEqual(8);
});

test("without a network it waits until that is back", async () => {
  answers = [cut, accepted];
  const { outcome, waits } = await signUp(false);
  expect(waits.map(({ why }) => why)).toEqual(["offline"]);
  expect(outcome.kind).toBe("started");
});

test("a refusal is answered as it is, and an answer that is no flow isn't taken for one", async () => {
  const errors = [{ path: "email", rule: "an email address", got: '"zoe"' }];
  answers = [
    () => Response.json({ type: "/problems/invalid-input", detail: "Mend.", errors }, { status: 422 }),
  ];
  expect((await signUp()).outcome).toMatchObject({
    ...{ kind: "refused", status: 422 },
    problem: { type: "/problems/invalid-input", errors: [{ path: "email", rule: "an email address" }] },
  });
  answers = [() => new Response("<p>Log in to the Wi-Fi</p>", { status: 202 })];
  expect((await signUp()).outcome).toMatchObject({ kind: "refused", status: 202, problem: { type: "" } });
});
