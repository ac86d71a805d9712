import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createGuardedPost, type GuardedPostOptions } from "../../shared/outbound/guarded-post.ts";
import type { Address } from "../../shared/outbound/resolve.ts";
import { type Receiver, receiverCa, startReceiver } from "../support/https-receiver.ts";
import { close, listen } from "../support/loopback.ts";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.stop());

const at = (...addresses: readonly string[]): readonly Address[] =>
  addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

function posting(options: GuardedPostOptions, url = `https://hooks.example.com:${receiver.port}/`) {
  const post = createGuardedPost({ ca: receiverCa, ports: [receiver.port], ...options });
  return post({ url, headers: {}, body: "{}" });
}

test.each([
  [at("127.0.0.1"), "loopback"],
  [at("8.8.8.8", "127.0.0.1"), "loopback"],
  [at("2606:4700:4700::1111", "::ffff:169.254.169.254"), "IPv4 in IPv6"],
  [at("8.8.8.8", "fd00:ec2::254"), "unique local"],
])(
  "a name with one address that is not public is refused, and nobody is called: %j",
  async (found, range) => {
    expect(await posting({ resolve: async () => found })).toEqual({
      kind: "refused",
      reason: "an address that is not public",
      range,
    });
    expect(receiver.connections).toBe(0);
  },
);

test("a name without addresses is refused", async () => {
  expect(await posting({ resolve: async () => [] })).toEqual({
    kind: "refused",
    reason: "its name has no address",
  });
});

test("the address that was checked is the one that is called: the name is asked for once, whatever it says next", async () => {
  const answers = [at("127.0.0.1"), at("127.0.0.2"), at("127.0.0.3")];
  let asked = 0;
  const resolve = async () => answers[asked++] ?? [];
  const refused = (address: string) => (address === "127.0.0.1" ? undefined : "inside");
  expect(await posting({ resolve, refused })).toEqual({ kind: "answered", status: 204 });
  expect(asked).toBe(1);
  // The next post asks and checks anew, also where a connection could have been kept.
  expect(await posting({ resolve, refused })).toMatchObject({ kind: "refused" });
  expect(receiver.connections).toBe(1);
});

test("a certificate of another name, or of nobody known, is no answer", async () => {
  const options = { resolve: async () => at("127.0.0.1"), refused: () => undefined };
  const other = `https://other.example.com:${receiver.port}/`;
  expect(await posting(options, other)).toEqual({
    kind: "unanswered",
    reason: "no answer (ERR_TLS_CERT_ALTNAME_INVALID)",
    connected: false,
  });
  expect(
    await createGuardedPost({ ...options, ports: [receiver.port] })({
      url: `https://hooks.example.com:${receiver.port}/`,
      headers: {},
      body: "{}",
    }),
  ).toMatchObject({
    kind: "unanswered",
    reason: expect.stringMatching(/^no answer \((UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/),
  });
  expect(receiver.received).toEqual([]);
});

test("a URL against the rules is refused, also where it was recorded before there were such rules", async () => {
  const resolve = async () => at("8.8.8.8");
  for (const url of [
    "http://hooks.example.com/",
    "https://hooks.example.com:22/",
    "https://a@hooks.example.com/",
  ]) {
    expect(await posting({ resolve }, url)).toEqual({ kind: "refused", reason: "a URL that is not allowed" });
  }
});

test("this machine is called only with the option for it, and only by its own names", async () => {
  const here = `https://localhost:${receiver.port}/`;
  expect(await posting({}, here)).toMatchObject({ kind: "refused" });
  expect(await posting({ loopback: true }, here)).toEqual({ kind: "answered", status: 204 });
  expect(await posting({ loopback: true }, `https://127.0.0.1:${receiver.port}/`)).toMatchObject({
    status: 204,
  });
  const plain = await startReceiver(undefined, { secure: false });
  expect(await posting({ loopback: true }, `http://localhost:${plain.port}/`)).toMatchObject({ status: 204 });
  await plain.stop();
  // A public name that says it is here isn't meant.
  expect(await posting({ loopback: true, resolve: async () => at("127.0.0.1") })).toMatchObject({
    kind: "refused",
  });
  expect(await posting({ loopback: true }, "http://169.254.169.254/")).toMatchObject({ kind: "refused" });
});

test("the environment's proxy isn't used, nor its word that certificates don't matter", async () => {
  const proxied: string[] = [];
  const proxy = createServer((request, response) => {
    proxied.push(request.url ?? "");
    response.end();
  }).on("connect", (request, socket) => {
    proxied.push(request.url ?? "");
    socket.end();
  });
  const address = `http://127.0.0.1:${await listen(proxy)}`;
  const module = new URL("../../shared/outbound/guarded-post.ts", import.meta.url);
  const script = `
    import { createGuardedPost } from ${JSON.stringify(module.href)};
    const post = createGuardedPost({ loopback: true });
    console.log(JSON.stringify(await post({ url: process.argv[1], headers: {}, body: "{}" })));`;
  const run = promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      script,
      `https://localhost:${receiver.port}/`,
    ],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: {
        PATH: process.env["PATH"],
        NODE_USE_ENV_PROXY: "1",
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        ...{
          HTTPS_PROXY: address,
          https_proxy: address,
          HTTP_PROXY: address,
          http_proxy: address,
          ALL_PROXY: address,
        },
      },
    },
  );
  const { stdout } = await run.finally(() => close(proxy));
  expect(JSON.parse(stdout)).toMatchObject({
    kind: "unanswered",
    reason: expect.stringContaining("UNABLE_TO"),
  });
  expect(proxied).toEqual([]);
  expect(receiver.connections).toBeGreaterThan(0);
});
