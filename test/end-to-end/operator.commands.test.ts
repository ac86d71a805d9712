import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { type Accepted, finished } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { errand, shell, startErrand } from "../support/operator.ts";
import { serveTests } from "../support/serve-tests.ts";

/** Its jobs fail on demand. */
const directory = fileURLToPath(new URL("../acceptance/service", import.meta.url));
const service = await serveTests("--service", directory);
const place = ["--state", service.stateDirectory] as const;

/** A line of docs/operator.md, with this run's state directory behind it. */
const type = (line: string, variables: Readonly<Record<string, string>> = {}) =>
  shell(`${line} --state '${service.stateDirectory}'`, variables);

async function start(flow: string, input: unknown = {}): Promise<Accepted> {
  const { body } = await service.call(`/test-flows/${flow}`, { method: "POST", json: input });
  return JSON.parse(body.toString()) as Accepted;
}

const jobOf = ({ jobs }: FlowView, name: string) => jobs.find(({ job }) => job === name);

/** The letters, once there are so many of that run: a flow is told to have ended a moment before its letter is written. */
async function lettersOf(NAME: string, count: number, run: number) {
  return eventually(async () => {
    const { stdout } = await type('npm --silent run errand -- failed --json --job "$NAME"', { NAME });
    const letters = JSON.parse(stdout).letters as { run: number; job: string; error: string }[];
    return letters.length === count && letters.every((letter) => letter.run === run) ? letters : undefined;
  });
}

test("a job that failed for good is listed, shown and redriven, and its flow succeeds; what succeeded isn't done again", async () => {
  const accepted = await start("fails-beside-another");
  const before = await finished(service, accepted);
  expect(before.status).toBe("failed");
  const [letter] = await lettersOf("fail-for-good", 1, 0);
  const JOB = `${before.id}.fail-for-good`;
  expect(letter).toMatchObject({ queue: "fail-for-good", job: JOB, error: "nothing can mend this" });
  const listed = await type("npm run errand -- failed");
  const row = expect.stringMatching(/ 1 {2}fail-for-good .+ nothing can mend this\n/);
  expect([listed.code, listed.stdout]).toEqual([0, row]);

  const shown = await type('npm run errand -- show "$JOB"', { JOB });
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  for (const words of [JOB, "failed", "nothing can mend", "tell-release"])
    expect(shown.stdout).toContain(words);
  const told = await type('npm run errand -- redrive "$JOB" --dry-run', { JOB });
  expect([told.code, told.stdout]).toEqual([0, expect.stringContaining("Nothing was done")]);
  const redriven = await type('npm run errand -- redrive "$JOB"', { JOB });
  expect([redriven.code, redriven.stderr]).toEqual([0, ""]);
  expect(redriven.stdout).toContain("1 redriven, 0 returned, 0 dropped, 0 left, 0 failed");

  const after = await finished(service, accepted);
  expect(after.status).toBe("succeeded");
  expect(jobOf(after, "fail-for-good")).toMatchObject({ status: "succeeded", attempts: 1 });
  expect(jobOf(after, "tell-release")).toEqual(jobOf(before, "tell-release"));
  const again = await errand("redrive", JOB, ...place);
  expect([again.code, again.stdout]).toEqual([1, expect.stringContaining("no dead letter")]);
}, 60_000);

test("a job with an input of 250 KB is redriven by its payload in S3", async () => {
  const ballast = "x".repeat(250_000);
  const accepted = await start("fails-for-good", { ballast });
  const { id } = await finished(service, accepted);
  const [NAME, JOB] = ["fail-for-good", `${id}.fail-for-good`];
  await lettersOf(NAME, 1, 0);
  expect((await type('npm run errand -- show "$JOB" --input', { JOB })).stdout).toContain(ballast);
  expect((await errand("show", JOB, ...place)).stdout).not.toContain("xxx");
  expect((await type('npm run errand -- redrive --job "$NAME" --rate 2', { NAME })).code).toBe(0);
  expect((await finished(service, accepted)).status).toBe("succeeded");
}, 60_000);

test("a job whose cause isn't mended fails once more, and its next letter says of which run", async () => {
  await start("exhausts-attempts");
  await lettersOf("exhaust-attempts", 1, 0);
  const redriven = await type('npm run errand -- redrive --error "$REASON"', { REASON: "attempt 2 fails" });
  expect([redriven.code, redriven.stdout]).toEqual([0, expect.stringContaining("1 redriven")]);
  const [letter] = await lettersOf("exhaust-attempts", 1, 1);
  expect(letter?.error).toBe("attempt 2 fails");
}, 60_000);

test("a redrive that gets Ctrl-C ends between two letters, and gives the rest back", async () => {
  const accepted = [await start("fails-for-good"), await start("fails-for-good")];
  await lettersOf("fail-for-good", 2, 0);
  const run = startErrand("redrive", "--job", "fail-for-good", "--rate", "0.1", ...place);
  // The second one's turn is in ten seconds.
  await eventually(async () => {
    const flows = await Promise.all(accepted.map((each) => finished(service, each)));
    return flows.some(({ status }) => status === "succeeded") ? flows : undefined;
  });
  run.kill("SIGINT");
  const { code, stdout } = await run.ended;
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^1 redriven,.+\nStopped early/m)]);
  await lettersOf("fail-for-good", 1, 0);
}, 60_000);

test("a paused job waits until it is resumed, and both can be seen", async () => {
  const NAME = "fail-once";
  expect((await type('npm run errand -- pause "$NAME"', { NAME })).code).toBe(0);
  const accepted = await start("fails-once");
  const held = await eventually(async () => {
    const headers = { authorization: `Bearer ${accepted.token}` };
    const { body } = await service.call(`/flows/${accepted.flow.id}`, { headers });
    const flow: FlowView = JSON.parse(body.toString());
    return flow.jobs[0]?.status === "held" ? flow : undefined;
  });
  expect(held.jobs[0]?.error).toBe("fail-once: paused by an operator");
  expect((await type("npm run errand -- holds")).stdout).toMatch(
    /^fail-once +paused .+paused by an operator$/m,
  );
  expect((await type('npm run errand -- resume "$NAME"', { NAME })).code).toBe(0);
  expect((await finished(service, accepted)).status).toBe("succeeded");
  expect((await errand("holds", ...place)).stdout).toContain("Nothing is held");
}, 60_000);

test("what can't be understood or found is refused with the reason, and nothing else is printed", async () => {
  const unknown = `${"0".repeat(26)}.fail-once`;
  expect(await errand("redrive", ...place)).toEqual({
    ...{ code: 2, stdout: "" },
    stderr: "errand: redrive: ids of jobs, --job and --error, or --all, got nothing\n",
  });
  expect(await errand("pause", "fail-onse", ...place)).toMatchObject({ code: 2, stdout: "" });
  expect(await errand("show", unknown, ...place)).toEqual({
    ...{ code: 1, stdout: "", stderr: `errand: job: one that the ledger has, got ${unknown}\n` },
  });
  const nowhere = await errand("failed", "--state", join(service.stateDirectory, "nowhere"));
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^errand: --state: .+\n$/)]);
  const help = await shell("npm run errand -- --help", {});
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("Exit codes")]);
}, 60_000);

test("where the run is found is for its user alone, and gone when it has ended", async () => {
  const file = join(service.stateDirectory, "run.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await service.end("SIGINT");
  expect(() => statSync(file)).toThrow("ENOENT");
  expect((await errand("failed", ...place)).code).toBe(1);
}, 60_000);
