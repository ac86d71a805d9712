import {
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  paginateListRolePolicies,
  paginateListRoles,
} from "@aws-sdk/client-iam";
import {
  array,
  type InferOutput,
  literal,
  looseObject,
  parse,
  parseJson,
  pipe,
  string,
  transform,
  union,
} from "valibot";

/** One text or several, as policies write it. */
const list = pipe(
  union([string(), array(string())]),
  transform((texts) => [texts].flat()),
);
/** Only what allows: a statement that denies would be no grant, and there is none. */
const statement = looseObject({ Effect: literal("Allow"), Action: list, Resource: list });
const document = looseObject({ Statement: array(statement) });

/** An inline policy of a role. */
export interface Policy {
  readonly role: string;
  readonly name: string;
  readonly document: InferOutput<typeof document>;
}

/** One action on one resource. */
export interface Right {
  readonly action: string;
  readonly resource: string;
}

export function rightsOf({ document: { Statement } }: Policy): readonly Right[] {
  return Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))),
  );
}

/** The policy without some of its rights, each with the conditions that it had. */
export function without(policy: Policy, isTaken: (right: Right) => boolean): Policy {
  const Statement = policy.document.Statement.flatMap((each) =>
    each.Action.map((action) => ({
      ...each,
      Action: [action],
      Resource: each.Resource.filter((resource) => !isTaken({ action, resource })),
    })),
  ).filter(({ Resource }) => Resource.length > 0);
  return { ...policy, document: { ...policy.document, Statement } };
}

/** The policies of the roles whose names begin so. */
export async function readPolicies(client: IAMClient, prefix: string): Promise<readonly Policy[]> {
  const policies: Policy[] = [];
  for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
    for (const { RoleName: role = "" } of Roles.filter(({ RoleName }) => RoleName?.startsWith(prefix))) {
      for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName: role })) {
        for (const name of PolicyNames) policies.push(await readPolicy(client, role, name));
      }
    }
  }
  return policies;
}

async function readPolicy(client: IAMClient, role: string, name: string): Promise<Policy> {
  const command = new GetRolePolicyCommand({ RoleName: role, PolicyName: name });
  const { PolicyDocument = "" } = await client.send(command);
  const text = decodeURIComponent(PolicyDocument);
  return { role, name, document: parse(pipe(string(), parseJson(), document), text) };
}

/** Makes the policy what is given, at once. */
export async function putPolicy(client: IAMClient, { role, name, document }: Policy): Promise<void> {
  const PolicyDocument = JSON.stringify(document);
  await client.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: name, PolicyDocument }));
}
