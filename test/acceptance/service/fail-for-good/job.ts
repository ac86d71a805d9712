import { optional } from "valibot";
import { prose, record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

export const maximumBallastBytes = 256 * 1024;

/**
 * Fails on its first attempt with an error that no second one could mend; redriven, it succeeds, as if its cause was mended
 * before.
 */
export const failForGood = defineJob({
  name: "fail-for-good",
  /** The ballast makes the message's body as large as wanted: its dead letter shows how it travelled. */
  input: record({ ballast: optional(prose(maximumBallastBytes)) }),
});
