import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseTrace } from "../../shared/queue/trace.ts";

const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
const parent = "Parent=53995c3f42cd8ad8";
const strict = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;Parent=[0-9a-f]{16})?(;Sampled=[01])?$/;

describe("a tracing header", () => {
  test.each([
    ["with all three fields", `${root};${parent};Sampled=1`, `${root};${parent};Sampled=1`],
    ["as API Gateway makes it", root, root],
    ["that isn't sampled", `${root};${parent};Sampled=0`, `${root};${parent};Sampled=0`],
    ["without a parent", `${root};Sampled=1`, `${root};Sampled=1`],
    ["that leaves the sampling open", `${root};Sampled=?`, root],
    ["in another order, with spaces", `Sampled=1; ${parent}; ${root}`, `${root};${parent};Sampled=1`],
    ["as Lambda has it", `${root};${parent};Sampled=1;Lineage=2:c3e4b99a:0`, `${root};${parent};Sampled=1`],
    ["as a load balancer has it", `Self=1-67891234-12456789abcdef012345678;${root}`, root],
    ["with fields of the application", `${root};CalledFrom=app;Sampled=1;`, `${root};Sampled=1`],
  ])("%s is read", (_, header, trace) => {
    expect(parseTrace(header)).toBe(trace);
  });

  test.each([
    ["there is none", undefined],
    ["it is empty", ""],
    ["there is no root", `${parent};Sampled=1`],
    ["the root has another version", `${root.replace("1-", "2-")};Sampled=1`],
    ["the root is too short", `${root.slice(0, -1)};Sampled=1`],
    ["the root goes on", `${root}=1;Sampled=1`],
    ["the root is in upper case", root.toUpperCase().replace("ROOT", "Root")],
    ["the parent is no segment's id", `${root};Parent=zoe@example.com;Sampled=1`],
    ["the sampling is neither yes nor no", `${root};${parent};Sampled=2`],
    ["there are two roots", `${root};${root}`],
    ["it came twice, joined", `${root}, ${root}`],
    ["a line break is in it", `${root}\r\nX-Evil: 1`],
    ["it is a W3C traceparent", "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"],
    ["it is far longer than any", `${root};Sampled=1;${"x".repeat(512)}`],
  ])("is left out where %s", (_, header) => {
    expect(parseTrace(header)).toBeUndefined();
  });
});

describe("whatever is sent as one", () => {
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
  const nearly = fc.oneof(
    fc.tuple(hex(8), hex(24)).map(([time, id]) => `Root=1-${time}-${id}`),
    hex(16).map((id) => `Parent=${id}`),
    fc.constantFrom("Sampled=1", "Sampled=0", "Sampled=?", "Lineage=a87bd80c:1|68fd508a:5", root, parent),
    fc.tuple(fc.constantFrom("Root", "Parent", "Sampled", "Self"), fc.string()).map((pair) => pair.join("=")),
    fc.string({ unit: "binary" }),
  );
  const separator = fc.constantFrom(";", "; ", ",", ";;", "\n");
  const header = fc.oneof(
    fc.string({ unit: "binary", maxLength: 600 }),
    fc.tuple(fc.array(nearly, { maxLength: 5 }), separator).map(([parts, between]) => parts.join(between)),
  );

  test("never throws, and what comes out is the strict form of what was in it", () => {
    let traces = 0;
    fc.assert(
      fc.property(header, (text) => {
        const trace = parseTrace(text);
        if (trace === undefined) return;
        traces++;
        expect(trace).toMatch(strict);
        for (const field of trace.split(";")) expect(text).toContain(field);
        expect(parseTrace(trace)).toBe(trace);
      }),
      { seed: 20261124, numRuns: 5_000 },
    );
    expect(traces).toBeGreaterThan(250);
  });
});
