import { exampleCurl } from "../example-curl.ts";
import type { Deployed } from "./emulators.ts";
import type { Ministack } from "./ministack.ts";

/** What a person does next, wherever it was deployed. */
function deployed(url: string, certificate?: string): string {
  return `
Errand is deployed to ${url}

Sign somebody up:

  ${exampleCurl(url, certificate)}

  flow      curl '${url}/flows/<id>' -H 'authorization: Bearer <token>', both from the answer
`;
}

export function ministackRuns({ url }: Deployed, { endpoint, certificate, directory }: Ministack): string {
  return `${deployed(url, certificate)}  mails     ${endpoint}/_ministack/ses/messages
  AWS       AWS_ENDPOINT_URL=${endpoint} and any keys, for the AWS CLI and SDKs
  log       ${directory}/ministack.log

Ctrl-C stops it, and what was deployed is gone.
`;
}

export function localstackRuns({ url, deploy }: Deployed): string {
  return `${deployed(url)}  mails     ${deploy.endpoint}/_aws/ses
  again     npm run deploy:localstack, after each restart: nothing of it outlives its container
`;
}

export function awsNextSteps(url: string): string {
  return `${deployed(url)}
No mail leaves before the sender is verified, and none to strangers before SES has let the account out of its sandbox;
until then jobs that send mail wait or fail, as docs/mail.md says. The stacks' outputs above have the DNS records.
`;
}
