import fc from "fast-check";

const body = JSON.stringify({ email: "zoe@example.com", name: "Zoe" });
const json = "Host: a\r\nContent-Type: application/json";

/** Requests as they stand on the wire. */
const whole = [
  "GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
  "HEAD /openapi.json HTTP/1.0\r\n\r\n",
  `POST /sign-ups HTTP/1.1\r\n${json}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  `POST /sign-ups HTTP/1.1\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  `POST /sign-ups HTTP/1.1\r\n${json}\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
];

/** What parsers stumble over. */
const fragments = [
  ...["\r", "\n", "\r\n", "\r\n\r\n", "\0", " ", "\t", ":", ";", ",", "\xff", "%", "?", "#", "\r\n \r\n"],
  ...["Content-Length: 0\r\n", "Content-Length: 9999999999999999999\r\n", "Content-Length: +1\r\n"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Host: b\r\n",
    "0\r\n\r\n",
    "fffffffff\r\n",
  ],
  ...["HTTP/1.1", "HTTP/2.0", "GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "X: ".padEnd(20_000, "x"), "\ufeff"],
];

/** Whole requests, one or two after another, with a few of their bytes left out, doubled or mixed with others. */
export const brokenHttp: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.array(fc.constantFrom(...whole), { minLength: 1, maxLength: 2 }).map((texts) => texts.join("")),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.integer({ min: 0, max: 6 }),
        put: fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: "binary", maxLength: 8 })),
      }),
      { maxLength: 4 },
    ),
  )
  .map(([text, edits]) => {
    const broken = edits.reduce((rest, { at, cut, put }) => {
      const start = Math.floor(at * rest.length);
      return rest.slice(0, start) + put + rest.slice(start + cut);
    }, text);
    return Buffer.from(broken, "latin1");
  });
