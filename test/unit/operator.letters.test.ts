import { describe, expect, test } from "@jest/globals";
import { failed } from "../../infra/operator/commands/failed.ts";
import { strangerLetter } from "../../shared/envelope/dead-letter.ts";
import { everything, lines, operated } from "../support/operated.ts";

describe("failed", () => {
  test("says that there are none", async () => {
    const { service } = await operated();
    const { text, json, done } = await failed(service, { ...everything, queue: "pdf" });
    expect([text, json, done]).toEqual(["No dead letters.\n", { letters: [] }, true]);
  });

  test("has the letters by queue and reason, then each of them, and no input", async () => {
    const { service, id, signUp, queue } = await operated();
    await signUp();
    await queue.send("dispatch-dead-letters", [strangerLetter({ body: "hello" }, "errand: no envelope")]);
    const { text, json } = await failed(service, everything);
    const at = "2026-01-01 00:00:00Z";
    expect(lines(text).slice(0, 3)).toEqual([
      ["LETTERS", "QUEUE", "FIRST", "LAST", "REASON"],
      ["", "2", "mail", at, at, "no such mailbox"],
      ["", "1", "dispatch", at, at, "errand: no envelope"],
    ]);
    expect(lines(text)).toContainEqual([id, "0", "1", at]);
    expect(text).toContain("(no job, in dispatch)");
    expect(JSON.stringify([text, json])).not.toMatch(/zoe|hello/i);
    expect(json).toMatchObject({
      letters: expect.arrayContaining([
        expect.objectContaining({
          queue: "mail",
          job: id,
          run: 0,
          attempts: 1,
          lastAt: "2026-01-01T00:00:00.000Z",
        }),
      ]),
    });
  });

  test.each([
    [{ queue: "mail" }, 1],
    [{ error: "mailbox" }, 1],
    [{ error: "no envelope" }, 1],
    [{ queue: "mail", error: "no envelope" }, 0],
  ])("has those that are selected: %j", async (selection, count) => {
    const { service, queue } = await operated();
    await queue.send("dispatch-dead-letters", [strangerLetter({ body: "hello" }, "errand: no envelope")]);
    const { json } = await failed(service, { ...everything, ...selection });
    expect((json as { letters: unknown[] }).letters).toHaveLength(count);
  });

  test("tells the latest of many, and how many are earlier", async () => {
    const { service, signUp } = await operated();
    for (let more = 0; more < 34; more++) await signUp();
    const { text } = await failed(service, everything);
    expect(text).toContain("And 5 earlier: --json has all of them.");
  });

  test("refuses a queue that the service hasn't", async () => {
    const { service } = await operated();
    await expect(failed(service, { ...everything, queue: "post" })).rejects.toThrow(
      '--job: one of dispatch, mail, pdf, got "post"',
    );
  });

  test("lets nobody's words steer the terminal", async () => {
    const { service, queue } = await operated();
    await queue.send("pdf-dead-letters", [{ body: "x", attributes: { error: "a\u009b2Jb\u202ec" } }]);
    expect((await failed(service, everything)).text).toContain("a?2Jb?c");
  });
});

describe("redrive", () => {
  test("is done where each letter was dealt with", async () => {
    const { redriveNow, id, mend, workAll, ports, flow } = await operated();
    mend();
    const { text, json, done } = await redriveNow({ jobs: [id] });
    expect(done).toBe(true);
    expect(lines(text)).toContainEqual(["redriven", id, "run 1"]);
    expect(text).toContain("1 redriven, 0 returned, 0 dropped, 0 left, 0 failed\n");
    expect(json).toEqual({
      ...{ dryRun: false, stopped: false, notFound: [] },
      letters: [
        { queue: "mail", job: id, letterOfRun: 0, error: "no such mailbox", outcome: "redriven", run: 1 },
      ],
    });
    await workAll();
    expect((await ports.ledger.read(flow))?.jobs["mail"]?.status).toBe("succeeded");
  });

  test("isn't done where a job that was named has no letter, or is unknown", async () => {
    const { redriveNow, id, flow } = await operated();
    const others = [`${flow}.pdf`, `${"0".repeat(26)}.mail`];
    const { text, json, done } = await redriveNow({ jobs: [id, ...others] });
    expect([done, json]).toMatchObject([false, { notFound: others }]);
    expect(text).toContain("2 not found");
  });

  test("isn't done where a letter can't be redriven, and says why", async () => {
    const { redriveNow, queue } = await operated();
    await queue.send("mail-dead-letters", [strangerLetter({ body: "hello" }, "no")]);
    const { text, done } = await redriveNow({ queue: "mail" });
    expect(done).toBe(false);
    expect(lines(text)).toContainEqual([
      "left",
      "(no job, in mail)",
      "errand: <kind>/<version>, got nothing",
    ]);
    expect(text).toContain("1 redriven, 0 returned, 0 dropped, 1 left, 0 failed");
  });

  test("isn't done where a port refused", async () => {
    const { redriveNow, service } = await operated();
    service.ledger.reopen = () => Promise.reject(new Error("throttled"));
    const { text, done } = await redriveNow({ error: "mailbox" });
    expect([done, text]).toEqual([false, expect.stringContaining("throttled")]);
  });

  test("says what would become of letters, and does nothing", async () => {
    const { redriveNow, letters } = await operated();
    const { text, json, done } = await redriveNow({}, true);
    expect(text).toContain("Nothing was done: this is what would become of them.");
    expect([done, json, letters("mail").length]).toMatchObject([true, { dryRun: true }, 1]);
  });
});
