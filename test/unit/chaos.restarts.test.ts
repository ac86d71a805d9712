import { expect, test } from "@jest/globals";
import { slowestRestart } from "../chaos/restarts.ts";

const line = (time: string, event: string, job: string) =>
  `${time}   ${event.padEnd(21)} ${job}  attempts 1\n`;
const killedAt = Date.parse("2026-11-24T23:59:58.000Z");
const first = {
  killedAt,
  output: [
    line("23:59:57.000", "job.leased", "f.a"),
    line("23:59:57.100", "job.leased", "f.b"),
    line("23:59:57.200", "job.succeeded", "f.a"),
    line("23:59:57.300", "job.taken-over", "f.c"),
  ].join(""),
};

test("the slowest restart is that of the job under way that began again last, also past midnight", () => {
  const second = {
    killedAt: Number.POSITIVE_INFINITY,
    output: [
      line("23:59:59.000", "job.leased", "f.a"),
      line("00:00:09.500", "job.taken-over", "f.b"),
      line("00:00:01.000", "job.taken-over", "f.c"),
    ].join(""),
  };
  expect(slowestRestart([first, second])).toBe(11_500);
});

test("a job that was under way and never begins again has ended, before it could say so", () => {
  expect(slowestRestart([first, { killedAt: Number.POSITIVE_INFINITY, output: "" }])).toBe(0);
});
