import { integer, maxValue, minValue, number, pipe } from "valibot";
import { record } from "../../../functions/schemas.ts";

/** How long a turn takes. */
export const turnInput = record({
  milliseconds: pipe(
    number("a number"),
    integer("a whole number"),
    minValue(0, "0 or more"),
    maxValue(1000, "1000"),
  ),
});

/** When it began and ended, ms since 1970: from these a reader tells how many ran at the same time. */
export const turnResult = ["from", "to"] as const;
