import { describe, expect, test } from "@jest/globals";
import { faultNames } from "../simulation/faults.ts";
import { readOptions } from "../simulation/options.ts";
import { crashed, replayOf } from "../simulation/replay.ts";
import { simulate } from "../simulation/simulate.ts";

describe("npm run simulate", () => {
  test("runs one world of seed 1 with every fault, unless it is asked for something else", () => {
    expect(readOptions([])).toEqual({ jobs: 1, seed: 1, faults: faultNames, hours: {}, first: false });
    expect(readOptions(["--jobs", "100", "--seed", "7", "--faults", "crash,lose"])).toEqual({
      jobs: 100,
      seed: 7,
      faults: ["crash", "lose"],
      hours: {},
      first: false,
    });
    expect(readOptions(["--hours", "mailDown=2,jobPaused=280"])).toMatchObject({
      hours: { mailDown: 2, jobPaused: 280 },
    });
    expect(readOptions(["--faults", "none"])).toMatchObject({ faults: [] });
    expect(readOptions(["--help"])).toBe("help");
  });

  test.each([
    [["--jobs", "many"], "--jobs: a whole number"],
    [["--seed", "-1"], "--seed"],
    [["--faults", "crash,rain"], "--faults: of crash, error"],
    [["--hours", "crash=2"], "--hours: <fault>=<hours>, of storeDown"],
    [["--hours", "mailDown"], "--hours: mailDown: a whole number"],
    [["--world"], "--world"],
  ])("refuses what it can't run: %j", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  test("prints one line that replays a world, with its faults where they weren't all", () => {
    expect(replayOf({ seed: 7, switches: faultNames })).toBe("npm run simulate -- --seed 7");
    const command = replayOf({ seed: 7, switches: ["crash", "lose"] });
    expect(command).toBe("npm run simulate -- --seed 7 --faults crash,lose");
    expect(readOptions(command.split(" ").slice(4))).toMatchObject({
      jobs: 1,
      seed: 7,
      faults: ["crash", "lose"],
    });
    const lasting = replayOf({ seed: 7, switches: faultNames, hours: { mailDown: 2, jobPaused: 280 } });
    expect(lasting).toBe("npm run simulate -- --seed 7 --hours mailDown=2,jobPaused=280");
    expect(replayOf({ seed: 7, switches: [] })).toBe("npm run simulate -- --seed 7 --faults none");
  });

  test("says of a world that broke off how it is run again, where only the stack is printed as well", () => {
    const { message, stack } = crashed(new TypeError("no such queue"), "npm run simulate -- --seed 7");
    expect(message).toBe("no such queue (replay: npm run simulate -- --seed 7)");
    expect(stack).toMatch(/^no such queue \(replay: [^)]*7\)\nTypeError: no such queue\n +at /);
  });

  test("repeats a world by its seed, and no other", async () => {
    const [one, same, other] = await Promise.all(
      [3, 3, 4].map((seed) => simulate({ jobs: 1, seed, faults: ["crash", "slow", "duplicate", "reorder"] })),
    );
    expect(same).toEqual(one);
    expect(other?.milliseconds).not.toBe(one?.milliseconds);
  });
});
