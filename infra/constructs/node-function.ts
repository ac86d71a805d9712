import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, Runtime, Tracing } from "aws-cdk-lib/aws-lambda";
import {
  type BundlingOptions,
  type ICommandHooks,
  LogLevel,
  NodejsFunction,
  type NodejsFunctionProps,
  OutputFormat,
} from "aws-cdk-lib/aws-lambda-nodejs";
import { type ILogGroup, LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { RemovalPolicy, Validations } from "aws-cdk-lib/core";
import type { Construct } from "constructs";

/** Files of packages, by the folder beside the bundle into which they are copied. */
export type BundledFiles = Readonly<Record<string, readonly string[]>>;

export interface NodeFunctionProps extends Omit<NodejsFunctionProps, "role" | "logGroup"> {
  /** The file that exports `handler`. */
  readonly entry: string;
  /** Default none. */
  readonly files?: BundledFiles;
  /** Shell commands that put more beside the bundle, given its directory. Default none. */
  readonly addToBundle?: (directory: string) => readonly string[];
  /** Packages that are brought as they are, with what they need, since they load a binary of their platform. Default none. */
  readonly packages?: readonly string[];
  /** Default one of its own, kept for a month. */
  readonly logGroup?: ILogGroup;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Asked for where there are neither keys in the environment nor a role: never in Lambda, so 60 KB that nobody loads. */
const unusedCredentials = ["ini", "process", "sso", "web-identity"].map(
  (name) => `@aws-sdk/credential-provider-${name}`,
);

/**
 * How functions are bundled: CommonJS, minified, ES modules' sources first; of all ways measured it starts fastest. The
 * AWS SDK is our own, not whichever the runtime has today. No source map: reading one costs a quarter of a cold start.
 */
export const bundling = {
  format: OutputFormat.CJS,
  minify: true,
  mainFields: ["module", "main"],
  sourceMap: false,
  bundleAwsSDK: true,
  externalModules: unusedCredentials,
  // CommonJS has no `import.meta`, and pdfkit asks for its URL as soon as it is loaded.
  define: { "import.meta.url": "bundleUrl" },
  banner: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;",
  logLevel: LogLevel.WARNING,
} as const satisfies BundlingOptions;

/**
 * A function on Node 24: bundled by esbuild without Docker, on arm64, with a log group of its own and a role that may
 * write to that and nothing else. What is given replaces these defaults; environments and bundling options are merged.
 */
export class NodeFunction extends NodejsFunction {
  constructor(
    scope: Construct,
    id: string,
    { files = {}, packages = [], addToBundle = () => [], ...props }: NodeFunctionProps,
  ) {
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    const logGroup =
      props.logGroup ??
      new LogGroup(scope, `${id}Logs`, {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    logGroup.grantWrite(role);
    if (props.vpc) allowVpc(role);
    if (props.tracing === Tracing.ACTIVE) explainTracing(role);
    const architecture = props.architecture ?? Architecture.ARM_64;
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      memorySize: 512,
      projectRoot: root,
      depsLockFilePath: join(root, "package-lock.json"),
      awsSdkConnectionReuse: false,
      ...props,
      architecture,
      role,
      logGroup,
      bundling: {
        ...bundling,
        externalModules: [...bundling.externalModules, ...packages],
        commandHooks: afterBundling((output) => [
          ...copyCommands(files, output),
          ...installCommands(packages, architecture, output),
          ...addToBundle(output),
        ]),
        ...props.bundling,
      },
    });
  }
}

/** In a VPC a function's network interfaces are its own to make; EC2 knows no resource to name for that. */
function allowVpc(role: Role): void {
  const actions = [
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
  ];
  role.addToPolicy(
    new PolicyStatement({ actions: actions.map((action) => `ec2:${action}`), resources: ["*"] }),
  );
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason: "Lambda checks these EC2 actions without a resource when it attaches a function to a VPC.",
  });
}

/** CDK grants what active tracing needs, `xray:PutTraceSegments` and `xray:PutTelemetryRecords`, itself. */
function explainTracing(role: Role): void {
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason: "X-Ray's actions that write traces know no resources.",
  });
}

function afterBundling(commands: (output: string) => string[]): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_, output) => commands(output),
  };
}

function copyCommands(files: BundledFiles, output: string): string[] {
  const { resolve } = createRequire(import.meta.url);
  return Object.entries(files).flatMap(([folder, names]) => {
    const target = join(output, folder);
    return [
      `mkdir -p "${target}"`,
      ...names.map((name) => `cp "${resolve(name)}" "${join(target, basename(name))}"`),
    ];
  });
}

const installer = fileURLToPath(new URL("./install-packages.ts", import.meta.url));

function installCommands(packages: readonly string[], { name }: Architecture, output: string): string[] {
  if (packages.length === 0) return [];
  const cpu = name === Architecture.ARM_64.name ? "arm64" : "x64";
  const node = `"${process.execPath}" --disable-warning=ExperimentalWarning`;
  return [`${node} "${installer}" ${cpu} "${output}" ${packages.join(" ")}`];
}
