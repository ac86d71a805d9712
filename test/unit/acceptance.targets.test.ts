import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { mailboxOf } from "../../functions/send-welcome-email/mailbox.ts";
import { readOutputs } from "../../infra/deploy/outputs.ts";
import { readOptions } from "../acceptance/options.ts";
import { placeOf } from "../acceptance/place.ts";
import { targets } from "../acceptance/targets.ts";

const directory = mkdtempSync(join(tmpdir(), "errand-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("no acceptance test is skipped but by the table of what a target can't show", () => {
  const files = readdirSync("test/acceptance").filter((name) => name.endsWith(".test.ts"));
  expect(files).not.toEqual([]);
  for (const name of files) {
    expect(readFileSync(join("test/acceptance", name), "utf8")).not.toMatch(/\.(skip|only|todo|failing)\b/);
  }
});

test("what a target can't show has a reason", () => {
  const reasons = Object.values(targets).flatMap(({ cannotShow }) => Object.values(cannotShow));
  for (const reason of reasons) expect(reason.length).toBeGreaterThan(20);
});

const asked = { url: undefined, enforceIam: false, files: [], except: [] };

test("each label is a mailbox of its own on every target: one person's mail is nobody else's of that day", () => {
  for (const { address } of Object.values(targets)) {
    expect(mailboxOf(address("run-1"))).not.toBe(mailboxOf(address("run-2")));
  }
});

test("what nothing says to be there is started, where the run can do that", () => {
  expect(readOptions(["--target", "embedded", "sign-up"])).toEqual({
    ...asked,
    ...{ target: "embedded", outputs: undefined, files: ["sign-up"] },
  });
  expect(readOptions(["--target", "embedded", "--except", "many", "--except", "limits"])).toEqual({
    ...asked,
    ...{ target: "embedded", outputs: undefined, except: ["many", "limits"] },
  });
  expect(readOptions(["--target", "ministack", "--enforce-iam"])).toEqual({
    ...asked,
    ...{ target: "ministack", outputs: undefined, enforceIam: true },
  });
});

test("what is there is found by the outputs of its stacks", () => {
  expect(readOptions(["--target", "aws"])).toEqual({
    ...asked,
    ...{ target: "aws", outputs: "cdk.out/outputs.json" },
  });
  expect(readOptions(["--target", "ministack", "--outputs", "a.json", "--url", "https://b"])).toEqual({
    ...asked,
    ...{ target: "ministack", outputs: "a.json", url: "https://b" },
  });
});

test("all stacks together say where the API, tables, buckets and queues are", () => {
  const file = join(directory, "outputs.json");
  const buckets = { PayloadBucket: "pb", FilesBucket: "fb", UploadsBucket: "ub" };
  const data = { LedgerTable: "l", ProfilesTable: "p", ...buckets };
  const api = { ApiUrl: "/_aws/execute-api/a/$default" };
  writeFileSync(file, JSON.stringify({ Data: data, Workers: { QueueUrls: "{}" }, Api: api }));
  const environment = { AWS_ENDPOINT_URL: "http://localhost:4566", PATH: "/bin" };
  expect(placeOf(readOutputs(file), environment)).toEqual({
    url: "http://localhost:4566/_aws/execute-api/a/$default",
    environment: {
      ...environment,
      ERRAND_OPERATOR: '["--service","errand-test"]',
      ...{ LEDGER_TABLE: "l", PROFILES_TABLE: "p" },
      ...{ PAYLOAD_BUCKET: "pb", FILES_BUCKET: "fb", UPLOADS_BUCKET: "ub", QUEUE_URLS: "{}" },
    },
  });
  expect(placeOf({ ...readOutputs(file), ApiUrl: "https://a.example/" }, {}).url).toBe("https://a.example");
  expect(() => placeOf(api, environment)).toThrow("outputs: one named LedgerTable, got ApiUrl");
  expect(() => readOutputs(file, "errand-test-")).toThrow(
    "outputs: of stacks named errand-test-…, got Data in",
  );
  expect(() => readOutputs("none.json")).toThrow("outputs: a file of the stacks' outputs, got none.json");
});

test.each([
  [["--target", "moon"], "--target: embedded, ministack, localstack, aws, got moon"],
  [[], "--target: embedded, ministack, localstack, aws, got nothing"],
  [
    ["--target", "embedded", "--url", "https://a"],
    "--url: with --outputs, since a run starts embedded itself, got no outputs",
  ],
  [
    ["--target", "aws", "--enforce-iam"],
    "--enforce-iam: with a MiniStack that this run starts, got another target",
  ],
])("%j is refused by a line that says what is right", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
