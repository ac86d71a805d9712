/** `ERRAND_SEED=n` begins at that seed, `random` anywhere; `npm test` begins at 1. What fails prints how to replay it. */
const asked = process.env["ERRAND_SEED"];

export const firstSeed = seedOf(asked ?? "1");

/** What runs at night begins anywhere, unless it is told where. */
export const nightlySeed = seedOf(asked ?? "random");

function seedOf(text: string): number {
  if (text === "random") return Math.floor(Math.random() * 2 ** 31);
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`ERRAND_SEED: a whole number or random, got ${text}`);
}

/** What a test found broken, each with the command that runs the test again. */
export function withReplay(broken: readonly string[], seed: number, tests: string): readonly string[] {
  return broken.map((rule) => `${rule} (replay: ERRAND_SEED=${seed} npm run jest -- ${tests})`);
}
