import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { LOOPBACK } from "../support/loopback.ts";

/** An SMTP server that keeps each mail's sender waiting: its job ends when it is told to. */
export interface HeldMails {
  readonly url: string;
  /** Takes the mail to an address, whether it has come or is still to come. */
  take(address: string): void;
  stop(): Promise<void>;
}

export async function holdMails(): Promise<HeldMails> {
  const taken = new Map<string, PromiseWithResolvers<void>>();
  const of = (address: string) => {
    const one = taken.get(address) ?? Promise.withResolvers<void>();
    taken.set(address, one);
    return one;
  };
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    onData(stream, { envelope }, answer) {
      const { promise } = of(envelope.rcptTo[0]?.address ?? "");
      stream.resume().once("end", () => void promise.then(() => answer(null, "Taken")));
    },
  });
  // A service that is killed leaves its connections as they are.
  server.on("error", () => {});
  await once(server.listen(0, LOOPBACK), "listening");
  return {
    url: `smtp://${LOOPBACK}:${(server.server.address() as AddressInfo).port}`,
    take: (address) => of(address).resolve(),
    async stop() {
      const closed = once(server.server, "close");
      server.close();
      await closed;
    },
  };
}
