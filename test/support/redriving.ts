import { defineCatalog } from "../../shared/catalog/catalog.ts";
import type { JobHandler } from "../../shared/catalog/handler.ts";
import { PermanentError } from "../../shared/catalog/job-errors.ts";
import type { StartOptions } from "../../shared/producer/producer.ts";
import { deadLetterQueue, dispatchQueue, type QueueName } from "../../shared/queue/queue.ts";
import { createMemoryLetterBox } from "../../shared/redrive/memory-letter-box.ts";
import type { RedrivePorts } from "../../shared/redrive/redrive-letter.ts";
import { type Outcome, type RedriveOptions, redriveLetters } from "../../shared/redrive/redrive-letters.ts";
import { mail, pdf, signUp, zoe } from "./engine.ts";
import { createMemoryService } from "./memory-service.ts";

const catalog = defineCatalog({ flows: [signUp], jobs: [mail, pdf] });

/** The engine over memory adapters, a sign-up whose mail has failed for good, and what an operator redrives with. */
export async function failedSignUp() {
  const service = createMemoryService(["mail", "pdf"]);
  const sent: string[] = [];
  let broken = true;
  const sendMail: JobHandler<unknown> = async (_, { id, run }) => {
    if (broken) throw new PermanentError("no such mailbox");
    sent.push(`${id} ${run}`);
  };
  let pdfs = 0;
  const fixture = {
    ...service,
    /** The mails that went out, by job and run. */
    sent,
    pdfs: () => pdfs,
    /** Mends what made mails fail. */
    mend: () => {
      broken = false;
    },
    /** Works every queue until nothing is visible any more. */
    async workAll() {
      while ([dispatchQueue, "mail", "pdf"].some((name) => isVisible(name))) {
        await service.dispatch(catalog);
        await service.work(mail, sendMail);
        await service.work(pdf, async () => {
          pdfs++;
        });
      }
    },
    catalog,
    async signUp(options: StartOptions = {}): Promise<string> {
      const { flow } = await service.producer(catalog).start(signUp, zoe, options);
      await fixture.workAll();
      return flow.id;
    },
  };
  const isVisible = (name: QueueName) =>
    (service.queue.nextVisibleAt(name) ?? Number.POSITIVE_INFINITY) <= service.clock.now();
  const ports: RedrivePorts = { ...service.ports, letters: createMemoryLetterBox(service.queue) };
  return { ...fixture, redrivePorts: ports, flow: await fixture.signUp() };
}

/** Redrives letters, all unless it is said which, while time passes; answers what became of them, in order. */
export async function redriveAll(
  { clock }: Pick<Awaited<ReturnType<typeof failedSignUp>>, "clock">,
  ports: RedrivePorts,
  options: Partial<RedriveOptions> = {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let done = false;
  const work = redriveLetters(ports, {
    ...{ queues: ["dispatch", "mail", "pdf"], isWanted: () => true, perSecond: 10, dryRun: false },
    ...{ signal: new AbortController().signal, onFound: () => {} },
    onOutcome: (_, outcome) => outcomes.push(outcome),
    ...options,
  }).finally(() => {
    done = true;
  });
  // Its end is awaited below, also where it throws meanwhile.
  work.catch(() => {});
  while (!done) await clock.pass(10);
  await work;
  return outcomes;
}

/** Moves every letter of a queue back to it, as SQS's own redrive does: new ids, the same body and attributes. */
export async function moveLettersBack(
  { queue }: Pick<Awaited<ReturnType<typeof failedSignUp>>, "queue">,
  name: QueueName,
): Promise<void> {
  for (const { receipt, body, attributes } of queue.receive(deadLetterQueue(name), {
    max: 10,
    visibilitySeconds: 1,
  })) {
    await queue.send(name, [{ body, attributes }]);
    queue.remove(deadLetterQueue(name), receipt);
  }
}
