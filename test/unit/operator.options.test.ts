import { describe, expect, test } from "@jest/globals";
import { UsageError } from "../../infra/operator/operator-error.ts";
import { help, readOptions } from "../../infra/operator/options.ts";
import { flowId } from "../support/builders.ts";

const id = `${flowId}.mail`;
const nothing = { jobs: [], queue: undefined, error: undefined };

function commandOf(...args: readonly string[]) {
  const options = readOptions(args);
  return options === "help" ? options : options.command;
}

describe("a command", () => {
  test.each([
    [["failed"], { name: "failed", selection: nothing }],
    [
      ["failed", "--job", "mail", "--error", "no"],
      { name: "failed", selection: { jobs: [], queue: "mail", error: "no" } },
    ],
    [["show", id], { name: "show", job: id, input: false }],
    [["show", id, "--input"], { name: "show", job: id, input: true }],
    [
      ["redrive", id, id],
      { name: "redrive", selection: { ...nothing, jobs: [id, id] }, perSecond: 10, dryRun: false },
    ],
    [["redrive", "--all"], { name: "redrive", selection: nothing, perSecond: 10, dryRun: false }],
    [
      ["redrive", "--error", "no", "--rate", "0.5", "--dry-run"],
      { name: "redrive", selection: { ...nothing, error: "no" }, perSecond: 0.5, dryRun: true },
    ],
    [["holds"], { name: "holds" }],
    [["pause", "mail"], { name: "pause", job: "mail" }],
    [["resume", "mail"], { name: "resume", job: "mail" }],
    [["rotate-webhook-secrets"], { name: "rotate-webhook-secrets", force: false }],
    [["rotate-webhook-secrets", "--force"], { name: "rotate-webhook-secrets", force: true }],
    [
      ["webhook-secret", "https://A.example.com/b"],
      { name: "webhook-secret", url: new URL("https://a.example.com/b") },
    ],
    [
      ["enable-webhook", "http://localhost:4000/b"],
      { name: "enable-webhook", url: new URL("http://localhost:4000/b") },
    ],
  ])("is read: %j", (args, command) => {
    expect(commandOf(...args)).toEqual(command);
  });

  test.each([
    [
      [],
      "command: failed, show, redrive, holds, pause, resume, webhook-secret, rotate-webhook-secrets or enable-webhook, got nothing",
    ],
    [
      ["fail"],
      'command: failed, show, redrive, holds, pause, resume, webhook-secret, rotate-webhook-secrets or enable-webhook, got "fail"',
    ],
    [["failed", id], `failed: --job and --error, no job's id, got "${id}"`],
    [["show"], "show: the id of one job, got nothing"],
    [["show", id, id], `show: the id of one job, got "${id}"`],
    [["show", "mail"], 'job: an id, <flow>.<key>, got "mail"'],
    [["redrive"], "redrive: ids of jobs, --job and --error, or --all, got nothing"],
    [["redrive", "mail"], 'job: an id, <flow>.<key>, got "mail"'],
    [["redrive", id, "--all"], 'redrive: ids of jobs, --job and --error, or --all, got "jobs and --all"'],
    [["redrive", "--error", ""], '--error: a part of the reason, got ""'],
    [["redrive", "--all", "--rate", "0"], '--rate: letters a second, 0.1 to 500, got "0"'],
    [["redrive", "--all", "--rate", "1e3"], '--rate: letters a second, 0.1 to 500, got "1e3"'],
    [["redrive", "--all", "--rate", "501"], '--rate: letters a second, 0.1 to 500, got "501"'],
    [["failed", "--dry-run"], "--dry-run: an option of this command, got true"],
    [["show", id, "--rate", "5"], '--rate: an option of this command, got "5"'],
    [["webhook-secret"], "webhook-secret: the URL of one webhook, got nothing"],
    [["rotate-webhook-secrets", "a"], 'rotate-webhook-secrets: nothing more, got "a"'],
    [["enable-webhook", "https://a.example.com/", "--force"], "--force: an option of this command, got true"],
    [["holds", "mail"], 'holds: nothing more, got "mail"'],
    [["pause"], "pause: the name of one job, got nothing"],
    [["resume", "mail", "pdf"], 'resume: the name of one job, got "pdf"'],
    [["pause", "mail", "--all"], "--all: an option of this command, got true"],
  ])("is refused as bad usage: %j", (args, message) => {
    expect(() => readOptions(args)).toThrow(new UsageError(message));
  });

  test("is refused with a URL that no request could have named, by the request's own rules", () => {
    const read = (url: string) => () => readOptions(["enable-webhook", url]);
    expect(read("http://a.example.com/")).toThrow('url: an https URL, got "http://a.example.com/"');
    expect(read(`https://a.example.com/${"x".repeat(500)}`)).toThrow("url: at most 500 bytes, got ");
  });

  test.each([[["--nope"]], [["failed", "--job"]]])("with an option that isn't one is refused: %j", (args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});

describe("a service", () => {
  const deployed = { kind: "deployed", service: "errand", profile: undefined, region: undefined };
  test.each([
    [[], { kind: "embedded", stateDirectory: ".errand" }],
    [["--state", "there"], { kind: "embedded", stateDirectory: "there" }],
    [["--service", "errand-dev"], { ...deployed, service: "errand-dev" }],
    [["--profile", "ops"], { ...deployed, profile: "ops" }],
    [["--region", "eu-west-1", "--service", "a"], { ...deployed, service: "a", region: "eu-west-1" }],
  ])("is the embedded run unless an account is meant: %j", (args, place) => {
    expect(readOptions(["failed", ...args])).toMatchObject({ place });
  });

  test("is one: a state directory and an account are refused together", () => {
    expect(() => readOptions(["failed", "--state", "x", "--service", "errand"])).toThrow(
      'without --service, --profile and --region, got "x"',
    );
  });
});

test("--help says every option, and the exit codes", () => {
  expect(readOptions(["redrive", "--help"])).toBe("help");
  const options = [
    "job",
    "error",
    "input",
    "all",
    "rate",
    "dry-run",
    "state",
    "service",
    "profile",
    "region",
    "json",
  ];
  for (const option of options) expect(help).toContain(`--${option}`);
  for (const command of ["failed", "show", "redrive", "holds", "pause", "resume"]) {
    expect(help).toContain(`npm run errand -- ${command}`);
  }
  expect(help).toContain("Exit codes: 0 done; 1 something failed, was left or not found; 2");
});
