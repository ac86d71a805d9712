import type { Breakers } from "../../shared/breaker/breakers.ts";
import { defineJob } from "../../shared/catalog/job.ts";
import { OutageError } from "../../shared/catalog/job-errors.ts";
import type { JobRecord } from "../../shared/flow/flow-record.ts";
import { type Changes, envelopeWith, received, runAddress } from "./builders.ts";
import { engineForJobs } from "./consuming.ts";
import { type Engine, person, zoe } from "./engine.ts";

/** A job whose mail server may be down. */
export const mail = defineJob({ name: "mail", input: person, effect: { once: "resend" }, uses: ["smtp"] });
export const pdf = defineJob({ name: "pdf", input: person, uses: ["smtp"] });
export const both = envelopeWith({ mail: zoe, pdf: zoe });
export const first = () => received(runAddress, both);
export const again = () => received(runAddress, both, { receiveCount: 2 });
/** Message of a job of the definition `mail`, by its key. */
export const messageOf = (key: string) =>
  received({ ...runAddress, key }, { ...envelopeWith(), jobs: { [key]: { job: "mail", input: zoe } } });
export const down = async () => {
  throw new OutageError("no connection (ECONNREFUSED)", "smtp");
};
export const minute = 60_000;

/** An engine whose breaker has been open since the start, and probed then. */
export async function outage(jobs: Readonly<Record<string, Changes<JobRecord>>> = {}): Promise<Engine> {
  const engine = await engineForJobs(jobs);
  await engine.breakers.open("smtp", "no connection");
  return engine;
}

export const withBreakers = (engine: Engine, changes: Partial<Breakers>): Engine => ({
  ...engine,
  ports: { ...engine.ports, breakers: { ...engine.breakers, ...changes } },
});

/** As it stands. */
export const breaker = async ({ breakers }: Engine, name = "smtp") => (await breakers.read([name]))[0];
