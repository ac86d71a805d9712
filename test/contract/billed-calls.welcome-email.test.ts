import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createHandler } from "../../functions/send-welcome-email/handler.ts";
import { systemClock } from "../../shared/clock/clock.ts";
import { ownNames } from "../../shared/ledger/dynamodb-names.ts";
import { createTable } from "../../shared/ledger/dynamodb-table.ts";
import { createDailyLimit, type DailyUse } from "../../shared/rate/daily-limit.ts";
import { countBilledCalls } from "../support/billed-calls.ts";
import { type Servers, startServers } from "../support/servers.ts";

let servers: Servers;
beforeEach(async () => {
  servers = await startServers();
});
afterEach(() => servers.stop());

/** What the handler adds to the engine's own calls, which test/contract/billed-calls.sign-up.test.ts counts. */
test("a welcome email costs one write unit beside the engine's calls, and so does one that isn't sent", async () => {
  await servers.createTable("ledger");
  const table = createTable<DailyUse>({ client: servers.dynamodb, tableName: "ledger", names: ownNames() });
  const handler = createHandler({
    from: "Errand <hello@errand.example>",
    mailer: { send: async ({ messageId }) => ({ messageId }), close: () => {} },
    dailyLimit: createDailyLimit({ name: "welcome-email", table, clock: systemClock }),
    mailboxKey: async () => "the service's key",
  });
  // Of any length: it is hashed.
  const email = `${"z".repeat(64)}@${"example.".repeat(20)}com`;
  const flow = { name: "sign-up", createdAt: new Date() };
  const calls = countBilledCalls(servers, () => "mail");
  const results = [];
  for (const id of ["0123456789abcdefghjkmnpqrs", "z123456789abcdefghjkmnpqrs"]) {
    const context = { id: `${id}.send-welcome-email`, key: "send-welcome-email", run: 0, attempt: 1 };
    const { signal } = new AbortController();
    results.push(
      await handler({ email, name: "Zoë", plan: "free" }, { ...context, flow: { id, ...flow }, signal }),
    );
  }
  expect(results).toEqual([{ messageId: expect.any(String) }, { sent: false }]);
  // dynalite leaves the refusing item out of the refusal, which is then read; DynamoDB sends it along.
  const billed = calls
    .filter(({ kind }) => kind === "write")
    .map(({ operation, units }) => [operation, units]);
  expect(billed).toEqual([
    ["UpdateItem", 1],
    ["UpdateItem", 1],
  ]);
});
