import { describe, InvalidInputError, type Producer, parseInput } from "../../shared/index.ts";
import { signUp, signUpInput } from "../sign-up.ts";
import type { Uploads } from "../uploads.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { type StartAnswer, startFlow } from "./start-flow.ts";

export interface SignUpPorts extends StartAnswer {
  readonly producer: Producer;
  readonly uploads: Pick<Uploads, "claim">;
}

/** Starts a sign-up, as `startFlow` does; an avatar is claimed for it first, and none that hasn't arrived is accepted. */
export function startSignUp(ports: SignUpPorts, request: HttpRequest): Promise<HttpResponse> {
  const prepare = (input: unknown, flow: string) => claimAvatar(ports, input, flow);
  return startFlow(ports.producer, signUp, request, { socketUrl: ports.socketUrl, prepare });
}

/**
 * The claim is under the flow's id, which follows from the key: the same request again finds the same claim, also when the
 * upload itself is long gone.
 */
async function claimAvatar({ uploads }: SignUpPorts, input: unknown, flow: string): Promise<void> {
  const { avatar } = await parseInput(signUpInput, input);
  if (avatar === undefined || (await uploads.claim(avatar, flow))) return;
  const rule = "an upload that was sent, within the last day";
  throw new InvalidInputError([{ path: "avatar", rule, got: describe(avatar) }]);
}
