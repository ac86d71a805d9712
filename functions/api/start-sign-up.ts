import {
  describe,
  type Entropy,
  flowIdOfKey,
  InvalidInputError,
  type Producer,
  parseInput,
  randomId,
  UnavailableError,
} from "../../shared/index.ts";
import { signUp, signUpInput } from "../sign-up.ts";
import type { Uploads } from "../uploads.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { type Start, type StartAnswer, startFlow } from "./start-flow.ts";

export interface SignUpPorts extends StartAnswer {
  readonly producer: Producer;
  readonly uploads: Pick<Uploads, "claim">;
  readonly entropy: Entropy;
}

/** Starts a sign-up, as `startFlow` does; an avatar is claimed for it first, and none that hasn't arrived is accepted. */
export function startSignUp(ports: SignUpPorts, request: HttpRequest): Promise<HttpResponse> {
  const prepare = (start: Start) => claimAvatar(ports, start);
  return startFlow(ports.producer, signUp, request, { socketUrl: ports.socketUrl, prepare });
}

/**
 * The claim is under the flow's id, which follows from the key: the same request again finds the same claim, also when the
 * upload itself is long gone.
 */
async function claimAvatar(
  { uploads, entropy }: SignUpPorts,
  { input, idempotencyKey }: Start,
): Promise<string | undefined> {
  if (typeof input !== "object" || input === null || !Object.hasOwn(input, "avatar")) return idempotencyKey;
  const { avatar } = await parseInput(signUpInput, input);
  if (avatar === undefined) return idempotencyKey;
  const key = idempotencyKey ?? randomId(entropy);
  const flow = flowIdOfKey(signUp.name, key);
  const isClaimed = await uploads.claim(avatar, flow).catch((error: unknown) => {
    throw new UnavailableError(flow, key, error);
  });
  if (isClaimed) return key;
  const rule = "an upload that was sent, within the last day";
  throw new InvalidInputError([{ path: "avatar", rule, got: describe(avatar) }]);
}
