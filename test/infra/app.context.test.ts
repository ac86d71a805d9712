import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import { readContext } from "../../infra/context.ts";
import { loadServiceFolder } from "../../infra/service-folder.ts";
import { entryOf } from "../../infra/stacks/entry.ts";
import { targets } from "../../infra/targets.ts";
import { allowedOrigin } from "../acceptance/targets.ts";
import { createTemplates, ownService, plainId, resourcesOf } from "../support/infra.ts";

const contextOf = (values: Readonly<Record<string, unknown>>) => readContext((name) => values[name]);

describe("-c", () => {
  test("mailFrom is enough: this service on AWS, and what is stored stays", () => {
    expect(contextOf({ mailFrom: "hello@example.com" })).toEqual({
      target: targets.aws,
      stage: "production",
      folder: resolve("functions"),
      tracing: false,
      mail: { from: "hello@example.com", identity: "domain" },
      alarms: {},
      webhooks: [],
      api: { corsOrigins: [], clientRatePerSecond: 10 },
    });
  });

  test("clientRatePerSecond limits each client; the acceptance suite, which is one, is let through", () => {
    const rateOf = (values: object) => {
      const { api } = contextOf({ mailFrom: "hello@example.com", ...values });
      const [function_] = Object.values(
        resourcesOf(createTemplates({ ...(api ? { api } : {}) }).api, "AWS::Lambda::Function"),
      );
      return function_?.Properties["Environment"].Variables["CLIENT_RATE_PER_SECOND"];
    };
    expect(rateOf({})).toBe("10");
    expect(rateOf({ clientRatePerSecond: "2.5" })).toBe("2.5");
    expect(rateOf({ stage: "test" })).toBe("1000");
  });

  test("corsOrigins says whose pages may call the API, and only its function hears it", () => {
    const corsOrigins = "https://app.example.com, https://admin.example.com";
    const { api } = contextOf({ mailFrom: "hello@example.com", corsOrigins });
    const templates = createTemplates({ ...(api ? { api } : {}) });
    const [function_] = Object.values(resourcesOf(templates.api, "AWS::Lambda::Function"));
    expect(function_?.Properties["Environment"].Variables["CORS_ORIGINS"]).toBe(
      "https://app.example.com,https://admin.example.com",
    );
    const suite = contextOf({ mailFrom: "hello@example.com", stage: "test" });
    expect(suite.api?.corsOrigins).toEqual([allowedOrigin]);
    // Answered by the function, so that REST, HTTP API and emulators agree.
    const [http] = Object.values(resourcesOf(templates.api, "AWS::ApiGatewayV2::Api"));
    expect(http?.Properties["CorsConfiguration"]).toBeUndefined();
    expect(JSON.stringify([templates.workers, createTemplates().api])).not.toContain("CORS_ORIGINS");
  });

  test("webhook says which endpoints hear of every flow: their function has the list, the API that there are some, and nobody else anything", () => {
    const urls = ["https://a.example.com/x?key=1,2", "https://b.example.com/"];
    for (const webhook of [urls.join(" "), urls]) {
      const { webhooks = [] } = contextOf({ mailFrom: "hello@example.com", webhook });
      expect(webhooks).toEqual(urls);
    }
    const { workers, api } = createTemplates({ webhooks: urls });
    const variables = [workers, api].flatMap((template) =>
      Object.entries(resourcesOf(template, "AWS::Lambda::Function")).map(
        ([id, { Properties }]) => [id, Properties["Environment"].Variables] as const,
      ),
    );
    const having = (name: string) =>
      variables.flatMap(([id, each]) => (name in each ? [[id.slice(0, 3), each[name]]] : []));
    expect(having("WEBHOOK_URLS")).toEqual([["Web", urls.join(" ")]]);
    expect(having("DEFAULT_WEBHOOKS")).toEqual([["Api", "told"]]);
  });

  test("with pageOrigin its pages and those of corsOrigins alone may post to the bucket of uploads, and nobody to another", () => {
    const corsOf = (values: object) => {
      const { api, pageOrigin } = contextOf({ mailFrom: "hello@example.com", ...values });
      const { data } = createTemplates({ ...(api ? { api } : {}), ...(pageOrigin ? { pageOrigin } : {}) });
      const buckets = Object.entries(resourcesOf(data, "AWS::S3::Bucket"));
      return buckets.flatMap(([id, { Properties }]) =>
        (Properties["CorsConfiguration"]?.CorsRules ?? [])
          .filter(({ AllowedMethods }: { AllowedMethods: readonly string[] }) =>
            AllowedMethods.includes("POST"),
          )
          .map((rule: object) => [plainId(id), rule]),
      );
    };
    const rule = { AllowedMethods: ["POST"], AllowedHeaders: ["*"], MaxAge: 7200 };
    const [page, app] = ["https://sign-up.example.com", "https://app.example.com"];
    for (const values of [{}, { corsOrigins: app }]) {
      expect(corsOf(values)).toEqual([["Uploads", { ...rule, AllowedOrigins: ["*"] }]]);
    }
    expect(corsOf({ pageOrigin: page })).toEqual([["Uploads", { ...rule, AllowedOrigins: [page] }]]);
    expect(corsOf({ pageOrigin: page, corsOrigins: app })).toEqual([
      ["Uploads", { ...rule, AllowedOrigins: [page, app] }],
    ]);
  });

  test("alarmEmail and runbookUrl say whom alarms tell, and where they send them", () => {
    const urls = { alarmEmail: "ops@example.com", runbookUrl: "https://wiki.example.com" };
    expect(contextOf({ mailFrom: "hello@example.com", ...urls })).toMatchObject({
      alarms: { email: "ops@example.com", runbookUrl: "https://wiki.example.com" },
    });
  });

  test("mailRatePerSecond says what the account takes, as a text or a number", () => {
    for (const mailRatePerSecond of ["0.5", 0.5]) {
      const { mail } = contextOf({ mailFrom: "hello@example.com", mailRatePerSecond });
      expect(mail.ratePerSecond).toBe(0.5);
    }
  });

  test("stage test deploys the jobs that the acceptance suite needs, and all that they need", async () => {
    const { folder } = contextOf({ mailFrom: "hello@example.com", stage: "test" });
    const service = await loadServiceFolder(folder);
    expect([...service.catalog.jobs.keys()]).toEqual(
      expect.arrayContaining([...catalog.jobs.keys(), "fail-for-good", "kill-worker"]),
    );
    for (const name of ["api", "dispatch", ...service.catalog.jobs.keys()]) {
      expect(existsSync(entryOf(service, name).entry)).toBe(true);
    }
    expect(entryOf(service, "render-receipt").files).toEqual(entryOf(ownService, "render-receipt").files);
  });

  test.each([
    [{}, "mailFrom: the sender of emails; add -c mailFrom=hello@example.com, got nothing"],
    [{ mailFrom: "" }, 'mailFrom: the sender of emails; add -c mailFrom=hello@example.com, got ""'],
    [
      { mailFrom: "nobody" },
      'mailFrom: the sender of emails; add -c mailFrom=hello@example.com, got "nobody"',
    ],
    [
      { mailFrom: "a@b.example", alarmEmail: "Ops <ops@example.com>" },
      'alarmEmail: an address such as ops@example.com, got "Ops <ops@example.com>"',
    ],
    [
      { mailFrom: "a@b.example", alarmEmail: "nobody" },
      'alarmEmail: an address such as ops@example.com, got "nobody"',
    ],
    [
      { mailFrom: "a@b.example", corsOrigins: "*" },
      'corsOrigins: origins separated by commas, https:// or http://localhost:<port>, without a path: https://app.example.com, got "*"',
    ],
    ...["*", "sign-up.example.com", "https://a.example/page", "https://a.example,https://b.example", ""].map(
      (pageOrigin) =>
        [
          { mailFrom: "a@b.example", pageOrigin },
          `pageOrigin: one origin without a path: https://sign-up.example.com, got "${pageOrigin}"`,
        ] as const,
    ),
    [
      { mailFrom: "a@b.example", webhook: "http://a.example.com/" },
      'webhook: an https URL, got "http://a.example.com/"',
    ],
    [
      {
        mailFrom: "a@b.example",
        webhook: ["1", "2", "3", "4", "5", "6"].map((n) => `https://a.example/${n}`),
      },
      "webhook: 5 URLs at the most, got 6",
    ],
    [
      { mailFrom: "a@b.example", clientRatePerSecond: 0 },
      "clientRatePerSecond: a number above 0, at most 1000, got 0",
    ],
    [{ mailFrom: "a@b.example", runbookUrl: "" }, 'runbookUrl: where the pages of docs/runbook are, got ""'],
    [{ mailFrom: "a@b.example", stage: "prod" }, 'stage: one of production, dev, test, got "prod"'],
    [{ mailFrom: "a@b.example", target: "azure" }, 'target: one of aws, ministack, localstack, got "azure"'],
    [
      { mailFrom: "a@b.example", mailIdentity: "b.example" },
      'mailIdentity: one of domain, address, existing, got "b.example"',
    ],
    ...["0", "-1", "1e3", "1001", "fast", ""].map(
      (mailRatePerSecond) =>
        [
          { mailFrom: "a@b.example", mailRatePerSecond },
          `mailRatePerSecond: a number above 0, at most 1000, got "${mailRatePerSecond}"`,
        ] as const,
    ),
  ])("that can't be used is refused with what to type: %j", (values, message) => {
    expect(() => contextOf(values)).toThrow(message);
  });

  test("missing, the app ends with one line", () => {
    const entry = fileURLToPath(new URL("../../infra/app.ts", import.meta.url));
    const args = ["--disable-warning=ExperimentalWarning", entry];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 });
    expect([status, stderr]).toEqual([
      1,
      "errand: mailFrom: the sender of emails; add -c mailFrom=hello@example.com, got nothing\n",
    ]);
  });
});
