import { expect, test } from "@jest/globals";
import { priceOf } from "../../functions/pricing.ts";

test("The free plan costs nothing.", () => {
  expect(priceOf("free")).toEqual({
    netCents: 0,
    taxCents: 0,
    totalCents: 0,
    taxPercent: 20,
    currency: "EUR",
  });
});

test("The pro plan costs 10 euros and 20 % tax.", () => {
  expect(priceOf("pro")).toEqual({
    netCents: 1000,
    taxCents: 200,
    totalCents: 1200,
    taxPercent: 20,
    currency: "EUR",
  });
});

test("Prices are whole cents that add up.", () => {
  for (const plan of ["free", "pro"] as const) {
    const { netCents, taxCents, totalCents } = priceOf(plan);
    expect([netCents, taxCents, totalCents].every(Number.isSafeInteger)).toBe(true);
    expect(netCents + taxCents).toBe(totalCents);
  }
});
