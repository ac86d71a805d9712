import { afterAll, expect, test } from "@jest/globals";
import type { FlowView, JobView } from "../../shared/flow/flow-view.ts";
import { type Accepted, finished, signUp } from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";
import { LOOPBACK } from "../support/loopback.ts";
import { serveTests } from "../support/serve-tests.ts";
import { startPostOffice } from "./post-office.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const office = await startPostOffice();
const road = await startTcpProxy(office.port);
const service = await serveTests("--smtp", `smtp://${LOOPBACK}:${road.port}`);
afterAll(async () => {
  await road.stop();
  await office.stop();
});

test("a mail that the server refuses fails with its reason, one that it defers is sent later, one that it leaves without an answer is sent once more at the most", async () => {
  office.answer = (to, earlier) => {
    if (to.startsWith("refused")) return 550;
    if (to.startsWith("deferred")) return earlier < 2 ? 451 : "keep";
    if (to.startsWith("unanswered-once")) return earlier < 1 ? "swallow" : "keep";
    return to.startsWith("unanswered") ? "swallow" : "keep";
  };
  const kinds = ["fine", "refused", "deferred", "unanswered-once", "unanswered"];
  const emails = kinds.map((kind) => `${kind}@example.com`);
  const accepted = await signUpAll(emails);
  const ends: Record<string, readonly [string, unknown, readonly unknown[]]> = {};
  for (const [index, email] of emails.entries()) {
    const mail = mailOf(await finished(service, accepted[index] as Accepted));
    ends[kinds[index] as string] = [mail.status, mail.error, answersTo(email)];
  }
  expect(ends).toEqual({
    fine: ["succeeded", undefined, ["keep"]],
    refused: ["failed", expect.stringContaining("550"), [550]],
    deferred: ["succeeded", undefined, [451, 451, "keep"]],
    "unanswered-once": ["succeeded", undefined, ["swallow", "keep"]],
    unanswered: ["failed", "outcome unknown", ["swallow", "swallow"]],
  });
  expect(await deadLetters()).toBe(2);
}, 120_000);

test.each([
  ["refuses connections", () => road.refuse(), () => road.heal()],
  ["answers 421", () => (office.answer = () => 421), () => (office.answer = () => "keep")],
] as const)(
  "while the server %s every mail is held and says since when and why; then each goes out once, with no attempt spent and no dead letter",
  async (what, breakIt, mendIt) => {
    office.answer = () => "keep";
    const lettersBefore = await deadLetters();
    const name = what.replaceAll(" ", "-");
    const emails = Array.from({ length: 30 }, (_, index) => `${name}-${index}@example.com`);
    const before = Date.now();
    await breakIt();
    const accepted = await signUpAll(emails);
    const held = await Promise.all(accepted.map(untilHeld));
    for (const { heldSince = "", error } of held) {
      expect(Date.parse(heldSince)).toBeGreaterThanOrEqual(before);
      expect(error).toMatch(/mail/i);
    }
    await mendIt();
    for (const each of accepted) {
      const flow = await finished(service, each);
      expect([flow.status, mailOf(flow).attempts]).toEqual(["succeeded", 1]);
    }
    const delivered = office.delivered().map(({ to }) => to);
    for (const email of emails) expect(delivered.filter((to) => to === email)).toHaveLength(1);
    expect(await deadLetters()).toBe(lettersBefore);
  },
  120_000,
);

async function signUpAll(emails: readonly string[]): Promise<readonly Accepted[]> {
  return Promise.all(emails.map((email) => signUp(service, { email, name: "Person" })));
}

function mailOf({ jobs }: FlowView): JobView {
  const mail = jobs.find(({ job }) => job === "send-welcome-email");
  if (!mail) throw new Error("a flow without its mail");
  return mail;
}

async function untilHeld({ flow, token }: Accepted): Promise<JobView> {
  return eventually(
    async () => {
      const { body } = await service.call(`/flows/${flow.id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const mail = mailOf(JSON.parse(body.toString()) as FlowView);
      return mail.status === "held" ? mail : undefined;
    },
    { pollMs: 200 },
  );
}

function answersTo(email: string): readonly unknown[] {
  return office.arrivals.filter(({ to }) => to === email).map(({ answer }) => answer);
}

async function deadLetters(): Promise<number | undefined> {
  const queues = await service.json<Record<string, { deadLetters: number }>>("/_local/queues");
  return queues["send-welcome-email"]?.deadLetters;
}
