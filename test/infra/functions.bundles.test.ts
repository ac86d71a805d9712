import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { build, type Plugin } from "esbuild";
import { catalog } from "../../functions/catalog.ts";
import { packagesFor } from "../../infra/constructs/install-packages.ts";
import { bundling } from "../../infra/constructs/node-function.ts";
import { entryOf } from "../../infra/stacks/entry.ts";
import { dispatchQueue, notifyQueue, webhookQueue } from "../../shared/index.ts";
import { createTemplates, ownService, resourcesOf } from "../support/infra.ts";

const functions = ["api", "socket", ...catalog.jobs.keys(), notifyQueue, webhookQueue, dispatchQueue];
const watched = [
  "client-s3",
  "sharp",
  "client-ses",
  "client-apigatewaymanagementapi",
  "client-sesv2",
  "client-ssm",
  "nodemailer",
  "pdfkit",
  "to-json-schema",
];
/** What a function loads before it is asked for anything: a cold start pays for it. */
const loadedAtOnce: Readonly<Record<string, readonly string[]>> = {
  api: [],
  dispatch: [],
  notify: [],
  webhook: [],
  socket: [],
  "send-welcome-email": [],
  "create-profile": [],
  "render-receipt": ["pdfkit"],
  // At the first picture.
  "resize-avatar": [],
};
/** In KB: what is unpacked at a cold start, so that a dependency too many shows. */
const largest: Readonly<Record<string, number>> = {
  api: 650,
  dispatch: 560,
  socket: 560,
  notify: 600,
  // 180 of it, and of what sends mail, the client of the Parameter Store, which is loaded by who first needs a secret.
  webhook: 770,
  "send-welcome-email": 1160,
  "create-profile": 570,
  "render-receipt": 1560,
  // Without sharp, which lies beside it: 20 MB.
  "resize-avatar": 570,
};

/** What is asked of those that work no queue. */
const calls: Readonly<Record<string, { readonly event: object; readonly answer: object }>> = {
  api: {
    event: {
      rawPath: "/health",
      headers: {},
      requestContext: { stage: "$default", http: { method: "GET" } },
    },
    answer: { statusCode: 200 },
  },
  socket: {
    event: { requestContext: { eventType: "CONNECT", connectionId: "a=", connectedAt: 0 } },
    answer: { statusCode: 200 },
  },
};

/** Outside the repository, as in Lambda: its package.json says that files are ES modules. */
const directory = mkdtempSync(join(tmpdir(), "errand-bundles-"));
const bundleOf = (name: string) => join(directory, name, "index.js");

/** A module that is evaluated says so: `globalThis.evaluated` is what a bundle really loads. */
const noteEvaluation: Plugin = {
  name: "note-evaluation",
  setup({ onLoad }) {
    const filter = new RegExp(`/(${watched.join("|")})/.*\\.m?js$`);
    onLoad({ filter }, ({ path }) => {
      const name = watched.find(
        (candidate) => path.includes(`/node_modules/`) && path.includes(`/${candidate}/`),
      );
      const note = `(globalThis.evaluated ??= new Set()).add(${JSON.stringify(name)});\n`;
      return { contents: note + readFileSync(path, "utf8"), loader: "js" };
    });
  },
};

async function bundle(name: string, plugins: Plugin[] = []): Promise<number> {
  const { entry, packages } = entryOf(ownService, name);
  const { metafile } = await build({
    ...{ entryPoints: [entry], outfile: bundleOf(name), plugins, bundle: true, metafile: true },
    ...{ platform: "node", target: "node24", format: bundling.format, minify: bundling.minify },
    ...{ mainFields: [...bundling.mainFields], external: [...bundling.externalModules, ...packages] },
    ...{ define: bundling.define, banner: { js: bundling.banner }, logLevel: "silent" },
  });
  return Object.values(metafile.outputs)[0]?.bytes ?? 0;
}

/** Runs code in a Node of its own, with this environment and nothing of ours. */
function run(code: string, environment: Readonly<Record<string, string>> = {}): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", code], {
    ...{ encoding: "utf8", env: environment, cwd: directory, timeout: 30_000 },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  await Promise.all(functions.map((name) => bundle(name)));
}, 180_000);
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(functions)("the bundle of %s", (name) => {
  test("is of no more than its size", () => {
    expect(readFileSync(bundleOf(name)).length / 1000).toBeLessThan(largest[name] ?? 0);
  });

  test("loads in a plain Node, without any environment", () => {
    expect(run(`console.log(JSON.stringify(typeof require("./${name}").handler))`)).toBe("function");
  });

  test("answers with the variables of its template", () => {
    const { event, answer: expected } = calls[name] ?? {
      event: { Records: [] },
      answer: { batchItemFailures: [] },
    };
    const answer = run(
      `require("./${name}").handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 25000 })
        .then((answer) => console.log(JSON.stringify(answer)))`,
      { ...variablesOf(name), AWS_REGION: "us-east-1" },
    );
    expect(answer).toMatchObject(expected);
  });
});

describe("before it is asked for anything", () => {
  test.each(functions)("%s loads what it always needs and nothing else", async (name) => {
    await bundle(name, [noteEvaluation]);
    const loaded = run(
      `require("./${name}"); console.log(JSON.stringify([...(globalThis.evaluated ?? [])].sort()))`,
    );
    expect(loaded).toEqual(loadedAtOnce[name]);
  });
});

test.each([
  ["ses", ["client-sesv2", "nodemailer"]],
  ["ses-v1", ["client-ses", "nodemailer"]],
  ["smtp", ["nodemailer"]],
])("for mail by %s the mailer in use is loaded, and no other", async (service, loaded) => {
  const name = "send-welcome-email";
  await bundle(name, [noteEvaluation]);
  const evaluated = run(
    `require("./${name}").handler({ Records: [] }, { getRemainingTimeInMillis: () => 25000 })
      .then(() => console.log(JSON.stringify([...globalThis.evaluated].sort())))`,
    {
      ...{ ...variablesOf(name), AWS_REGION: "us-east-1" },
      ...{ MAIL_SERVICE: service, MAIL_SMTP_URL: "smtp://127.0.0.1:25" },
    },
  );
  expect(evaluated).toEqual(loaded);
});

test("the files that a bundle brings are there, and are those that its code reads", () => {
  const { files } = entryOf(ownService, "render-receipt");
  const { fonts = [] } = files;
  const source = readFileSync(new URL("../../functions/render-receipt/fonts.ts", import.meta.url), "utf8");
  expect([...source.matchAll(/"([^"]+\.ttf)"/g)].map(([, path]) => path).sort()).toEqual([...fonts].sort());
  for (const path of fonts) expect(existsSync(fileURLToPath(import.meta.resolve(path)))).toBe(true);
  expect(new Set(fonts.map((path) => basename(path))).size).toBe(fonts.length);
});

describe("packages that are brought as they are", () => {
  const machineOf = (file: string) => readFileSync(file).readUInt16LE(18);
  // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine.
  const machines = { arm64: 183, x64: 62 } as const;

  test.each(["arm64", "x64"] as const)("have the binaries of Lambda's %s, and no other's", (cpu) => {
    const { packages } = entryOf(ownService, "resize-avatar");
    const folder = packagesFor(packages, { cpu });
    expect(
      readdirSync(folder)
        .filter((name) => !name.startsWith("."))
        .sort(),
    ).toEqual(["@img", "detect-libc", "semver", "sharp"]);
    const binaries = readdirSync(join(folder, "@img"), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.node$|\.so\b/.test(name))
      .sort();
    expect(binaries).toEqual([
      expect.stringMatching(`^sharp-libvips-linux-${cpu}/lib/libvips-cpp\\.so\\.`),
      expect.stringMatching(`^sharp-linux-${cpu}/lib/sharp-linux-${cpu}-.*\\.node$`),
    ]);
    for (const name of binaries) expect(machineOf(join(folder, "@img", name))).toBe(machines[cpu]);
  });

  test("are found by the bundle, and make a picture", () => {
    const cpu = process.arch === "arm64" ? "arm64" : "x64";
    const { packages } = entryOf(ownService, "resize-avatar");
    symlinkSync(packagesFor(packages, { cpu }), join(directory, "resize-avatar", "node_modules"));
    const made = run(
      `require("node:module").createRequire("${bundleOf("resize-avatar")}")("sharp")({ create: { width: 8, height: 8, channels: 3, background: "red" } })
        .avif().toBuffer().then((bytes) => console.log(JSON.stringify(bytes.subarray(4, 12).toString("latin1"))))`,
    );
    expect(made).toBe("ftypavif");
  });
});

/** As CloudFormation writes them, with names for what it has not made here. */
function variablesOf(name: string): Readonly<Record<string, string>> {
  const { workers, api } = createTemplates();
  const id = name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const functions = [workers, api].flatMap((template) =>
    Object.entries(resourcesOf(template, "AWS::Lambda::Function")),
  );
  const [, found] = functions.find(([logicalId]) => logicalId.startsWith(id)) ?? [];
  const variables: Readonly<Record<string, unknown>> = found?.Properties["Environment"].Variables ?? {};
  return Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, textOf(value)]));
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const { "Fn::Join": join } = Object(value);
  return join ? join[1].map(textOf).join(join[0]) : "http://127.0.0.1/resource";
}
