import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { LOOPBACK } from "../support/loopback.ts";
import type { Mail } from "./effects.ts";

/** What becomes of a mail that came in whole: kept with 250, never answered, or refused with that reply. */
type PostAnswer = "keep" | "swallow" | 421 | 451 | 550;

interface Arrival extends Mail {
  readonly answer: PostAnswer;
}

/** An SMTP server that behaves as it is told. */
export interface PostOffice {
  readonly port: number;
  /** All mails that came in whole, in their order. */
  readonly arrivals: readonly Arrival[];
  /** What to answer; `earlier` mails to the same address had come before. Default: keeps each. */
  answer: (to: string, earlier: number) => PostAnswer;
  /** The mails that may have reached their readers: all but the refused ones. */
  delivered(): readonly Mail[];
  /** Answers 250 to all that were swallowed, and keeps what comes from now on. */
  release(): void;
  stop(): Promise<void>;
}

export async function startPostOffice(): Promise<PostOffice> {
  const arrivals: Arrival[] = [];
  const waiting: (() => void)[] = [];
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, { envelope }, reply) {
      // A client that is killed in the middle of its mail gets no answer.
      stream.resume().on("error", () => {});
      stream.on("end", () => receive(envelope.rcptTo[0]?.address ?? "", reply));
    },
  });
  server.on("error", () => {});
  await once(server.listen(0, LOOPBACK), "listening");

  function receive(to: string, reply: (error: Error | null, words?: string) => void): void {
    const answer = office.answer(to, arrivals.filter((arrival) => arrival.to === to).length);
    arrivals.push({ to, at: Date.now(), answer });
    if (answer === "keep") reply(null, "kept");
    else if (answer === "swallow") waiting.push(() => reply(null, "kept"));
    else reply(Object.assign(new Error("not now, not here"), { responseCode: answer }));
  }

  const office: PostOffice = {
    port: (server.server.address() as AddressInfo).port,
    arrivals,
    answer: () => "keep",
    delivered: () => arrivals.filter(({ answer }) => answer === "keep" || answer === "swallow"),
    release() {
      office.answer = () => "keep";
      for (const reply of waiting.splice(0)) reply();
    },
    async stop() {
      const closed = once(server.server, "close");
      server.close();
      await closed;
    },
  };
  return office;
}
