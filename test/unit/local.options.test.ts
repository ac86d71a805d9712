import { expect, test } from "@jest/globals";
import { readOptions } from "../../infra/local/options.ts";

const originsOf = (...args: readonly string[]) => {
  const options = readOptions(args, {});
  return options === "help" ? undefined : options.corsOrigins;
};

test("--cors-origin lets in each origin that it names, and nobody where it isn't given", () => {
  expect(originsOf()).toEqual([]);
  const two = ["--cors-origin", "https://a.example", "--cors-origin", "http://localhost:5173"];
  expect(originsOf(...two)).toEqual(["https://a.example", "http://localhost:5173"]);
});

test.each(["", "*", "a.example", "https://a.example/"])("--cors-origin %j is refused", (text) => {
  expect(() => originsOf("--cors-origin", text)).toThrow(
    `--cors-origin: origins separated by commas, https:// or http://localhost:<port>, without a path: https://app.example.com, got "${text}"`,
  );
});

test("--client-rate limits a client, and nobody is limited where it isn't given: all callers are one address", () => {
  expect([readOptions([], {}), readOptions(["--client-rate", "2.5"], {})]).toMatchObject([
    { clientRate: undefined },
    { clientRate: "2.5" },
  ]);
  expect(() => readOptions(["--client-rate", "fast"], {})).toThrow(
    '--client-rate: a number above 0, at most 1000, got "fast"',
  );
});

test("--webhook names an endpoint that hears of every flow, and another where it is given again", () => {
  const read = (...args: readonly string[]) => {
    const options = readOptions(args, {});
    return options === "help" ? undefined : options.webhooks;
  };
  expect(read()).toEqual([]);
  expect(read("--webhook", "https://a.example.com", "--webhook", "https://b.example.com/x")).toEqual([
    "https://a.example.com/",
    "https://b.example.com/x",
  ]);
  expect(() => read("--webhook", "http://localhost:1/")).toThrow("--webhook: an https URL");
  expect(read("--local-webhooks", "--webhook", "http://localhost:1/")).toEqual(["http://localhost:1/"]);
});
