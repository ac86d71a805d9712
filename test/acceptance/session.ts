import { randomBytes } from "node:crypto";
import type { UploadForm } from "../../functions/uploads.ts";
import type { FlowView } from "../../shared/flow/flow-view.ts";
import type { DeliveryView } from "../../shared/webhook/delivery-view.ts";
import { eventually } from "../support/eventually.ts";
import { type CallOptions, createHttpClient } from "../support/http-client.ts";
import { mailsOf } from "./access/mails.ts";
import { openResources } from "./access/resources.ts";
import { target } from "./target.ts";
import { tidyUp } from "./tidy-up.ts";

/** A flow as its status shows it. */
type ShownFlow = FlowView & { readonly deliveries?: readonly DeliveryView[] };

export interface Person {
  readonly email: string;
  readonly name: string;
  readonly plan?: string;
  readonly locale?: string;
  readonly bio?: string;
  /** An upload's id. */
  readonly avatar?: string;
}

export interface Accepted {
  readonly flow: FlowView;
  readonly token: string;
}

/** So long a file waits at its end for flows that it didn't wait for itself. */
const settlingMs = 30_000;

/**
 * What a test file does with the target: calls its API and looks at what came of it. `end` takes away whatever was
 * created by it, so that the suite can run again and again on a live stack; and throws where a function was refused
 * something: a missing grant alone fails few tests, since the engine tries again what failed.
 */
export function openSession() {
  const http = createHttpClient(target.url);
  const resources = openResources();
  const started = { flows: new Map<string, Accepted>(), emails: new Set<string>(), uploads: [] as string[] };
  const ended = new Set<string>();
  const run = randomBytes(6).toString("hex");
  const openedAt = Date.now();
  let [people, deadOrigins] = [0, 0];

  async function start(path: string, options: CallOptions): Promise<Accepted> {
    const key = { "idempotency-key": randomBytes(16).toString("hex") };
    const { status, body } = await callUntilTaken(path, {
      ...options,
      ...{ method: "POST", headers: { ...key, ...options.headers } },
    });
    if (status !== 202) throw new Error(`POST ${path}: 202, got ${status} ${body}`);
    const accepted = JSON.parse(body.toString()) as Accepted;
    started.flows.set(accepted.flow.id, accepted);
    return accepted;
  }

  /**
   * As a client should: what is throttled, unavailable, or lost by a gateway that waited too long, is repeated with the
   * same key. An emulator starts a process for each of 200 requests at once.
   */
  async function callUntilTaken(path: string, options: CallOptions) {
    return wait(async () => {
      const answer = await http.call(path, options);
      return [429, 502, 503, 504].includes(answer.status) ? undefined : answer;
    });
  }

  /** The flow as it stands. */
  async function view({ flow, token }: Pick<Accepted, "flow" | "token">): Promise<ShownFlow> {
    const { status, body } = await callUntilTaken(`/flows/${flow.id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (status !== 200) throw new Error(`GET /flows/${flow.id}: 200, got ${status} ${body}`);
    return JSON.parse(body.toString()) as ShownFlow;
  }

  async function read(accepted: Pick<Accepted, "flow" | "token">): Promise<ShownFlow | undefined> {
    const seen = await view(accepted);
    if (seen.status === "running") return undefined;
    ended.add(seen.id);
    return seen;
  }

  /** Nothing is under way any more: a message that comes after its flow was taken away would end as a dead letter. */
  async function isQuiet(): Promise<boolean> {
    for (const accepted of started.flows.values()) {
      if (!ended.has(accepted.flow.id) && !(await read(accepted))) return false;
    }
    return (await resources.waiting()) === 0;
  }

  const wait = <Value>(probe: () => Promise<Value | undefined>) => eventually(probe, target);
  return {
    ...resources,
    call: http.call,
    /** What the probe answers as soon as that isn't undefined. */
    eventually: wait,
    /** Somebody whom no other run knows. */
    person(details: Partial<Person> = {}): Person {
      const label = `${run}-${++people}`;
      return { email: target.address(label), name: `Person ${label}`, ...details };
    },
    /**
     * An origin that nobody can have (RFC 6761), of this run alone: behind one that another test has found to be down, a webhook
     * would wait for minutes without an attempt of its own.
     */
    deadOrigin: () => `https://${run}-${++deadOrigins}.invalid`,
    async signUp(person: Person, headers: Readonly<Record<string, string>> = {}): Promise<Accepted> {
      started.emails.add(person.email);
      return start("/sign-ups", { json: person, headers });
    },
    /** An upload's id, and the form by which its file is sent. */
    async offerUpload(type: string, size: number): Promise<UploadForm & { readonly id: string }> {
      const json = { kind: "avatar", type, size };
      const { status, body } = await callUntilTaken("/uploads", { method: "POST", json });
      if (status !== 201) throw new Error(`POST /uploads: 201, got ${status} ${body}`);
      const offered = JSON.parse(body.toString()) as UploadForm & { readonly id: string };
      started.uploads.push(offered.id);
      return offered;
    },
    startTestFlow: (name: string, input: unknown = {}) => start(`/test-flows/${name}`, { json: input }),
    view,
    /** The flow, once each of its jobs has ended. */
    finished: (accepted: Accepted) => wait(() => read(accepted)),
    /** The letter of a flow's job, taken out of its queue. */
    deadLetter: ({ flow }: Accepted, queue: string) =>
      wait(async () => {
        const letters = await resources.takeDeadLetters(queue, ({ attributes }) =>
          Boolean(attributes["job"]?.startsWith(`${flow.id}.`)),
        );
        return letters[0];
      }),
    async mailsTo({ email }: Person) {
      const mails = (await mailsOf[target.name]?.(http)) ?? [];
      return mails.filter(({ to }) => to.some((address) => address.toLowerCase() === email.toLowerCase()));
    },
    async end() {
      const deadline = Date.now() + settlingMs;
      await wait(async () => (Date.now() > deadline || (await isQuiet()) ? true : undefined));
      const { flows, emails, uploads } = started;
      await tidyUp(resources, { flows: [...flows.keys()], emails: [...emails], uploads, ended });
      const refusals = target.cannotShow.refusals ? [] : await resources.refusals(openedAt);
      resources.close();
      http.close();
      if (refusals.length === 0) return;
      throw new Error(`no function may be refused what it asks for, got\n${refusals.join("\n")}`);
    },
  };
}
