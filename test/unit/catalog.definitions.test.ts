import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { defineCatalog } from "../../shared/catalog/catalog.ts";
import { checkPlan, defineFlow } from "../../shared/catalog/flow.ts";
import { defineJob, fastestPerSecond, type JobOptions } from "../../shared/catalog/job.ts";

const input = v.object({});
const job = (options: Partial<JobOptions<typeof input>> = {}) =>
  defineJob({ name: "mail", input, ...options });
const nameRule = `lower-case words joined by "-", at most 40 characters`;

test("a job has the defaults of its documentation", () => {
  expect(job()).toMatchObject({
    name: "mail",
    workers: 2,
    timeoutSeconds: 10,
    attempts: 5,
    backoff: { baseSeconds: 10, maximumSeconds: 3600 },
    effect: undefined,
    uses: [],
    publicResult: [],
  });
});

test("a job planned has its own name as its key, or the one given", () => {
  const mail = job();
  expect(mail.with({})).toEqual({ key: "mail", job: mail, input: {} });
  expect(mail.with({}, { key: "second-mail" }).key).toBe("second-mail");
});

describe("a job is refused", () => {
  test.each<[Partial<JobOptions<typeof input>>, string]>([
    [{ name: "" }, `job name: ${nameRule}, got ""`],
    [{ name: "Mail" }, `job name: ${nameRule}, got "Mail"`],
    [{ name: "-mail" }, `job name: ${nameRule}, got "-mail"`],
    [{ name: "mail-" }, `job name: ${nameRule}, got "mail-"`],
    [{ name: "a--b" }, `job name: ${nameRule}, got "a--b"`],
    [{ name: "1a" }, `job name: ${nameRule}, got "1a"`],
    [{ name: "a.b" }, `job name: ${nameRule}, got "a.b"`],
    [{ name: "mail\n" }, `job name: ${nameRule}, got "mail\\n"`],
    [{ name: "a".repeat(41) }, `job name: ${nameRule}, got "${"a".repeat(41)}"`],
    [{ workers: 1 }, "mail.workers: a whole number from 2 to 1000, got 1"],
    [{ workers: 1001 }, "mail.workers: a whole number from 2 to 1000, got 1001"],
    [{ workers: 2.5 }, "mail.workers: a whole number from 2 to 1000, got 2.5"],
    [{ workers: Number.NaN }, "mail.workers: a whole number from 2 to 1000, got NaN"],
    [{ timeoutSeconds: 0 }, "mail.timeoutSeconds: a whole number from 1 to 447, got 0"],
    [{ timeoutSeconds: 448 }, "mail.timeoutSeconds: a whole number from 1 to 447, got 448"],
    [{ attempts: 0 }, "mail.attempts: a whole number from 1 to 100, got 0"],
    [{ attempts: 101 }, "mail.attempts: a whole number from 1 to 100, got 101"],
    [
      { backoff: { baseSeconds: 0, maximumSeconds: 1 } },
      "mail.backoff.baseSeconds: a whole number from 1 to 3600, got 0",
    ],
    [
      { backoff: { baseSeconds: 20, maximumSeconds: 19 } },
      "mail.backoff.maximumSeconds: a whole number from 20 to 43200, got 19",
    ],
    [
      { backoff: { baseSeconds: 20, maximumSeconds: 43_201 } },
      "mail.backoff.maximumSeconds: a whole number from 20 to 43200, got 43201",
    ],
    [{ rate: { secondsEach: 0 } }, "mail.rate.secondsEach: a number above 0, got 0"],
    [{ rate: { secondsEach: Number.NaN } }, "mail.rate.secondsEach: a number above 0, got NaN"],
    [{ rate: { secondsEach: 1, perSecond: 0 } }, "mail.rate.perSecond: a number above 0, got 0"],
    [
      { workers: 10, rate: { secondsEach: 0.1, perSecond: 14 } },
      "mail.workers: at most 14 a second × 0.1 s each, as its rate says, got 10",
    ],
    [{ effect: { once: "maybe" as "fail" } }, `mail.effect.once: "resend" or "fail", got "maybe"`],
    [{ workers: "10" as unknown as number }, `mail.workers: a whole number from 2 to 1000, got "10"`],
  ])("for %j", (options, message) => {
    expect(() => job(options)).toThrow(message);
  });

  test.each(["dispatch", "notify", "webhook", "mail-dead-letters"])(
    "for a name that is another queue's: %s",
    (name) => {
      expect(() => defineCatalog({ flows: [], jobs: [job(), job({ name })] })).toThrow(
        new RegExp(`, got "${name}"$`),
      );
    },
  );
});

test("the least and the most of each number are allowed", () => {
  job({ workers: 2, timeoutSeconds: 1, attempts: 1, backoff: { baseSeconds: 1, maximumSeconds: 1 } });
  job({
    workers: 1000,
    timeoutSeconds: 447,
    attempts: 100,
    backoff: { baseSeconds: 3600, maximumSeconds: 43_200 },
  });
  job({ name: "a".repeat(40) });
  job({ name: "a-1-b2" });
});

test("workers may be as fast as their service, and as fast as they like where nobody knows what it takes", () => {
  job({ workers: 20, rate: { secondsEach: 0.5, perSecond: 40 } });
  const known = job({ workers: 10, rate: { secondsEach: 0.1 } });
  expect(fastestPerSecond(known)).toBe(100);
  expect(fastestPerSecond(job())).toBe(Number.POSITIVE_INFINITY);
});

test("a flow is refused for its name", () => {
  const refuse = () => defineFlow({ name: "Sign up", input, plan: () => [] });
  expect(refuse).toThrow(`flow name: ${nameRule}, got "Sign up"`);
});

test("a catalog is refused where two definitions have one name", () => {
  const flow = defineFlow({ name: "mail", input, plan: () => [] });
  const message = `catalog: a name of its own for each flow and job, got "mail"`;
  expect(() => defineCatalog({ flows: [], jobs: [job(), job()] })).toThrow(message);
  expect(() => defineCatalog({ flows: [flow], jobs: [job()] })).toThrow(message);
});

test("a catalog is refused where a job has the name of what another uses: both would have one breaker", () => {
  const jobs = [job({ name: "mail" }), job({ name: "pdf", uses: ["files", "mail"] })];
  const message = `pdf.uses: not the name of a flow or job, got "mail"`;
  expect(() => defineCatalog({ flows: [], jobs })).toThrow(message);
});

test("a catalog finds flows and jobs by their names", () => {
  const [mail, pdf] = [job(), job({ name: "pdf" })];
  const flow = defineFlow({ name: "sign-up", input, plan: () => [mail.with({}), pdf.with({})] });
  const catalog = defineCatalog({ flows: [flow], jobs: [mail, pdf] });
  expect([...catalog.jobs]).toEqual([
    ["mail", mail],
    ["pdf", pdf],
  ]);
  expect([...catalog.flows]).toEqual([["sign-up", flow]]);
});

describe("a plan is refused", () => {
  const plan =
    (...keys: string[]) =>
    () =>
      checkPlan(
        { name: "sign-up" },
        keys.map((key) => job().with({}, { key })),
      );

  test("without a job", () => expect(plan()).toThrow("sign-up.plan: 1 to 300 jobs, got 0"));
  test("with too many", () => {
    const keys = Array.from({ length: 301 }, (_, index) => `job-${index}`);
    expect(plan(...keys)).toThrow("sign-up.plan: 1 to 300 jobs, got 301");
    expect(plan(...keys.slice(1))).not.toThrow();
  });
  test.each(["", "A", "a.b", "a/b", "__proto__", "x".repeat(41)])("for the key %j", (key) => {
    expect(plan(key)).toThrow(`sign-up.plan.key: ${nameRule}, got ${JSON.stringify(key)}`);
  });
  test("with a key that two jobs have", () => {
    expect(plan("a", "b", "a")).toThrow(`sign-up.plan.key: a key of its own for each job, got "a"`);
  });
});
