import { expect, test } from "@jest/globals";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { InvalidInputError } from "../../shared/catalog/violation.ts";
import { parseOutboundUrl } from "../../shared/outbound/outbound-url.ts";
import { refusedRange } from "../../shared/outbound/refused-addresses.ts";

/** As DNS answers them, and as they may stand in a URL. */
const refused: readonly (readonly [string, string])[] = [
  ["0.0.0.0", "this network"],
  ["0.1.2.3", "this network"],
  ["0.255.255.255", "this network"],
  ["10.0.0.1", "private"],
  ["10.255.255.255", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.0.1", "private"],
  ["192.168.255.255", "private"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["100.100.100.200", "carrier-grade NAT"],
  ["100.127.255.255", "carrier-grade NAT"],
  ["127.0.0.1", "loopback"],
  ["127.1.2.3", "loopback"],
  ["127.255.255.255", "loopback"],
  ["169.254.0.1", "link-local"],
  ["169.254.169.254", "link-local"],
  ["169.254.169.123", "link-local"],
  ["169.254.169.253", "link-local"],
  ["169.254.170.2", "link-local"],
  ["169.254.170.23", "link-local"],
  ["169.254.255.255", "link-local"],
  ["192.0.0.1", "protocol assignments"],
  ["192.0.0.192", "protocol assignments"],
  ["192.0.2.1", "documentation"],
  ["198.51.100.1", "documentation"],
  ["203.0.113.255", "documentation"],
  ["192.31.196.1", "AS112 and AMT"],
  ["192.52.193.1", "AS112 and AMT"],
  ["192.175.48.1", "AS112 and AMT"],
  ["192.88.99.1", "6to4"],
  ["198.18.0.1", "benchmarking"],
  ["198.19.255.255", "benchmarking"],
  ["168.63.129.16", "cloud platform"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "reserved"],
  ["::", "IPv4 in IPv6"],
  ["::1", "loopback"],
  ["::127.0.0.1", "IPv4 in IPv6"],
  ["::8.8.8.8", "IPv4 in IPv6"],
  ["::ffff:127.0.0.1", "IPv4 in IPv6"],
  ["::ffff:7f00:1", "IPv4 in IPv6"],
  ["::ffff:10.0.0.1", "IPv4 in IPv6"],
  ["::ffff:169.254.169.254", "IPv4 in IPv6"],
  ["::ffff:a9fe:a9fe", "IPv4 in IPv6"],
  ["::ffff:8.8.8.8", "IPv4 in IPv6"],
  ["::ffff:0:127.0.0.1", "IPv4 in IPv6"],
  ["64:ff9b::7f00:1", "NAT64"],
  ["64:ff9b::a9fe:a9fe", "NAT64"],
  ["64:ff9b::8.8.8.8", "NAT64"],
  ["64:ff9b:1::1", "NAT64"],
  ["64:ff9b:1:ffff::a00:1", "NAT64"],
  ["100::1", "not given out"],
  ["100:0:0:1::1", "not given out"],
  ["1::1", "not given out"],
  ["4000::1", "not given out"],
  ["5f00::1", "not given out"],
  ["8000::1", "not given out"],
  ["2001::1", "Teredo"],
  ["2001:0:7f00:1::1", "Teredo"],
  ["2001:1::1", "protocol assignments"],
  ["2001:2::1", "protocol assignments"],
  ["2001:4:112::1", "protocol assignments"],
  ["2001:10::1", "protocol assignments"],
  ["2001:20::1", "protocol assignments"],
  ["2001:db8::1", "documentation"],
  ["3fff::1", "documentation"],
  ["2002:7f00:1::", "6to4"],
  ["2002:a9fe:a9fe::1", "6to4"],
  ["2620:4f:8000::1", "AS112 and AMT"],
  ["fc00::1", "unique local"],
  ["fd00:ec2::254", "unique local"],
  ["fd00:ec2::23", "unique local"],
  ["fdff:ffff::1", "unique local"],
  ["fe80::1", "link-local"],
  ["febf::1", "link-local"],
  ["fec0::1", "not given out"],
  ["ff02::1", "multicast"],
  ["ff0e::1", "multicast"],
  ["fe80::1%eth0", "no plain address"],
  ["2606:4700::1111%lo", "no plain address"],
  ["127.1", "no plain address"],
  ["2130706433", "no plain address"],
  ["0x7f000001", "no plain address"],
  ["0177.0.0.1", "no plain address"],
  ["", "no plain address"],
];

test.each(refused)("%s is refused: %s", (address, range) => {
  expect(refusedRange(address)).toBe(range);
});

test.each([
  ["1.1.1.1"],
  ["8.8.8.8"],
  ["9.255.255.255"],
  ["11.0.0.0"],
  ["52.94.236.248"],
  ["100.63.255.255"],
  ["100.128.0.0"],
  ["126.255.255.255"],
  ["128.0.0.0"],
  ["169.253.255.255"],
  ["169.255.0.0"],
  ["172.15.255.255"],
  ["172.32.0.0"],
  ["192.167.255.255"],
  ["192.169.0.0"],
  ["198.17.255.255"],
  ["198.20.0.0"],
  ["223.255.255.255"],
  ["2001:200::1"],
  ["2001:4860:4860::8888"],
  ["2003::1"],
  ["2600:1f18::1"],
  ["2606:4700:4700::1111"],
  ["2a00:1450:4001::1"],
])("%s is public", (address) => {
  expect(refusedRange(address)).toBeUndefined();
});

/** What the URL standard makes of them is four decimal numbers or an IPv6 address, and so they are found out by their spelling. */
test.each([
  ["https://127.1/"],
  ["https://0/"],
  ["https://2130706433/"],
  ["https://0x7f000001/"],
  ["https://0x7f.0.0.1/"],
  ["https://0x7f.1/"],
  ["https://0177.0.0.1/"],
  ["https://017700000001/"],
  ["https://127.0.0.1./"],
  ["https://①②⑦.⓪.⓪.①/"],
  ["https://127。0。0。1/"],
  ["https://%31%32%37.0.0.1/"],
  ["https://2852039166/"],
  ["https://0xa9.0xfe.0xa9.0xfe/"],
  ["https://0251.0376.0251.0376/"],
  ["https://169.254.43518/"],
  ["https://3232235521/"],
  ["https://10.1/"],
  ["https://[::1]/"],
  ["https://[0:0:0:0:0:0:0:1]/"],
  ["https://[::ffff:127.0.0.1]/"],
  ["https://[::ffff:7f00:1]/"],
  ["https://[0000::ffff:a9fe:a9fe]/"],
  ["https://[::127.0.0.1]/"],
  ["https://[64:ff9b::169.254.169.254]/"],
  ["https://[fd00:ec2::254]/"],
  ["https://[fe80::1]/"],
  ["https://[2002:7f00:0001::]/"],
])("%s is no URL to post to", (url) => {
  expect(() => parseOutboundUrl(url, "url")).toThrow(InvalidInputError);
  expect(() => parseOutboundUrl(url, "url")).toThrow(/^url: a public address, not /);
});

test("whatever a second list of special ranges knows is refused here too, of 20 000 addresses", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    // Near the beginnings that mean something, which chance would hardly find.
    fc
      .tuple(fc.constantFrom(...refused.map(([address]) => address)), fc.nat(15), fc.nat(255))
      .filter(([address]) => ipaddr.isValid(address) && !address.includes("%"))
      .map(([address, index, value]) => {
        const near = Uint8Array.from(ipaddr.parse(address).toByteArray());
        near[index % near.length] = value;
        return near;
      }),
  );
  fc.assert(
    fc.property(bytes, (raw) => {
      const address = ipaddr.fromByteArray([...raw]);
      if (address.range() !== "unicast") expect(refusedRange(address.toString())).toBeDefined();
    }),
    { numRuns: 20_000 },
  );
});
