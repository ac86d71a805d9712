import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../functions/catalog.ts";
import type { Mail } from "../../infra/stacks/mail-sender.ts";
import { defineCatalog } from "../../shared/index.ts";
import { type CfnTemplate, createTemplates, ownService, resourcesOf } from "../support/infra.ts";

const from = "Errand <hello@mail.example.com>";
const workersOf = (mail: Partial<Mail> = {}, stage: "production" | "dev" = "production") =>
  createTemplates({ mail: { from, ...mail }, stage }).workers;
const one = (template: CfnTemplate, type: string) =>
  Object.values(resourcesOf(template, `AWS::SES::${type}`))[0];
const standard = workersOf();

describe("the identity", () => {
  test.each<[Mail["identity"], string | undefined]>([
    [undefined, "mail.example.com"],
    ["domain", "mail.example.com"],
    ["address", "hello@mail.example.com"],
    ["existing", undefined],
  ])("%s is of %s", (identity, name) => {
    const template = workersOf(identity ? { identity } : {});
    expect(one(template, "EmailIdentity")?.Properties["EmailIdentity"]).toBe(name);
  });

  test("of a domain comes with three DNS records to make, any other with none", () => {
    const recordsOf = ({ Outputs }: CfnTemplate) =>
      Object.entries(Outputs).flatMap(([name, { Value }]) =>
        name.startsWith("MailDnsRecord") ? [Value] : [],
      );
    const [id] = Object.keys(resourcesOf(standard, "AWS::SES::EmailIdentity"));
    // Under another id it would be another identity, with other records.
    expect(id).toBe("MailIdentity4EC7C521");
    const attribute = (name: string) => ({ "Fn::GetAtt": [id, name] });
    expect(recordsOf(standard)).toEqual(
      [1, 2, 3].map((number) => ({
        "Fn::Join": [
          "",
          [attribute(`DkimDNSTokenName${number}`), " CNAME ", attribute(`DkimDNSTokenValue${number}`)],
        ],
      })),
    );
    expect(recordsOf(workersOf({ identity: "address" }))).toEqual([]);
    expect(recordsOf(workersOf({ identity: "existing" }))).toEqual([]);
  });

  test("is granted by address, domain and what is above it: SES takes the closest that is verified", () => {
    const names = JSON.stringify(standard).match(/:identity\/[^"]+/g);
    const expected = ["hello@mail.example.com", "mail.example.com", "example.com"];
    expect(new Set(names)).toEqual(new Set(expected.map((name) => `:identity/${name}`)));
  });
});

describe("the configuration set", () => {
  test("asks for TLS, keeps from sending again to who bounced or complained, and counts its reputation", () => {
    expect(one(standard, "ConfigurationSet")?.Properties).toEqual({
      DeliveryOptions: { TlsPolicy: "REQUIRE" },
      ReputationOptions: { ReputationMetricsEnabled: true },
      SendingOptions: { SendingEnabled: true },
      SuppressionOptions: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
    });
  });

  test("is named to the worker that sends mail", () => {
    const [id] = Object.keys(resourcesOf(standard, "AWS::SES::ConfigurationSet"));
    const told = Object.values(resourcesOf(standard, "AWS::Lambda::Function")).flatMap(
      ({ Properties }) => Properties["Environment"].Variables["MAIL_CONFIGURATION_SET"] ?? [],
    );
    expect(told).toEqual([{ Ref: id }]);
  });

  test("is there for an existing identity too", () => {
    expect(one(workersOf({ identity: "existing" }), "ConfigurationSet")).toBeDefined();
  });
});

describe("the rate", () => {
  const limitOf = (ratePerSecond?: number) =>
    Object.values(
      resourcesOf(workersOf(ratePerSecond ? { ratePerSecond } : {}), "AWS::Lambda::Function"),
    ).flatMap(({ Properties }) => Properties["Environment"].Variables["MAIL_RATE_PER_SECOND"] ?? []);

  test("limits the worker that sends mail where its copies would go faster: ten, of 0.1 s each", () => {
    expect(limitOf(14)).toEqual(["14"]);
    expect(limitOf(99.5)).toEqual(["99.5"]);
  });

  test("limits nobody where they can't, or where it isn't known: a limit costs", () => {
    expect(limitOf(100)).toEqual([]);
    expect(limitOf()).toEqual([]);
  });
});

test("both outlive the stack, unless its first deploy fails; not in the stages dev and test", () => {
  const policiesOf = (template: CfnTemplate) =>
    ["EmailIdentity", "ConfigurationSet"].map((type) => one(template, type)?.DeletionPolicy);
  expect(policiesOf(standard)).toEqual(["RetainExceptOnCreate", "RetainExceptOnCreate"]);
  expect(policiesOf(workersOf({}, "dev"))).toEqual(["Delete", "Delete"]);
});

test("a service without a job that uses mail has no sender", () => {
  const jobs = [...catalog.jobs.values()].filter(({ uses }) => !uses.includes("mail"));
  const { workers } = createTemplates({
    service: { ...ownService, catalog: defineCatalog({ flows: [], jobs }) },
  });
  expect(JSON.stringify(workers)).not.toMatch(/SES|ses:/);
});
