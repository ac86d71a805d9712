import { type FaultName, faultNames } from "./faults.ts";

/** What there has to be, so that a fault has an occasion. */
const causes: Readonly<Partial<Record<FaultName, readonly FaultName[]>>> = {
  redriven: ["permanent"],
  movedBack: ["permanent"],
  webhookFails: ["asked"],
  channelsDown: ["asked", "watched"],
  looked: ["loseCheck", "queueRefusing"],
};

/** These faults, and what gives them an occasion. */
export function withCauses(...names: readonly FaultName[]): readonly FaultName[] {
  return [...new Set(names.flatMap((name) => [...(causes[name] ?? []), name]))];
}

/** Each fault beside each other. */
export function faultPairs(): readonly (readonly FaultName[])[] {
  return faultNames.flatMap((one, index) =>
    faultNames.slice(index + 1).map((other) => withCauses(one, other)),
  );
}
