import { integer, maxValue, minValue, number, optional, pipe } from "valibot";
import { prose, record } from "../../../functions/schemas.ts";
import { defineFlow } from "../../../shared/index.ts";
import { dieEachTime } from "./die-each-time/job.ts";
import { exhaustAttempts } from "./exhaust-attempts/job.ts";
import { failForGood, maximumBallastBytes } from "./fail-for-good/job.ts";
import { failOnce } from "./fail-once/job.ts";
import { killWorker } from "./kill-worker/job.ts";
import { needService } from "./need-service/job.ts";
import { takeTurnsOfTen } from "./take-turns-of-ten/job.ts";
import { takeTurnsOfTwo } from "./take-turns-of-two/job.ts";
import { tellRelease } from "./tell-release/job.ts";

const nothing = record({});
const count = pipe(
  number("a number"),
  integer("a whole number"),
  minValue(0, "0 or more"),
  maxValue(299, "299"),
);

/** What `POST /test-flows/{name}` starts. Their names say what happens in them. */
export const testFlows = [
  defineFlow({ name: "fails-once", input: nothing, plan: () => [failOnce.with({})] }),
  defineFlow({
    name: "fails-for-good",
    input: record({ ballast: optional(prose(maximumBallastBytes)) }),
    plan: (input) => [failForGood.with(input)],
  }),
  /** With another job, which succeeds at once. */
  defineFlow({
    name: "fails-beside-another",
    input: nothing,
    plan: () => [failForGood.with({}), tellRelease.with({})],
  }),
  defineFlow({ name: "exhausts-attempts", input: nothing, plan: () => [exhaustAttempts.with({})] }),
  defineFlow({ name: "kills-worker", input: nothing, plan: () => [killWorker.with({})] }),
  /** Mates on either side, so that some are of the dying job's batch. */
  defineFlow({
    name: "dies-each-time",
    input: dieEachTime.input,
    plan: ({ way }) => [
      ...[1, 2, 3].map((mate) => dieEachTime.with({ way: "alive" }, { key: `mate-${mate}` })),
      dieEachTime.with({ way }, { key: "dying" }),
      ...[4, 5, 6].map((mate) => dieEachTime.with({ way: "alive" }, { key: `mate-${mate}` })),
    ],
  }),
  defineFlow({ name: "tells-release", input: nothing, plan: () => [tellRelease.with({})] }),
  defineFlow({ name: "needs-service", input: needService.input, plan: (input) => [needService.with(input)] }),
  /** Enough turns of either kind that all workers are busy at the same time. */
  defineFlow({
    name: "takes-turns",
    input: record({ ofTen: count, ofTwo: count, milliseconds: count }),
    plan: ({ ofTen, ofTwo, milliseconds }) => [
      ...turns(ofTen, (key) => takeTurnsOfTen.with({ milliseconds }, { key: `ten-${key}` })),
      ...turns(ofTwo, (key) => takeTurnsOfTwo.with({ milliseconds }, { key: `two-${key}` })),
    ],
  }),
];

function turns<Planned>(length: number, plan: (key: number) => Planned): readonly Planned[] {
  return Array.from({ length }, (_, index) => plan(index));
}
