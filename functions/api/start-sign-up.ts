import { describe, InvalidInputError, type Producer } from "../../shared/index.ts";
import { signUp } from "../sign-up.ts";
import type { Claim, Uploads } from "../uploads.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { type StartAnswer, startFlow } from "./start-flow.ts";

export interface SignUpPorts extends StartAnswer {
  readonly producer: Producer;
  readonly uploads: Pick<Uploads, "claim">;
}

/**
 * Starts a sign-up, as `startFlow` does; its avatar is claimed for it once nothing else is wrong with the request, and
 * none that hasn't arrived or is another sign-up's is accepted.
 */
export function startSignUp({ uploads, ...ports }: SignUpPorts, request: HttpRequest): Promise<HttpResponse> {
  return startFlow(ports.producer, signUp, request, {
    socketUrl: ports.socketUrl,
    prepare(input) {
      if (typeof input !== "object" || input === null || !Object.hasOwn(input, "avatar")) return undefined;
      const { avatar } = input as { readonly avatar?: unknown };
      return (flow) => claimAvatar(uploads, avatar, flow);
    },
  });
}

/** What is refused, and by which rule. */
const rules: Readonly<Record<Exclude<Claim, "claimed">, string>> = {
  missing: "an upload that was sent, within the last day",
  taken: "an upload that no other sign-up has used",
};

/** By then the input has been parsed: an avatar is the id of an upload. */
async function claimAvatar(uploads: SignUpPorts["uploads"], avatar: unknown, flow: string): Promise<void> {
  const claim = await uploads.claim(String(avatar), flow);
  if (claim !== "claimed")
    throw new InvalidInputError([{ path: "avatar", rule: rules[claim], got: describe(avatar) }]);
}
