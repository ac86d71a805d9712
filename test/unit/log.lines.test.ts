import { expect, test } from "@jest/globals";
import { jsonLog, readableLog } from "../../shared/log/stream-log.ts";

function linesOf(create: typeof jsonLog, ...events: Parameters<ReturnType<typeof jsonLog>>[0][]): string[] {
  const lines: string[] = [];
  const log = create((line) => lines.push(line));
  for (const event of events) log(event);
  return lines;
}

test("CloudWatch gets one JSON object a line, with the time", () => {
  const [line = ""] = linesOf(jsonLog, { level: "warn", event: "job.failed", job: "f.mail", reason: "a\nb" });
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: "warn",
    event: "job.failed",
    job: "f.mail",
    reason: "a\nb",
  });
});

test("a person gets the time, a mark for what to look at, the step, the job and the figures with their units", () => {
  const lines = linesOf(
    readableLog,
    { level: "info", event: "job.succeeded", job: "f.mail", attempts: 1, milliseconds: 12 },
    { level: "warn", event: "job.retrying", job: "f.mail", reason: "busy", seconds: 7 },
  );
  expect(lines).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {3}job\.succeeded {9}f\.mail {2}attempts 1 {2}12 ms$/),
    expect.stringMatching(
      /^\d\d:\d\d:\d\d\.\d{3} ! job\.retrying {10}f\.mail {2}reason "busy" {2}in 7 s$|"busy" {2}in 7 s$/,
    ),
  ]);
});

test("a reason with line breaks, quotes or terminal codes stays one plain line", () => {
  const [line = ""] = linesOf(readableLog, {
    level: "warn",
    event: "job.failed",
    reason: `a\n\u001b[31m"b"`,
  });
  expect(line).not.toMatch(/\p{Cc}/u);
});
