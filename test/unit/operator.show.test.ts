import { describe, expect, test } from "@jest/globals";
import { show } from "../../infra/operator/commands/show.ts";
import { flowView } from "../../shared/flow/flow-view.ts";
import { lines, operated } from "../support/operated.ts";

describe("show", () => {
  test("has what the ledger knows of the job, its flow and its letter, and no personal data", async () => {
    const { service, id } = await operated();
    const { text, json, done } = await show(service, id, { input: false });
    for (const words of [
      /^status +failed$/m,
      /^reason +no such mailbox$/m,
      /^letter +of run 0, in mail's dead letters since 2026-01-01 00:00:00Z: no such mailbox$/m,
      /^flow +sign-up, failed$/m,
      /^pdf +succeeded +0 +1$/m,
    ]) {
      expect(text).toMatch(words);
    }
    expect(json).toMatchObject({
      job: { name: "mail", status: "failed", finishedAt: "2026-01-01T00:00:00.000Z" },
      letter: { run: 0, error: "no such mailbox" },
      flow: { name: "sign-up", status: "failed", redrives: 0 },
    });
    expect([done, JSON.stringify([text, json])]).toEqual([true, expect.not.stringMatching(/zoe|token/i)]);
  });

  test("has the flow as its status shows it, and of a result what is public", async () => {
    const { service, id, flow, catalog } = await operated();
    const { text, json } = await show(service, id, { input: false });
    const record = await service.ledger.read(flow);
    if (!record) throw new Error("a flow");
    const view = flowView(record, catalog);
    expect(json).toMatchObject({ flow: view });
    expect(view).toMatchObject({ version: expect.any(Number), jobs: expect.any(Array) });
    expect(text).toMatch(new RegExp(`^version +${view.version}$`, "m"));
    expect([text.includes("ORIGIN"), JSON.stringify(json)]).toEqual([
      false,
      expect.not.stringContaining("deliveries"),
    ]);
  });

  test("has where the notification stands that its request asked for, by its origin alone", async () => {
    const { service, signUp } = await operated();
    const flow = await signUp({ notify: { webhook: "https://hooks.example.com/secret-path" } });
    const shown = await show(service, `${flow}.mail`, { input: true });
    expect(shown.json).toMatchObject({
      flow: { deliveries: [{ origin: "https://hooks.example.com", state: "waiting", attempts: 0 }] },
    });
    expect(lines(shown.text)).toContainEqual(["https://hooks.example.com", "waiting", "0"]);
    expect(JSON.stringify(shown)).not.toContain("secret-path");
  });

  test("has the input where it is asked for", async () => {
    const { service, id } = await operated();
    const { text, json } = await show(service, id, { input: true });
    expect(text).toContain('{"email":"zoe@example.com","name":"Zoë"}');
    expect(json).toMatchObject({ job: { input: { email: "zoe@example.com" } } });
  });

  test("says where the input can't be read, and has all else", async () => {
    const { service, id, queue } = await operated();
    const [letter] = queue.receive("mail-dead-letters", { max: 1, visibilitySeconds: 1 });
    if (letter) queue.remove("mail-dead-letters", letter.receipt);
    await queue.send("mail-dead-letters", [{ body: "hello", attributes: letter?.attributes ?? {} }]);
    const { text, done } = await show(service, id, { input: true });
    expect([done, text]).toEqual([
      true,
      expect.stringContaining("can't be read: body: JSON, got something else"),
    ]);
  });

  test("refuses a job that the ledger hasn't", async () => {
    const { service, flow } = await operated();
    await expect(show(service, `${flow}.post`, { input: false })).rejects.toThrow(
      `job: one that the ledger has, got ${flow}.post`,
    );
  });
});
