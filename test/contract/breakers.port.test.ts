import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Breaker, breakerId, isOpen, openReason, openSince } from "../../shared/breaker/breaker.ts";
import { type Breakers, createBreakers } from "../../shared/breaker/breakers.ts";
import { start } from "../support/builders.ts";
import { createManualClock, type ManualClock } from "../support/clock-manual.ts";
import { otherTableAdapters, type TableAdapter } from "../support/table-adapters.ts";

describe.each(otherTableAdapters<Breaker>())("breakers in %s", (_, startPlace) => {
  let place: TableAdapter<Breaker>;
  let clock: ManualClock;
  let breakers: Breakers;

  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place.stop());
  beforeEach(async () => {
    clock = createManualClock(start);
    breakers = createBreakers({ table: await place.create(), clock });
  });

  test("there is none until the first outage", async () => {
    expect(await breakers.read(["mail", "print"])).toEqual([]);
  });

  test("one outage is opened once, by whoever finds it first, and the finder's try was the first probe", async () => {
    const opened = await breakers.open("mail", "paused");
    expect(opened).toEqual({ id: "breaker/mail", since: start, reason: "paused", probedAt: start });
    await clock.pass(5000);
    expect(await breakers.open("mail", "refused")).toEqual(opened);
    expect(await breakers.read(["mail", "print"])).toEqual([opened]);
  });

  test("one worker a minute is elected to probe", async () => {
    const opened = await breakers.open("mail", "paused");
    await clock.pass(59_999);
    expect(await breakers.elect(opened, 60)).toBeUndefined();
    await clock.pass(1);
    const racers = await Promise.all([1, 2, 3].map(() => breakers.elect(opened, 60)));
    expect(racers.filter((each) => each !== undefined)).toEqual([{ ...opened, probedAt: start + 60_000 }]);
  });

  test("closing ends the outage that was seen, and not one that began since", async () => {
    const first = await breakers.open("mail", "paused");
    await clock.pass(1000);
    await breakers.close(first);
    const [closed] = await breakers.read(["mail"]);
    expect(closed).toEqual({ id: "breaker/mail", closedAt: start + 1000 });
    expect(await breakers.elect(first, 0)).toBeUndefined();
    const second = await breakers.open("mail", "refused");
    await breakers.close(first);
    expect(await breakers.read(["mail"])).toEqual([second]);
    expect(second).toMatchObject({ since: start + 1000, reason: "refused" });
  });

  test("a pause lasts until it is resumed: an outage's end doesn't end it, and nobody probes", async () => {
    const opened = await breakers.open("mail", "refused");
    await breakers.pause("mail");
    await clock.pass(600_000);
    expect(await breakers.elect(opened, 60)).toBeUndefined();
    await breakers.close(opened);
    const [paused] = await breakers.read(["mail"]);
    expect(paused).toEqual({ id: "breaker/mail", pausedAt: start, closedAt: start + 600_000 });
    await clock.pass(1);
    expect(await breakers.resume("mail")).toEqual({ id: "breaker/mail", closedAt: start + 600_001 });
  });

  test("what was never paused is resumed without trouble, and an outage stays", async () => {
    expect(await breakers.resume("mail")).toBeUndefined();
    const opened = await breakers.open("mail", "refused");
    expect(await breakers.resume("mail")).toEqual(opened);
  });
});

test("a breaker says whether it is open, since when, and why, a pause before an outage", () => {
  const id = breakerId("mail");
  expect(isOpen({ id })).toBe(false);
  expect(openSince({ id })).toBeUndefined();
  expect(openReason({ id, since: 5, reason: "refused (421)" })).toBe("mail: refused (421)");
  const paused = { id, since: 5, pausedAt: 3, reason: "refused (421)" };
  expect(isOpen(paused)).toBe(true);
  expect(openSince(paused)).toBe(3);
  expect(openReason(paused)).toBe("mail: paused by an operator");
});
