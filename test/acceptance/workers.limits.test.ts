import { afterAll, expect, test } from "@jest/globals";
import { number, object, parse } from "valibot";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { type Interval, mostAtOnce } from "./most-at-once.ts";
import { openSession } from "./session.ts";

const session = openSession();
afterAll(() => session.end());

test("of jobs with 10 and 2 workers, several run at the same time and never more", async () => {
  // Ten messages make a batch, which one worker works: fewer than 100 wouldn't ask for ten workers.
  const turns = { ofTen: 200, ofTwo: 40, milliseconds: 100 };
  const flow = await session.finished(await session.startTestFlow("takes-turns", turns));
  expect(flow.status).toBe("succeeded");
  const [ofTen, ofTwo] = [turnsOf(flow, "take-turns-of-ten"), turnsOf(flow, "take-turns-of-two")];
  expect([ofTen.length, ofTwo.length]).toEqual([200, 40]);
  expect(mostAtOnce(ofTen)).toBeLessThanOrEqual(10);
  expect(mostAtOnce(ofTen)).toBeGreaterThan(2);
  expect(mostAtOnce(ofTwo)).toBe(2);
});

const turn = object({ from: number(), to: number() });

/** As the handlers themselves saw it. */
function turnsOf({ jobs }: FlowView, name: string): readonly Interval[] {
  return jobs
    .filter(({ job }) => job === name)
    .map(({ result }) => parse(turn, result))
    .map(({ from, to }) => [from, to]);
}
