import { defineJob } from "../../../../shared/index.ts";
import { turnInput, turnResult } from "../turn.ts";

/** Takes its time; ten copies of it may do so at once. */
export const takeTurnsOfTen = defineJob({
  name: "take-turns-of-ten",
  input: turnInput,
  workers: 10,
  publicResult: turnResult,
});
