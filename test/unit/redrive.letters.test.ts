import { describe, expect, test } from "@jest/globals";
import type { Letter, LetterBox } from "../../shared/redrive/letter-box.ts";
import { summaryOf } from "../../shared/redrive/letter-summary.ts";
import { lookAtLetters } from "../../shared/redrive/read-letters.ts";
import type { RedrivePorts } from "../../shared/redrive/redrive-letter.ts";
import { failedSignUp, redriveAll } from "../support/redriving.ts";

/** So many sign-ups whose mail has failed. */
async function failures(count: number) {
  const service = await failedSignUp();
  const flows = [service.flow];
  while (flows.length < count) flows.push(await service.signUp());
  return { ...service, flows };
}

const visible = (service: Awaited<ReturnType<typeof failures>>) =>
  service.queue.receive("mail-dead-letters", { max: 1000, visibilitySeconds: 1 }).length;

describe("a redrive of many letters", () => {
  test("takes those that are wanted and gives all others back at once", async () => {
    const service = await failures(25);
    const wanted = service.flows.slice(3, 20).map((flow) => `${flow}.mail`);
    const isWanted = (letter: Letter) => wanted.includes(summaryOf(letter).job ?? "");
    expect(await redriveAll(service, service.redrivePorts, { isWanted })).toHaveLength(17);
    expect(service.queue.messages("mail")).toHaveLength(17);
    expect(visible(service)).toBe(8);
  });

  test("keeps to its rate", async () => {
    const service = await failures(21);
    const before = service.clock.now();
    await redriveAll(service, service.redrivePorts, { perSecond: 2 });
    expect(service.clock.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(service.clock.now() - before).toBeLessThan(10_500);
  });

  test("goes on where there are more letters than it holds at once", async () => {
    const service = await failures(31);
    const found: number[] = [];
    await redriveAll(service, service.redrivePorts, {
      perSecond: 0.1,
      onFound: (count) => found.push(count),
    });
    expect(found).toEqual([4, 12, 12, 3]);
    expect(service.letters("mail")).toEqual([]);
  });

  test("redrives no job a second time that fails once more meanwhile, else it would never end", async () => {
    const service = await failures(31);
    const outcomes = await redriveAll(service, service.redrivePorts, {
      perSecond: 0.1,
      // The cause isn't mended: before the next are looked for, each has failed again.
      onFound: () => void service.workAll(),
    });
    expect(outcomes).toHaveLength(31);
    await service.workAll();
    expect(service.letters("mail")).toHaveLength(31);
  });

  test("ends between two letters when it is told to, and gives the rest back", async () => {
    const service = await failures(10);
    const controller = new AbortController();
    let outcomes = 0;
    await redriveAll(service, service.redrivePorts, {
      signal: controller.signal,
      onOutcome: () => {
        if (++outcomes === 4) controller.abort();
      },
    });
    expect([outcomes, service.queue.messages("mail").length, visible(service)]).toEqual([4, 4, 6]);
  });

  test("doesn't wait for its rate when it is told to end", async () => {
    const service = await failures(3);
    const controller = new AbortController();
    const before = service.clock.now();
    const onOutcome = () => controller.abort();
    await redriveAll(service, service.redrivePorts, { perSecond: 0.1, signal: controller.signal, onOutcome });
    expect([service.clock.now() - before < 1000, service.clock.pending, visible(service)]).toEqual([
      true,
      0,
      2,
    ]);
  });

  test("tells of what a port refused, goes on, and leaves that letter", async () => {
    const service = await failures(3);
    const { ledger } = service.redrivePorts;
    const [unlucky] = service.flows;
    const read = (id: string) => (id === unlucky ? Promise.reject(new Error("throttled")) : ledger.read(id));
    const outcomes = await redriveAll(service, { ...service.redrivePorts, ledger: { ...ledger, read } });
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["failed", "redriven", "redriven"]);
    expect(visible(service)).toBe(1);
  });
});

describe("a redrive that can't look on", () => {
  /** A letter box whose so manieth look at that queue throws. */
  function failingAt(
    { letters }: RedrivePorts,
    { queue, look }: { readonly queue: string; readonly look: number },
  ): LetterBox {
    let looks = 0;
    return {
      ...letters,
      async receive(name, seconds) {
        if (name === `${queue}-dead-letters` && ++looks === look) throw new Error("throttled");
        return letters.receive(name, seconds);
      },
    };
  }

  test.each([
    ["of the queue that it was looking at", { queue: "mail", look: 3 }],
    ["of the other queues", { queue: "pdf", look: 1 }],
  ])("gives the letters %s back", async (_, trouble) => {
    const service = await failures(25);
    const ports = { ...service.redrivePorts, letters: failingAt(service.redrivePorts, trouble) };
    const [other] = service.flows;
    const isWanted = (letter: Letter) => summaryOf(letter).job !== `${other}.mail`;
    await expect(redriveAll(service, ports, { isWanted })).rejects.toThrow("throttled");
    expect(visible(service)).toBe(25);
  });
});

describe("looking at letters", () => {
  test("shows each once, and leaves all where they are", async () => {
    const service = await failures(25);
    const seen: string[] = [];
    await lookAtLetters(service.redrivePorts, "mail", (letter) => seen.push(summaryOf(letter).job ?? ""));
    expect(seen.sort()).toEqual(service.flows.map((flow) => `${flow}.mail`).sort());
    expect(visible(service)).toBe(25);
  });

  test("gives them back where it can't go on", async () => {
    const service = await failures(25);
    const { letters } = service.redrivePorts;
    let calls = 0;
    const receive: typeof letters.receive = async (...args) => {
      if (++calls === 3) throw new Error("throttled");
      return letters.receive(...args);
    };
    const ports = { ...service.redrivePorts, letters: { ...letters, receive } };
    await expect(lookAtLetters(ports, "mail", () => {})).rejects.toThrow("throttled");
    expect(visible(service)).toBe(25);
  });
});
