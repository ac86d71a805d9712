import { curl, type ExampleOptions, exampleCurl } from "../example-curl.ts";
import { standInVariables } from "../stand-in-environment.ts";
import type { Deployed } from "./emulators.ts";
import type { Ministack } from "./ministack.ts";

/** What a person does next, wherever it was deployed. */
function deployed(url: string, options: ExampleOptions = {}): string {
  return `
Errand is deployed to ${url}

Sign up at ${url.replace(/\/?$/, "/")} or by a line in a shell:

  ${exampleCurl(url, options)}

  flow      ${curl(options)} '${url}/flows/<id>' -H 'authorization: Bearer <token>', both from the answer
`;
}

export function ministackRuns({ url }: Deployed, { endpoint, certificate, directory }: Ministack): string {
  const { AWS_ACCESS_KEY_ID: key } = standInVariables(endpoint);
  const trust = certificate === undefined ? "" : `, NODE_EXTRA_CA_CERTS and AWS_CA_BUNDLE=${certificate}`;
  return `${deployed(url, { certificate })}  mails     ${curl({ certificate })} ${endpoint}/_ministack/ses/messages
  AWS       AWS_ENDPOINT_URL=${endpoint} with ${key} for both keys${trust}: for the AWS CLI and SDKs
  log       ${directory}/ministack.log

Ctrl-C stops it, and what was deployed is gone.
`;
}

export function localstackRuns({ url, deploy }: Deployed): string {
  return `${deployed(url)}  mails     ${deploy.endpoint}/_aws/ses
  again     npm run deploy:localstack, after each restart: nothing of it outlives its container
`;
}

/** To SES's simulator: it takes mail in the sandbox too, and nobody gets any. */
export function awsNextSteps(url: string): string {
  return `${deployed(url, { email: "success@simulator.amazonses.com" })}
No mail leaves before SES has verified the sender, and none to strangers before it has let the account out of its sandbox;
until then jobs that send mail wait or fail. docs/mail.md has both steps; the stacks' outputs above have the DNS records.
`;
}
