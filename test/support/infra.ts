import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "@jest/globals";
import { App } from "aws-cdk-lib/core";
import { catalog } from "../../functions/catalog.ts";
import { addService, type ServiceOptions } from "../../infra/service.ts";
import { targets } from "../../infra/targets.ts";

/** This service, as `infra/app.ts` finds it. */
export const ownService = { directory: resolve("functions"), catalog };

/** What a test file synthesizes: left to itself, each app leaves a directory behind. */
const directory = mkdtempSync(join(tmpdir(), "errand-synth-"));
let apps = 0;
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * An app with the context of cdk.json, as `cdk synth` gives it, that bundles nothing. CloudFormation's own rules are left
 * to `cdk synth`: they are a program in WebAssembly that takes seconds to start.
 */
export function createApp(): App {
  const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
  const outdir = join(directory, `${apps++}`);
  return new App({
    outdir,
    builtinCloudFormationValidation: false,
    context: { ...context, "aws:cdk:bundling-stacks": [] },
  });
}

/** The service as `npx cdk synth -c mailFrom=hello@example.com` makes it, but for `options`. */
export function createService(options: Partial<ServiceOptions> = {}) {
  const app = createApp();
  const mail = { from: "Errand <hello@example.com>" };
  const stacks = addService(app, { service: ownService, mail, target: targets.aws, ...options });
  return { app, stacks };
}

export interface CfnResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a resource's properties are what CloudFormation says
  readonly Properties: Readonly<Record<string, any>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface CfnTemplate {
  readonly Resources: Readonly<Record<string, CfnResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** The templates of the service's stacks. */
export function createTemplates(options: Partial<ServiceOptions> = {}) {
  const { app, stacks } = createService(options);
  const assembly = app.synth();
  const template = (name: string): CfnTemplate => assembly.getStackByName(name).template;
  return {
    data: template(stacks.data.stackName),
    workers: template(stacks.workers.stackName),
    api: template(stacks.api.stackName),
    monitoring: template(stacks.monitoring.stackName),
  };
}

/** The resources of a type, by logical id. */
export function resourcesOf({ Resources }: CfnTemplate, type: string): Readonly<Record<string, CfnResource>> {
  return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => Type === type));
}

/**
 * The template's logical ids without the hash that CDK adds: readable, and the same as long as what they name is.
 */
export function plainId(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, "");
}
