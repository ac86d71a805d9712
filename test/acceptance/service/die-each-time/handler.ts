import type { InputOf, JobHandler } from "../../../../shared/index.ts";
import type { dieEachTime } from "./job.ts";

export const handle: JobHandler<InputOf<typeof dieEachTime>> = async ({ way }) => {
  await deaths[way]();
};

type Way = InputOf<typeof dieEachTime>["way"];

const deaths: Readonly<Record<Way, () => void | Promise<void>>> = {
  // What V8 does where the heap is full.
  memory: () => process.abort(),
  exit: () => process.exit(0),
  loop() {
    while (true);
  },
  // Hears no signal: settled as timed out, and then the process ends.
  deaf: () => new Promise<void>(() => {}),
  alive() {},
};
