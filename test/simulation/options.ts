import { parseArgs } from "node:util";
import { describe, formatViolation } from "../../shared/index.ts";
import {
  type FaultName,
  faultNames,
  isFaultName,
  isLasting,
  type LastingHours,
  lastingFaults,
} from "./faults.ts";
import type { SimulationOptions } from "./simulate.ts";

export const help = `Runs the real engine over memory adapters on a virtual clock, with faults, and checks what must hold whatever happens.

  npm run simulate                        one world, of seed 1, with every fault
  npm run simulate -- --jobs 100000       worlds of one seed after the other until there were so many jobs
  npm run simulate -- --seed 7            the (first) world's seed; "random" starts anywhere
  npm run simulate -- --faults crash,lose only these faults, or none
  npm run simulate -- --hours mailDown=26 this fault from the start, for so many hours: lasting ones alone
  npm run simulate -- --first             ends with the first world that breaks something
  npm run simulate -- --help              prints this

Faults: ${faultNames.join(", ")}.
Those that last: ${lastingFaults.join(", ")}.
The exit code is 1 where an invariant was broken; each is printed with the command that replays its world.
`;

/** The simulation can't be run as it was asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError in the form `<path>: <rule>, got <value>`. */
export function readOptions(args: readonly string[]): SimulationOptions | "help" {
  const { jobs, seed, faults, hours, first, help: asked } = parse(args);
  if (asked) return "help";
  return {
    jobs: wholeNumber("--jobs", jobs),
    seed: seed === "random" ? Math.floor(Math.random() * 2 ** 31) : wholeNumber("--seed", seed),
    faults: faults === undefined ? faultNames : readFaults(faults),
    hours: hours === undefined ? {} : readHours(hours),
    first,
  };
}

function parse(args: readonly string[]) {
  try {
    const text = (value: string) => ({ type: "string", default: value }) as const;
    const options = {
      jobs: text("1"),
      seed: text("1"),
      faults: { type: "string" },
      hours: { type: "string" },
      first: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(path: string, text: string): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= 2 ** 32) return number;
  throw new UsageError(
    formatViolation({ path, rule: "a whole number from 0 to 4294967296", got: describe(text) }),
  );
}

function readFaults(text: string): readonly FaultName[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    if (isFaultName(name)) return name;
    throw new UsageError(
      formatViolation({ path: "--faults", rule: `of ${faultNames.join(", ")}`, got: describe(name) }),
    );
  });
}

function readHours(text: string): LastingHours {
  return Object.fromEntries(
    text.split(",").map((entry) => {
      const [name = "", hours = ""] = entry.split("=");
      if (isFaultName(name) && isLasting(name)) return [name, wholeNumber(`--hours: ${name}`, hours)];
      const rule = `<fault>=<hours>, of ${lastingFaults.join(", ")}`;
      throw new UsageError(formatViolation({ path: "--hours", rule, got: describe(entry) }));
    }),
  );
}
