import { expect, test } from "@jest/globals";
import { finished, profileIds, signUp } from "../support/embedded.ts";
import { serveTests } from "../support/serve-tests.ts";

/** A hundred in `npm test`, a thousand in CI. */
const count = Number(process.env["ERRAND_SIGN_UPS"] ?? 100);
const service = await serveTests();

test(
  `${count} sign-ups at once all succeed, with one mail, one profile and one receipt each`,
  async () => {
    const emails = Array.from({ length: count }, (_, index) => `person-${index}@example.com`).sort();
    const accepted = await Promise.all(emails.map((email) => signUp(service, { email, name: "Person" })));
    for (const each of accepted) expect((await finished(service, each)).status).toBe("succeeded");
    const mails = await service.json<{ to: string }[]>("/_local/mail");
    expect(mails.map(({ to }) => to).sort()).toEqual(emails);
    const files = await service.json<{ key: string }[]>("/_local/files");
    expect(files.map(({ key }) => key).sort()).toEqual(
      accepted.map(({ flow }) => `${flow.id}/render-receipt/0/receipt.pdf`).sort(),
    );
    expect((await profileIds(service)).sort()).toEqual(emails);
  },
  60_000 + count * 300,
);
