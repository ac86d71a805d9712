/** The plans one can sign up for. */
export type Plan = "free" | "pro";

/** A price in integer cents, so that net and tax always add up to the total. */
export interface Price {
  readonly netCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
  readonly taxPercent: number;
  readonly currency: "EUR";
}

const TAX_PERCENT = 20;

const netCentsOf: Readonly<Record<Plan, number>> = { free: 0, pro: 10_00 };

/** What a plan costs. The tax is rounded to the cent, half up, once, on the net sum. */
export function priceOf(plan: Plan): Price {
  const netCents = netCentsOf[plan];
  const taxCents = Math.round((netCents * TAX_PERCENT) / 100);
  return { netCents, taxCents, totalCents: netCents + taxCents, taxPercent: TAX_PERCENT, currency: "EUR" };
}
