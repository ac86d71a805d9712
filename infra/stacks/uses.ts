import type { EnvironmentVariables, ResourceVariables } from "../../functions/environment.ts";
import { describe, formatViolation, type JobDefinition } from "../../shared/index.ts";
import type { NodeFunction } from "../constructs/node-function.ts";
import type { DataResources } from "./data-stack.ts";
import { allowClaimedUploads, allowFiles, allowProfiles } from "./grants.ts";

/** What the resources that a job's `uses` names are made of here. */
export interface UsableResources extends Pick<DataResources, "files" | "profiles" | "uploads"> {
  /** Made when a job asks for it: a service without mail has no sender. */
  mail(): Use<ResourceVariables["mail"]>;
}

/** One resource in use: the variables that a function reads, and what it may do. */
export interface Use<Variables> {
  readonly variables: Variables;
  allow(worker: NodeFunction): void;
}

type Uses = { readonly [Name in keyof ResourceVariables]: Use<ResourceVariables[Name]> };

/** For each name that `uses` may hold, what it amounts to. */
function usesOf({ files, profiles, uploads, mail }: UsableResources): Uses {
  return {
    files: {
      variables: { FILES_BUCKET: files.bucketName },
      allow: (worker) => allowFiles(worker, files, "write"),
    },
    profiles: {
      variables: { PROFILES_TABLE: profiles.tableName },
      allow: (worker) => allowProfiles(worker, profiles),
    },
    uploads: {
      variables: { UPLOADS_BUCKET: uploads.bucketName },
      allow: (worker) => allowClaimedUploads(worker, uploads),
    },
    get mail() {
      return mail();
    },
  };
}

/**
 * What a job's `uses` amount to: its variables, and its grants.
 * @throws Error in the form `<job>.uses: <rule>, got <value>` where there is no such resource.
 */
export function readUses(
  { name: job, uses }: Pick<JobDefinition, "name" | "uses">,
  resources: UsableResources,
): Use<Partial<EnvironmentVariables>> {
  const known = usesOf(resources);
  const found = uses.map((name): Use<Partial<EnvironmentVariables>> => {
    if (isKnown(known, name)) return known[name];
    const rule = `one of ${Object.keys(known).join(", ")}`;
    throw new Error(formatViolation({ path: `${job}.uses`, rule, got: describe(name) }));
  });
  return {
    variables: Object.assign({}, ...found.map(({ variables }) => variables)),
    allow(worker) {
      for (const use of found) use.allow(worker);
    },
  };
}

function isKnown(known: Uses, name: string): name is keyof Uses {
  return Object.hasOwn(known, name);
}
