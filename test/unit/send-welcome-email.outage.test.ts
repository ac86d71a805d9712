import { describe, expect, test } from "@jest/globals";
import { sendWelcomeEmail } from "../../functions/send-welcome-email/job.ts";
import { NotDoneError, OutageError, PermanentError } from "../../shared/catalog/job-errors.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import { dispatchQueue } from "../../shared/queue/queue.ts";
import { asRequest, bearer, json, signUpCall } from "../support/api-fixture.ts";
import { createServiceFixture } from "../support/service-fixture.ts";

const minute = 60_000;
const down = new OutageError("No connection to the mail server (ECONNREFUSED)", "mail");

interface Mail {
  readonly to: { readonly address: string };
  readonly messageId: string;
}

const isMail = (effect: unknown): effect is Mail =>
  typeof effect === "object" && effect !== null && "messageId" in effect;

/** The service; `mail.failure` is what each send throws, `mail.to` whom mails reached, `mail.tried` how many were tried. */
function setUp() {
  const mail: { failure: Error | undefined; tried: number; readonly to: string[] } = {
    ...{ failure: undefined, tried: 0, to: [] },
  };
  const service = createServiceFixture({
    onEffect(effect) {
      if (!isMail(effect)) return;
      mail.tried++;
      if (mail.failure) throw mail.failure;
      mail.to.push(effect.to.address);
    },
  });
  const signUp = async (email: string) => {
    const { flow, token } = json(await service.api(asRequest(signUpCall({ email, name: "Zoë" })))) as {
      readonly flow: FlowView;
      readonly token: string;
    };
    await service.work(dispatchQueue);
    await service.work(sendWelcomeEmail.name);
    /** What its owner sees of the mail's job. */
    return async () => {
      const answer = await service.api(asRequest({ path: `/flows/${flow.id}`, headers: bearer(token) }));
      const { jobs } = JSON.parse(String(answer.body)) as FlowView;
      return jobs.find(({ job }) => job === sendWelcomeEmail.name);
    };
  };
  const pass = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed++) {
      await service.clock.pass(minute);
      await service.work(sendWelcomeEmail.name);
    }
  };
  return { mail, signUp, pass, breakers: service.breakers };
}

describe("while mail is down", () => {
  test.each([
    ["down", down],
    ["failing in another way", new NotDoneError("The mail server deferred the sender (451)")],
  ])(
    "an address that has had its mail of today is held like any other, and ends no outage, with mail %s",
    async (_, then) => {
      const { mail, signUp, pass } = setUp();
      await signUp("zoe@example.com");
      mail.failure = down;
      const views = [await signUp("joe@example.com"), await signUp("zoe@example.com")];
      mail.failure = then;
      const seen = views.map(() => new Set<string>());
      for (let look = 0; look < 60; look++) {
        await pass(1);
        for (const [index, view] of views.entries()) {
          const { status, attempts, error } = (await view()) ?? {};
          seen[index]?.add(JSON.stringify([status, attempts, error]));
        }
      }
      const [unknown, known] = seen;
      expect(known).toEqual(unknown);
      for (const look of known ?? []) expect(look).toContain('"held"');
      mail.failure = undefined;
      await pass(60);
      for (const view of views) expect(await view()).toMatchObject({ status: "succeeded" });
      expect(mail.to.filter((to) => to === "zoe@example.com")).toHaveLength(1);
    },
  );

  test.each([
    ["takes mail again", undefined, ["zoe@example.com", "hello@example.com"]],
    ["refuses the sender's own mailbox", new PermanentError("no such mailbox"), ["zoe@example.com"]],
  ])(
    "sign-ups of that address alone ask once a minute, and end the outage when the service %s",
    async (_, then, to) => {
      const { mail, signUp, pass, breakers } = setUp();
      await signUp("zoe@example.com");
      mail.failure = down;
      await breakers.open("mail", down.message);
      // A warm worker learns of it within a minute.
      await pass(1);
      const views = [];
      for (let flow = 0; flow < 5; flow++) views.push(await signUp("zoe@example.com"));
      const before = mail.tried;
      await pass(30);
      expect(mail.tried - before).toBeGreaterThan(10);
      expect(mail.tried - before).toBeLessThanOrEqual(30);
      mail.failure = then;
      await pass(30);
      for (const view of views) expect(await view()).toMatchObject({ status: "succeeded" });
      expect(mail.to).toEqual(to);
      expect((await breakers.read(["mail"]))[0]).not.toHaveProperty("since");
    },
  );
});
