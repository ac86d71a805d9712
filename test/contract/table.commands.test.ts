import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { shortNames } from "../../shared/ledger/dynamodb-names.ts";
import { createDynamodbTable } from "../../shared/ledger/dynamodb-table.ts";
import { turnTaken } from "../../shared/ledger/flow-writes.ts";
import { leased } from "../../shared/ledger/job-writes.ts";
import { absent } from "../../shared/ledger/presence.ts";
import { exists, type Table } from "../../shared/ledger/table.ts";
import { flowId, flowRecord, start } from "../support/builders.ts";
import { type DynamodbServer, startDynamodbServer } from "../support/dynamodb-server.ts";
import { createTableOn } from "../support/table-adapters.ts";
import { stored } from "../support/table-expectations.ts";

/** What a command does is billed: one write each, and a read only where a server leaves the refusing item out. */
describe("the commands of the DynamoDB table", () => {
  let server: DynamodbServer;
  let table: Table;
  let commands: string[];
  let answerItem: Record<string, unknown> | undefined;
  let tables = 0;
  beforeAll(async () => {
    server = await startDynamodbServer();
    server.dynamodb.middlewareStack.add(
      (next, { commandName = "" }) =>
        async (args) => {
          commands.push(commandName);
          try {
            return await next(args);
          } catch (error) {
            // What AWS and Dynoxide do, whatever this server does: the item, where the test has one, comes with the refusal.
            if (answerItem) (error as { Item?: unknown }).Item = answerItem;
            else delete (error as { Item?: unknown }).Item;
            throw error;
          }
        },
      { step: "initialize", name: "countCommands" },
    );
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    commands = [];
    answerItem = undefined;
    table = await createTableOn(server, `commands-${tables++}`);
    commands = [];
  });

  const lease = leased({ flow: flowId, key: "mail", run: 0 }, { owner: "me", from: start, to: start + 1 });

  test("are one for each write that is applied", async () => {
    await table.put(flowRecord(), absent(start));
    await table.update(lease);
    expect(commands).toEqual(["PutItemCommand", "UpdateItemCommand"]);
  });

  test("are one for a refused write whose refusal has the item", async () => {
    await table.put(flowRecord(), absent(start));
    commands = [];
    const seen = flowRecord({ mail: { status: "succeeded" } });
    answerItem = marshall(shortNames.abbreviate(seen));
    expect(await table.put(flowRecord(), absent(start))).toEqual({ applied: false, record: seen });
    expect(await table.update(turnTaken("nowhere", "me", start, 1))).toEqual({
      applied: false,
      record: seen,
    });
    expect(commands).toEqual(["PutItemCommand", "UpdateItemCommand"]);
  });

  test("are a write and a consistent read for a refusal without the item", async () => {
    await table.put(flowRecord({ pdf: {} }), absent(start));
    commands = [];
    expect(await table.update(lease)).toEqual({ applied: false, record: flowRecord({ pdf: {} }) });
    expect(commands).toEqual(["UpdateItemCommand", "BatchGetItemCommand"]);
  });

  test("are none for no ids, one for a hundred, two for more", async () => {
    for (const [count, calls] of [
      [0, 0],
      [100, 1],
      [101, 2],
    ] as const) {
      commands = [];
      await table.get(Array.from({ length: count }, (_, index) => `${index}`));
      expect(commands).toHaveLength(calls);
    }
  });

  test("leave what isn't ours out: unknown attributes of a flow and of its jobs", async () => {
    const flow = shortNames.abbreviate(flowRecord({ mail: {} }));
    const jobs = { mail: { s: "queued", r: 0, a: 0, later: "a newer deploy's" } };
    const tableName = `commands-${tables - 1}`;
    await server.dynamodb.send(
      new PutItemCommand({ TableName: tableName, Item: marshall({ ...flow, j: jobs, alsoLater: [1] }) }),
    );
    expect(await stored(table)).toEqual(flowRecord({ mail: {} }));
  });

  test("that fail for another reason are thrown", async () => {
    const nowhere = createDynamodbTable({ client: server.dynamodb, tableName: "nowhere" });
    await expect(nowhere.put(flowRecord(), absent(start))).rejects.toThrow(/non-existent table|not found/i);
    await expect(
      nowhere.update({ id: flowId, when: exists(["id"]), set: [{ path: ["open"], to: 1 }] }),
    ).rejects.toThrow();
    await expect(nowhere.get(["a"])).rejects.toThrow();
  });
});
