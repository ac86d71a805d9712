import { integer, minValue, number, pipe } from "valibot";
import { record } from "../../../../functions/schemas.ts";
import { defineJob } from "../../../../shared/index.ts";

/** Needs a service that is down until `upAt`, in ms since 1970. */
export const needService = defineJob({
  name: "need-service",
  input: record({ upAt: pipe(number("a number"), integer("a whole number"), minValue(0, "0 or more")) }),
});
