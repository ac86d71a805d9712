import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Validations } from "aws-cdk-lib/core";

/** Says why a function's grant names its resource with a wildcard; cdk-nag refuses those that nobody explains. */
export function explainWildcard(grantee: IFunction, resource: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${nagName(grantee.stack.resolve(resource))}]`;
  if (grantee.role) Validations.of(grantee.role).acknowledge({ id, reason });
}

/** An ARN as cdk-nag writes it: `<Files8E6940B8.Arn>/*`. */
function nagName(arn: unknown): string {
  if (typeof arn !== "object" || arn === null) return String(arn);
  const { "Fn::Join": join, "Fn::GetAtt": attribute, Ref: reference } = arn as CfnFunction;
  if (join) return join[1].map(nagName).join(join[0]);
  return attribute ? `<${attribute.join(".")}>` : `<${reference}>`;
}

interface CfnFunction {
  readonly "Fn::Join"?: readonly [string, readonly unknown[]];
  readonly "Fn::GetAtt"?: readonly [string, string];
  readonly Ref?: string;
}
