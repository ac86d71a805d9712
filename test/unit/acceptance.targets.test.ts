import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { readOptions } from "../acceptance/options.ts";
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

test("the embedded run is started where nothing says that there is one", () => {
  const options = readOptions(["--target", "embedded", "sign-up"]);
  expect(options).toEqual({ target: "embedded", place: undefined, files: ["sign-up"] });
});

test("a target that is there is found by the outputs of all its stacks", () => {
  const file = join(directory, "outputs.json");
  const data = { LedgerTable: "l", ProfilesTable: "p", PayloadBucket: "pb", FilesBucket: "fb" };
  writeFileSync(
    file,
    JSON.stringify({ Data: data, Workers: { QueueUrls: "{}" }, Api: { Url: "https://a" } }),
  );
  const variables = {
    ...{ LEDGER_TABLE: "l", PROFILES_TABLE: "p" },
    ...{ PAYLOAD_BUCKET: "pb", FILES_BUCKET: "fb", QUEUE_URLS: "{}" },
  };
  const found = { target: "aws", place: { url: "https://a", variables }, files: [] };
  expect(readOptions(["--target", "aws", "--outputs", file])).toEqual(found);
  const moved = readOptions(["--target", "aws", "--outputs", file, "--url", "https://b"]);
  expect(moved).toEqual({ ...found, place: { url: "https://b", variables } });
});

test.each([
  [["--target", "moon"], "--target: embedded, ministack, localstack, aws, got moon"],
  [[], "--target: embedded, ministack, localstack, aws, got nothing"],
  [["--target", "aws", "--outputs", "none.json"], "--outputs: a file of the stacks' outputs, got none.json"],
])("%j is refused by a line that says what is right", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
