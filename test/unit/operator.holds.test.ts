import { describe, expect, test } from "@jest/globals";
import { holds } from "../../infra/operator/commands/holds.ts";
import { pause, resume } from "../../infra/operator/commands/pause.ts";
import { lines, operated } from "../support/operated.ts";

describe("holds, pause and resume", () => {
  test("pause stands on the job's breaker and switches its event source off; resume is the reverse", async () => {
    const { service, switched } = await operated();
    expect((await pause(service, "mail")).done).toBe(true);
    expect(await service.breakers.read(["mail"])).toMatchObject([{ pausedAt: expect.any(Number) }]);
    await resume(service, "mail");
    const [after] = await service.breakers.read(["mail"]);
    expect(after).not.toHaveProperty("pausedAt");
    expect(switched).toEqual([
      ["mail", false],
      ["mail", true],
    ]);
  });

  test.each(["dispatch", "post"])("refuse what is no job: %s", async (name) => {
    const { service, switched } = await operated();
    for (const command of [pause, resume]) {
      await expect(command(service, name)).rejects.toThrow(`job: one of mail, pdf, got "${name}"`);
    }
    expect(switched).toEqual([]);
  });

  test("holds has what is open or paused, since when and why, and what each queue holds", async () => {
    const { service, clock } = await operated();
    expect((await holds(service)).text).toContain("Nothing is held: every breaker is closed.");
    await service.breakers.open("smtp", "connection refused");
    await clock.pass(60_000);
    await service.breakers.pause("mail");
    const { text, json } = await holds(service);
    expect(lines(text).slice(0, 3)).toEqual([
      ["BREAKER", "STATE", "SINCE", "LAST PROBE", "REASON"],
      ["smtp", "open", "2026-01-01 00:00:00Z", "2026-01-01 00:00:00Z", "smtp: connection refused"],
      ["mail", "paused", "2026-01-01 00:01:00Z", "mail: paused by an operator"],
    ]);
    // The flow's check, and the letter.
    expect(lines(text)).toContainEqual(["dispatch", "0", "0", "1", "0"]);
    expect(lines(text)).toContainEqual(["mail", "0", "0", "0", "1"]);
    expect(json).toMatchObject({
      breakers: [{ name: "smtp", since: "2026-01-01T00:00:00.000Z" }, { name: "mail" }],
      queues: [{ name: "dispatch", delayed: 1 }, { name: "mail", deadLetters: 1 }, { name: "pdf" }],
    });
  });
});
