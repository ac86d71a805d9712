import { describe, expect, test } from "@jest/globals";
import { faultNames } from "./faults.ts";
import { brokenInvariants } from "./invariants.ts";
import { firstSeed as seed, withReplay } from "./seeds.ts";
import { runWorld } from "./world.ts";

describe("callers who ask for the status of a flow that lost its check", () => {
  test("get it a check that leaves nothing behind, beside whatever else goes wrong in a day", async () => {
    let armed = 0;
    for (let index = 0; index < 8; index++) {
      const world = await runWorld({
        ...{ seed: seed + index, flows: 6, faults: faultNames, hours: { queueRefusing: 26 } },
        log: ({ event }) => {
          if (event === "check.lost") armed++;
        },
      });
      expect(withReplay(brokenInvariants(world), world.seed, "clients.looking")).toEqual([]);
    }
    expect(armed).toBeGreaterThan(0);
  });
});
