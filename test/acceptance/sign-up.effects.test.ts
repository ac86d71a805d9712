import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { pdfText } from "../support/pdf-text.ts";
import { type Accepted, openSession } from "./session.ts";
import { testShowing } from "./target.ts";

const session = openSession();
afterAll(() => session.end());

const zoe = session.person({ name: "Zoë Ångström", plan: "pro", locale: "de" });
let accepted: Accepted;
let flow: FlowView;
beforeAll(async () => {
  accepted = await session.signUp(zoe);
  flow = await session.finished(accepted);
});

const receiptPath = () => `/flows/${flow.id}/files/render-receipt/receipt.pdf`;

test("a sign-up is accepted before its jobs have run, and each of them succeeds", () => {
  expect(accepted.flow.jobs.map(({ status }) => status)).toEqual(["queued", "queued", "queued"]);
  expect(flow.jobs.map(({ job, status }) => [job, status])).toEqual([
    ["send-welcome-email", "succeeded"],
    ["create-profile", "succeeded"],
    ["render-receipt", "succeeded"],
  ]);
});

testShowing(
  "mail",
  "a second sign-up of one mailbox succeeds and looks the same, and sends nothing",
  async () => {
    const person = session.person();
    const [name = "", domain = ""] = person.email.split("@");
    const first = await session.finished(await session.signUp(person));
    // In capitals and with a note to oneself it is the same mailbox.
    const spelled = { ...person, email: `${name.toUpperCase()}+again@${domain}` };
    for (const other of [person, spelled]) {
      const { status, jobs } = await session.finished(await session.signUp(other));
      const shown = (list: typeof jobs) => list.map(({ job, status, result }) => ({ job, status, result }));
      expect([status, shown(jobs)]).toEqual([first.status, shown(first.jobs)]);
    }
    expect(await session.mailsTo(person)).toHaveLength(1);
    expect(await session.mailsTo(spelled)).toEqual([]);
  },
);

testShowing("mail", "one welcome email arrives, with the person's name", async () => {
  const mails = await session.mailsTo(zoe);
  expect(mails.map(({ subject }) => subject)).toEqual([expect.stringContaining("Zoë Ångström")]);
});

test("the profile is there", async () => {
  expect(await session.profiles.read(zoe.email)).toMatchObject({ name: "Zoë Ångström", plan: "pro" });
});

test("the receipt is a PDF with name and amounts, to be had with the flow's token", async () => {
  const sent = await session.call(receiptPath(), { headers: { authorization: `Bearer ${accepted.token}` } });
  expect(sent.status).toBe(303);
  const { status, headers, body } = await session.call(sent.headers.location ?? "");
  expect([status, headers["content-type"]]).toEqual([200, "application/pdf"]);
  const text = await pdfText(body);
  for (const words of ["Zoë Ångström", "10,00", "2,00", "12,00"]) expect(text).toContain(words);
});

test("a flow and its files are closed to whoever has no token, a wrong one, or another's", async () => {
  const { token } = accepted;
  const wrong = `${token.startsWith("A") ? "B" : "A"}${token.slice(1)}`;
  const others = (await session.signUp(session.person())).token;
  for (const path of [`/flows/${flow.id}`, receiptPath()]) {
    const without = await session.call(path);
    expect([without.status, without.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="errand"']);
    for (const each of [wrong, others]) {
      const { status, body } = await session.call(path, { headers: { authorization: `Bearer ${each}` } });
      expect([status, JSON.parse(body.toString()).type]).toEqual([404, "/problems/not-found"]);
    }
  }
});
