import { defineJob } from "../../../../shared/index.ts";
import { turnInput, turnResult } from "../turn.ts";

/** Takes its time; two copies of it may do so at once. */
export const takeTurnsOfTwo = defineJob({
  name: "take-turns-of-two",
  input: turnInput,
  workers: 2,
  publicResult: turnResult,
});
