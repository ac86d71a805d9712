import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { allowOwnParameter } from "./grants.ts";

/** A secret that the service makes itself, and where: CloudFormation can't make a SecureString. It stays when the stack goes. */
export interface OwnSecret {
  /** As functions are told it. */
  readonly place: `ssm:${string}`;
  allow(grantee: IFunction): void;
}

export function ownSecret(serviceName: string, name: "mailbox-key" | "webhook-secret"): OwnSecret {
  const parameter = `/errand/${serviceName}/${name}`;
  return {
    place: `ssm:${parameter}`,
    allow: (grantee) => allowOwnParameter(grantee, parameter),
  };
}
