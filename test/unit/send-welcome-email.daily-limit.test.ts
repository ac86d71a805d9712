import { describe, expect, test } from "@jest/globals";
import { createHandler } from "../../functions/send-welcome-email/handler.ts";
import { mailboxHash, mailboxOf } from "../../functions/send-welcome-email/mailbox.ts";
import type { MailMessage } from "../../functions/send-welcome-email/mailer.ts";
import { createPace } from "../../functions/send-welcome-email/pace.ts";
import { NotDoneError, UnknownOutcomeError } from "../../shared/catalog/job-errors.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { createMemoryTable } from "../../shared/ledger/memory-table.ts";
import { dispatchQueue } from "../../shared/queue/queue.ts";
import { createDailyLimit, type DailyUse } from "../../shared/rate/daily-limit.ts";
import { asRequest, bearer, json, signUpCall } from "../support/api-fixture.ts";
import { start } from "../support/builders.ts";
import { createManualClock } from "../support/clock-manual.ts";
import { createServiceFixture } from "../support/service-fixture.ts";

const job = (flow: number) => `${String(flow).padStart(26, "0")}.send-welcome-email`;

/** The handler over a limit in memory; `fail` is what the next send throws. */
function setUp() {
  const clock = createManualClock(start);
  const sent: MailMessage[] = [];
  const waits: number[] = [];
  const failures: Error[] = [];
  const table = createMemoryTable<DailyUse>();
  const dailyLimit = createDailyLimit({ name: "welcome-email", table, clock });
  const handler = createHandler({
    from: "Errand <hello@errand.example>",
    mailer: {
      async send(message) {
        const failure = failures.shift();
        if (failure) throw failure;
        sent.push(message);
        return { messageId: message.messageId };
      },
      close: () => {},
    },
    dailyLimit,
    mailboxKey: async () => "the service's key",
    pace: {
      note: () => {},
      draw() {
        waits.push(0);
        return 0;
      },
    },
  });
  const run = (email: string, id: string, more: { readonly run?: number; readonly attempt?: number } = {}) =>
    handler(
      { email, name: "Zoë", plan: "free" },
      {
        ...{ id, key: "send-welcome-email", run: 0, attempt: 1, ...more },
        flow: { id: id.slice(0, 26), name: "sign-up", createdAt: new Date(start) },
        signal: new AbortController().signal,
      },
    );
  return { clock, sent, waits, failures, table, dailyLimit, run };
}

describe("a mailbox that somebody wants to flood", () => {
  test("gets one mail a day, however its address is written, and every job succeeds", async () => {
    const { run, sent } = setUp();
    const spellings = ["zoe@example.com", "ZOE@EXAMPLE.COM", "zoe+1@example.com", "Zoe+2+3@Example.com"];
    const results = [];
    for (let flow = 0; flow < 100; flow++) results.push(await run(spellings[flow % 4] ?? "", job(flow)));
    expect(results).toEqual([{ messageId: expect.any(String) }, ...Array(99).fill({ sent: false })]);
    expect(sent.map(({ to }) => to.address)).toEqual(["zoe@example.com"]);
  });

  test("gets one of twenty that are tried at once", async () => {
    const { run, sent } = setUp();
    await Promise.all(Array.from({ length: 20 }, (_, flow) => run("zoe@example.com", job(flow))));
    expect(sent).toHaveLength(1);
  });

  test("gets the next one a day later", async () => {
    const { run, sent, clock } = setUp();
    for (let hour = 0; hour < 72; hour++) {
      await run("zoe@example.com", job(hour));
      await clock.pass(3_600_000);
    }
    expect(sent).toHaveLength(3);
  });

  test("leaves others theirs", async () => {
    const { run, sent } = setUp();
    for (const [flow, email] of ["zoe@example.com", "zoe@example.org", "joe@example.com"].entries())
      await run(email, job(flow));
    expect(sent).toHaveLength(3);
  });
});

describe("the job that has the mailbox's mail of today", () => {
  test("sends at its next try when it died between the record and the send", async () => {
    const { run, sent, dailyLimit } = setUp();
    // What the worker had written when it died.
    await dailyLimit.take(mailboxHash("zoe@example.com", "the service's key"), job(1));
    expect(await run("zoe@example.com", job(2))).toEqual({ sent: false });
    await run("zoe@example.com", job(1), { attempt: 2 });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["was not sent", new NotDoneError("451")],
    ["may have been sent", new UnknownOutcomeError("the answer was lost")],
  ])("tries again where its mail %s, and another's stays away meanwhile", async (_, failure) => {
    const { run, sent, failures, clock } = setUp();
    failures.push(failure);
    await expect(run("zoe@example.com", job(1))).rejects.toBe(failure);
    expect(await run("zoe@example.com", job(2))).toEqual({ sent: false });
    await clock.pass(1_800_000);
    expect(await run("zoe@example.com", job(1), { attempt: 2 })).toHaveProperty("messageId");
    expect(sent).toHaveLength(1);
  });

  test("has it in the run of a redrive as well", async () => {
    const { run, sent, clock } = setUp();
    await run("zoe@example.com", job(1));
    await clock.pass(3_600_000);
    await run("zoe@example.com", job(1), { run: 1 });
    expect(sent).toHaveLength(2);
    expect(await run("zoe@example.com", job(2))).toEqual({ sent: false });
  });

  test("has lost it to another's when its own day was over before it could send", async () => {
    const { run, sent, failures, clock } = setUp();
    failures.push(new NotDoneError("down"));
    await expect(run("zoe@example.com", job(1))).rejects.toThrow("down");
    await clock.pass(25 * 3_600_000);
    await run("zoe@example.com", job(2));
    expect(await run("zoe@example.com", job(1), { attempt: 2 })).toEqual({ sent: false });
    expect(sent).toHaveLength(1);
  });
});

test("where the ledger can't be asked nothing is sent, and the job may try again", async () => {
  const { sent, run, table } = setUp();
  table.update = () => Promise.reject(new Error("zoe@example.com can't be reached"));
  const failure = await run("zoe@example.com", job(1)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotDoneError);
  expect(String(failure)).not.toContain("zoe");
  expect(sent).toEqual([]);
});

describe("what is kept of a mailbox", () => {
  test("is a keyed hash of 128 bits under the job's id, and nothing of the address", async () => {
    const { run, table } = setUp();
    const ids: string[] = [];
    const { update } = table;
    table.update = (change) => {
      ids.push(change.id);
      return update(change);
    };
    await run("Zoe.Privata@geheim.example", job(1));
    expect(ids).toEqual([expect.stringMatching(/^daily-limit\/welcome-email\/[\w-]{22}$/)]);
    const record = (await table.get(ids)).get(ids[0] ?? "");
    expect(record).toEqual({ id: ids[0], job: job(1), expires: start / 1000 + 86_400 });
    expect(JSON.stringify(record)).not.toMatch(/zoe|privata|geheim|@/i);
  });

  test("is another under another key, and can't be had without", () => {
    expect(mailboxHash("zoe@example.com", "a")).not.toBe(mailboxHash("zoe@example.com", "b"));
    expect(mailboxHash("zoe@example.com", "a")).toBe(mailboxHash("ZOE+x@example.com", "a"));
  });
});

describe("the mailbox of an address", () => {
  test.each([
    ["zoe@example.com", "zoe@example.com"],
    ["Zoe@EXAMPLE.com", "zoe@example.com"],
    ["zoe+news@example.com", "zoe@example.com"],
    ["zoe+a+b@example.com", "zoe@example.com"],
    ["+@example.com", "+@example.com"],
    ["+zoe@example.com", "+zoe@example.com"],
    ["z.o.e@example.com", "z.o.e@example.com"],
    ["z.o.e+x@gmail.com", "zoe@gmail.com"],
    ["Z.oe@GoogleMail.com", "zoe@gmail.com"],
    ["zoe@mail.gmail.com", "zoe@mail.gmail.com"],
    ["Success+a-1@Simulator.amazonses.com", "success+a-1@simulator.amazonses.com"],
    ["success+a@simulator.amazonses.com.example", "success@simulator.amazonses.com.example"],
  ])("%s is %s", (address, mailbox) => {
    expect(mailboxOf(address)).toBe(mailbox);
  });
});

describe("whoever signs up an address", () => {
  test("sees the same whether it has had its mail of today or not", async () => {
    const sent: unknown[] = [];
    const service = createServiceFixture({
      onEffect: (effect) => {
        if (typeof effect === "object" && effect !== null && "messageId" in effect) sent.push(effect);
      },
    });
    const views = [];
    for (const email of ["zoe@example.com", "zoe@example.com"]) {
      const accepted = json(await service.api(asRequest(signUpCall({ email, name: "Zoë" })))) as {
        readonly flow: FlowView;
        readonly token: string;
      };
      for (const name of [dispatchQueue, ...service.jobs]) await service.work(name);
      const path = `/flows/${accepted.flow.id}`;
      const view = await service.api(asRequest({ path, headers: bearer(accepted.token) }));
      views.push(String(view.body).replaceAll(accepted.flow.id, "<flow>"));
    }
    // The fixture's clock stands still, so that the times are the same too.
    expect(views[1]).toBe(views[0]);
    expect(views[0]).toContain('"send-welcome-email","status":"succeeded"');
    expect(sent).toHaveLength(1);
  });

  test("waits as long for the end of a mail that isn't sent as for one that is", () => {
    const pace = createPace(() => 0.999);
    expect(pace.draw()).toBe(200);
    for (let mail = 1; mail <= 40; mail++) pace.note(mail);
    const quick = createPace(() => 0);
    expect([pace.draw(), quick.draw()]).toEqual([40, 60]);
    const drawn = new Set(Array.from({ length: 500 }, (_, draw) => paceOfLast40(draw / 500)));
    // One of the last 32, each as likely.
    expect([Math.min(...drawn), Math.max(...drawn), drawn.size]).toEqual([9, 40, 32]);
  });

  test("waits so in the handler", async () => {
    const { run, waits } = setUp();
    for (let flow = 0; flow < 3; flow++) await run("zoe@example.com", job(flow));
    expect(waits).toHaveLength(2);
  });
});

function paceOfLast40(random: number): number {
  const pace = createPace(() => random);
  for (let mail = 1; mail <= 40; mail++) pace.note(mail);
  return pace.draw();
}
