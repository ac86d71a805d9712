import type { SesRule } from "./ses-rule.ts";

const systemErrors = "nodejs.org/api/errors.html#common-system-errors";
const certificates = "nodejs.org/api/tls.html#x509-certificate-error-codes";
const sdkTimeouts = "@smithy/node-http-handler";

/** No answer: what counts is whether a byte of the request may have left. */

/** Nothing of it has. */
export const notHandedOver: readonly SesRule[] = [
  // No keys at all: so it is for every mail until somebody mends the function's role.
  {
    names: ["CredentialsProviderError"],
    outcome: "outage",
    words: "There are no credentials for SES",
    source: "@smithy/property-provider",
  },
  // Mostly the job's deadline. It says nothing of SES.
  {
    outcome: "try again",
    words: "The request to SES was not sent",
    source: "ses-sending.ts",
  },
];

/** It may have, unless no connection was made. */
export const handedOver: readonly SesRule[] = [
  // Name, way and certificate are the endpoint's, the same for each mail; all come before the request is written.
  {
    names: ["ENOTFOUND", "EAI_AGAIN"],
    outcome: "outage",
    words: "The name of SES could not be resolved",
    source: systemErrors,
  },
  {
    names: ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"],
    outcome: "outage",
    words: "No connection to SES",
    source: systemErrors,
  },
  {
    names: ["CERT_*", "UNABLE_TO_*", "SELF_SIGNED_*", "DEPTH_ZERO_*", "ERR_TLS_CERT_*"],
    outcome: "outage",
    words: "The certificate of SES is not trusted",
    source: certificates,
  },
  // The first: @smithy's timeout of connecting. The second: Node's, of a connection cut in the handshake (ECONNRESET).
  {
    says: [
      "@smithy/node-http-handler - the request socket did not establish",
      "the request socket did not establish",
    ],
    outcome: "outage",
    words: "No connection to SES in time",
    source: sdkTimeouts,
  },
  {
    says: ["Client network socket disconnected before secure TLS connection was established"],
    outcome: "outage",
    words: "No secure connection to SES",
    source: "nodejs.org/api/tls.html",
  },
  // This process has no port or file descriptor left. The next one has: nobody else need wait.
  {
    names: ["EADDRNOTAVAIL", "EMFILE"],
    outcome: "try again",
    words: "This worker could make no connection to SES",
    source: systemErrors,
  },
  // A reset, a timeout or an abort after the request may have left; a success that can't be read.
  {
    outcome: "unknown",
    words: "The answer of SES is missing after the request was sent",
    source: "docs/decisions/0006-mail.md",
  },
];
