/**
 * HTTP as the API sees it: plain objects. Lambda's events, `node:http` and tests are thin adapters around it. Not the
 * Web's `Request` and `Response`: their first touch loads undici, 21 ms of a cold start (measured).
 */
export interface HttpRequest {
  /** In upper case, as HTTP sends it. */
  readonly method: string;
  /** As it came, still percent-encoded, without the query: `/flows/abc`. */
  readonly path: string;
  /** As it came, without its question mark; empty where there is none. */
  readonly query: string;
  /** By lower-case name; a header that came several times is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of no length where there is none. A server may cut it off anywhere beyond `maximumBodyBytes`. */
  readonly body: Uint8Array;
  /** The address that the request came from, as the server saw it: never what a header says of it. */
  readonly source?: string;
  /** Whether it came over TLS, as far as the server knows. Default false. */
  readonly https?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. No `content-length`: the server counts the bytes that it sends, and states none for HEAD. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text is UTF-8. Empty where HTTP forbids one (HEAD, 204, 304). */
  readonly body: string | Uint8Array;
}

/** Answers every request; it neither throws nor rejects. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * The largest body that is read, in bytes: 784 KiB. A text of 256 KiB of UTF-8 is three times as long once a client
 * writes it as ASCII (`json.dumps` in Python makes six bytes of a two-byte Cyrillic letter), and 16 KiB are for the rest.
 */
export const maximumBodyBytes = (3 * 256 + 16) * 1024;
