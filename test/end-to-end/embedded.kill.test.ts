import { afterAll, expect, test } from "@jest/globals";
import {
  type Embedded,
  finished,
  profileIds,
  signUp,
  startEmbedded,
  stateDirectory,
} from "../support/embedded.ts";
import { eventually } from "../support/eventually.ts";

const state = stateDirectory();
let service: Embedded | undefined;
afterAll(async () => {
  await service?.end("SIGKILL");
  state.remove();
});

test("after a kill -9 in the middle of fifty sign-ups and a restart, each ends with its mail, profile and receipt", async () => {
  const first = await startEmbedded(state.path);
  service = first;
  const emails = Array.from({ length: 50 }, (_, index) => `person-${index}@example.com`);
  const accepted = await Promise.all(emails.map((email) => signUp(first, { email, name: "Person" })));
  await eventually(async () => (countOf(first, "flow.finished") >= 5 ? true : undefined));
  expect(countOf(first, "flow.finished")).toBeLessThan(50);
  expect(await first.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
  const leased = countOf(first, "job.leased") - countOf(first, "send-welcome-email  attempts");

  const second = await startEmbedded(state.path);
  service = second;
  for (const each of accepted) expect((await finished(second, each)).status).toBe("succeeded");
  const mails = await second.json<{ to: string }[]>("/_local/mail");
  expect(new Set(mails.map(({ to }) => to))).toEqual(new Set(emails));
  // Only a mail that was under way at the kill may repeat: whether it had gone out, nobody can know.
  expect(mails.length - emails.length).toBeLessThanOrEqual(leased);
  for (const email of emails) expect(mails.filter(({ to }) => to === email).length).toBeLessThanOrEqual(2);
  const files = await second.json<{ key: string }[]>("/_local/files");
  expect(files).toHaveLength(50);
  expect((await profileIds(second)).sort()).toEqual(emails.sort());
}, 60_000);

/** How many lines have these words. */
function countOf(service: Embedded, words: string): number {
  return service.output().split(words).length - 1;
}
