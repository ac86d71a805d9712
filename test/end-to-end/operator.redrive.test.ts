import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import {
  type Accepted,
  type Embedded,
  finished,
  startEmbedded,
  stateDirectory,
} from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { errand } from "../support/operator.ts";

/** Its jobs fail on demand. */
const directory = fileURLToPath(new URL("../acceptance/service", import.meta.url));
const state = stateDirectory();
const place = ["--state", state.path] as const;
let service: Embedded;
beforeAll(async () => {
  service = await startEmbedded(state.path, "--service", directory);
}, 20_000);
afterAll(async () => {
  await service.end("SIGKILL");
  state.remove();
});

async function start(flow: string, input: unknown = {}): Promise<Accepted> {
  const { body } = await service.call(`/test-flows/${flow}`, { method: "POST", json: input });
  return JSON.parse(body.toString()) as Accepted;
}

const jobOf = ({ jobs }: FlowView, name: string) => jobs.find(({ job }) => job === name);

/** The letters, once there are so many: a flow is told to have ended a moment before its letter is written. */
async function lettersOf(job: string, count: number) {
  return eventually(async () => {
    const { letters } = JSON.parse((await errand("failed", "--job", job, "--json", ...place)).stdout);
    return letters.length === count ? letters : undefined;
  });
}

test("a job that failed for good is listed, shown and redriven, and its flow succeeds; what succeeded isn't done again", async () => {
  const accepted = await start("fails-first-run");
  const before = await finished(service, accepted);
  expect(before.status).toBe("failed");
  const id = `${before.id}.fail-first-run`;

  const [letter] = await lettersOf("fail-first-run", 1);
  expect(letter).toMatchObject({ queue: "fail-first-run", job: id, run: 0, error: "not mended yet" });
  const shown = await errand("show", id, ...place);
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  for (const words of [id, "failed", "not mended yet", "tell-release"]) expect(shown.stdout).toContain(words);

  const told = await errand("redrive", id, "--dry-run", ...place);
  expect([told.code, told.stdout]).toEqual([0, expect.stringContaining("Nothing was done")]);
  const redriven = await errand("redrive", id, "--json", ...place);
  expect([redriven.code, redriven.stderr]).toEqual([0, ""]);
  expect(JSON.parse(redriven.stdout)).toMatchObject({ letters: [{ job: id, outcome: "redriven", run: 1 }] });

  const after = await finished(service, accepted);
  expect(after.status).toBe("succeeded");
  expect(jobOf(after, "fail-first-run")).toMatchObject({ attempts: 1, result: { run: 1 } });
  expect(jobOf(after, "tell-release")).toEqual(jobOf(before, "tell-release"));
  await lettersOf("fail-first-run", 0);
  expect((await errand("redrive", id, ...place)).code).toBe(1);
}, 60_000);

test("a job with an input of 250 KB is redriven by its payload in S3, and one whose cause isn't mended fails once more", async () => {
  const ballast = "x".repeat(250_000);
  const { id } = await finished(service, await start("fails-for-good", { ballast }));
  await lettersOf("fail-for-good", 1);
  const shown = await errand("show", `${id}.fail-for-good`, "--input", "--json", ...place);
  expect(JSON.parse(shown.stdout).job.input).toEqual({ ballast });
  expect((await errand("show", `${id}.fail-for-good`, ...place)).stdout).not.toContain("xxx");
  expect((await errand("redrive", "--job", "fail-for-good", ...place)).code).toBe(0);
  const [again] = await eventually(async () => {
    const letters = await lettersOf("fail-for-good", 1);
    return letters[0].run === 1 ? letters : undefined;
  });
  expect(again.error).toBe("nothing can mend this");
}, 60_000);

test("a paused job waits until it is resumed, and both can be seen", async () => {
  expect((await errand("pause", "fail-once", ...place)).code).toBe(0);
  const accepted = await start("fails-once");
  const held = await eventually(async () => {
    const { body } = await service.call(`/flows/${accepted.flow.id}`, {
      headers: { authorization: `Bearer ${accepted.token}` },
    });
    const flow: FlowView = JSON.parse(body.toString());
    return flow.jobs[0]?.status === "held" ? flow : undefined;
  });
  expect(held.jobs[0]?.error).toBe("fail-once: paused by an operator");
  const holds = JSON.parse((await errand("holds", "--json", ...place)).stdout);
  expect(holds.breakers).toMatchObject([{ name: "fail-once", pausedAt: expect.any(String) }]);
  expect((await errand("holds", ...place)).stdout).toContain("paused by an operator");
  expect((await errand("resume", "fail-once", ...place)).code).toBe(0);
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
  const nowhere = await errand("failed", "--state", join(state.path, "nowhere"));
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^errand: --state: .+\n$/)]);
  const help = await errand("--help");
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("Exit codes")]);
}, 60_000);

test("where the run is found is for its user alone, and gone when it has ended", async () => {
  const file = join(state.path, "run.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await service.end("SIGINT");
  expect(() => statSync(file)).toThrow("ENOENT");
  expect((await errand("failed", ...place)).code).toBe(1);
}, 60_000);
