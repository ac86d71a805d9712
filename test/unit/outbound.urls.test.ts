import { describe, expect, test } from "@jest/globals";
import { parseOutboundUrl } from "../../shared/outbound/outbound-url.ts";

const parse = (url: string) => parseOutboundUrl(url, "notify.webhook").href;

test.each([
  ["https://hooks.example.com/a?b=c", "https://hooks.example.com/a?b=c"],
  ["HTTPS://Hooks.Example.COM", "https://hooks.example.com/"],
  ["https://hooks.example.com:443/a", "https://hooks.example.com/a"],
  ["https://hooks.example.com:8443/a", "https://hooks.example.com:8443/a"],
  ["https://hooks.example.com./a", "https://hooks.example.com/a"],
  ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
  ["https://ＨＯＯＫＳ.example.com/", "https://hooks.example.com/"],
  ["https://hooks.example.com\\a", "https://hooks.example.com/a"],
  ["https://8.8.8.8/", "https://8.8.8.8/"],
  ["https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"],
])("%s is posted to as %s", (given, normalised) => {
  expect(parse(given)).toBe(normalised);
});

test.each([
  ["", "an https URL"],
  ["hooks.example.com", "an https URL"],
  ["/a", "an https URL"],
  ["http://hooks.example.com/", "an https URL"],
  ["ftp://hooks.example.com/", "an https URL"],
  ["file:///etc/passwd", "an https URL"],
  ["javascript:alert(1)", "an https URL"],
  ["ws://hooks.example.com/", "an https URL"],
  ["https://", "an https URL"],
  ["https://user@hooks.example.com/", "a URL without user and password"],
  ["https://user:pass@hooks.example.com/", "a URL without user and password"],
  ["https://hooks.example.com@127.0.0.1/", "a URL without user and password"],
  ["https://hooks.example.com/#a", "a URL without a fragment"],
  ["https://hooks.example.com/#", "a URL without a fragment"],
  ["https://hooks.example.com:22/", "port 443 or 8443"],
  ["https://hooks.example.com:80/", "port 443 or 8443"],
  ["https://hooks.example.com:6379/", "port 443 or 8443"],
  ["https://localhost/", "a whole domain name"],
  ["https://localhost./", "a whole domain name"],
  ["https://intranet/", "a whole domain name"],
  ["https://a..example.com/", "a whole domain name"],
  ["https://*.example.com/", "a whole domain name"],
  ["https://127.0.0.1/", "a public address, not loopback"],
  ["https://169.254.169.254/latest/meta-data/", "a public address, not link-local"],
])("%s is refused: %s", (given, rule) => {
  expect(() => parse(given)).toThrow(`notify.webhook: ${rule}, got "`);
});

describe("with the option of the embedded run", () => {
  const here = (url: string) => parseOutboundUrl(url, "--webhook", { loopback: true }).href;

  test.each([
    ["http://localhost:4000/a"],
    ["https://localhost:4000/a"],
    ["http://127.0.0.1/a"],
    ["http://[::1]:4000/a"],
    ["https://hooks.example.com/a"],
  ])("%s is posted to", (url) => {
    expect(here(url)).toBe(url);
  });

  test.each([
    ["http://hooks.example.com/"],
    ["https://hooks.example.com:4000/"],
    ["http://10.0.0.1/"],
    ["http://169.254.169.254/"],
    ["https://0.0.0.0/"],
    ["http://user@localhost/"],
    ["ftp://localhost/"],
    ["http://localhost.example.com/"],
  ])("%s is refused as ever", (url) => {
    expect(() => here(url)).toThrow("--webhook: ");
  });
});
