import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { dnsResolve } from "../../shared/outbound/resolve.ts";

let server: Socket;
let servers: readonly string[];
/** The names that were asked for, each with the type of its record (RFC 1035, section 3.2.2; RFC 3596). */
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createSocket("udp4");
  server.on("message", (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    asked.push(`${name} ${types[type] ?? type}`);
    server.send(answerTo(query.subarray(0, end), name, type), port, address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  servers = [`127.0.0.1:${server.address().port}`];
});
afterEach(async () => {
  server.close();
  await once(server, "close");
});

const types: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA" };
/** Addresses for documentation: RFC 5737 and RFC 3849. */
const records: Readonly<Record<string, Readonly<Record<number, readonly number[]>>>> = {
  localhost: { 1: [192, 0, 2, 7] },
  "both.example": { 1: [192, 0, 2, 8], 28: [0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), 8] },
};

test("a name that the hosts file knows too has the address that the DNS gives", async () => {
  expect((await lookup("localhost", { family: 4 })).address).toBe("127.0.0.1");
  expect(await dnsResolve("localhost", servers)).toEqual([{ address: "192.0.2.7", family: 4 }]);
});

test("a name of one word is asked for as it is, without a search domain, and isn't there", async () => {
  await expect(dnsResolve("inside", servers)).rejects.toMatchObject({ code: "ENOTFOUND" });
  expect(asked.sort()).toEqual(["inside A", "inside AAAA"]);
});

test("a name with both kinds of addresses has the IPv4 ones first", async () => {
  expect(await dnsResolve("both.example", servers)).toEqual([
    { address: "192.0.2.8", family: 4 },
    { address: "2001:db8::8", family: 6 },
  ]);
});

/** The first question of a message: RFC 1035, section 4.1.2. `end` is where it ends. */
function questionOf(query: Buffer) {
  const labels = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A response with what is known of the name, or NXDOMAIN (RFC 1035, section 4.1.1). */
function answerTo(asking: Buffer, name: string, type: number): Buffer {
  const bytes = records[name]?.[type];
  const header = Buffer.alloc(12);
  asking.copy(header, 0, 0, 2);
  header.writeUInt16BE(records[name] ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(bytes ? 1 : 0, 6);
  // The name by a pointer to the question, its type, class IN, no seconds to keep it, the length of the address.
  const record = bytes ? [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes] : [];
  return Buffer.concat([header, asking.subarray(12), Buffer.from(record)]);
}
