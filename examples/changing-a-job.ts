/** The changes of docs/changing-a-job.md, each as it would be deployed after `shipOrder`. */
import * as v from "valibot";
import {
  defineCatalog,
  defineFlow,
  defineJob,
  type InputOf,
  type JobHandler,
  PermanentError,
} from "../shared/index.ts";

export const shipOrder = defineJob({
  name: "ship-order",
  input: v.strictObject({ order: v.string(), to: v.string(), pieces: v.string() }),
});

export const fieldAdded = defineJob({
  name: "ship-order",
  input: v.strictObject({
    ...shipOrder.input.entries,
    express: v.optional(v.boolean(), false), // what is in flight has none
  }),
});

export const fieldRenamed = defineJob({
  name: "ship-order",
  input: v.union([
    v.strictObject({ order: v.string(), address: v.string(), pieces: v.string() }),
    // As it was sent until 2026-12-01.
    v.pipe(
      v.strictObject({ order: v.string(), to: v.string(), pieces: v.string() }),
      v.transform(({ to, ...rest }) => ({ ...rest, address: to })),
    ),
  ]),
});

export const fieldRetyped = defineJob({
  name: "ship-order",
  input: v.strictObject({
    ...shipOrder.input.entries,
    pieces: v.union([v.number(), v.pipe(v.string(), v.toNumber())]), // a text until 2026-12-01
  }),
});

export const fieldRemoved = defineJob({
  name: "ship-order",
  input: v.strictObject({
    order: v.string(),
    to: v.string(),
    pieces: v.optional(v.unknown()), // ignored; sent until 2026-12-01
  }),
});

const weighed = v.strictObject({ order: v.string(), weight: v.number() });

export const weighKilograms = defineJob({ name: "weigh-order", input: weighed });
export const weighGrams = defineJob({ name: "weigh-order-in-grams", input: weighed });

export const ordering = defineFlow({
  name: "ordering",
  input: weighed,
  plan: (input) => [weighGrams.with(input)], // in no plan any more: weighKilograms
});

export const catalog = defineCatalog({ flows: [ordering], jobs: [weighKilograms, weighGrams] });

export const givingUp = defineJob({
  name: "ship-order",
  input: v.union([shipOrder.input, v.unknown()]),
});

export const shipOrGiveUp: JobHandler<InputOf<typeof givingUp>> = async (input) => {
  if (!v.is(shipOrder.input, input)) throw new PermanentError("sent by the bad deploy of 2026-12-01");
  // … and ships it, as it did.
};
