import { optional } from "valibot";
import { defineJob } from "../../shared/index.ts";
import { emailAddress, line, locale, plan, record } from "../schemas.ts";

/** Renders the receipt as a PDF that the caller may download. */
export const renderReceipt = defineJob({
  name: "render-receipt",
  input: record({ email: emailAddress, name: line(1, 200), plan, locale: optional(locale) }),
  workers: 2,
  timeoutSeconds: 20,
  uses: ["files"],
  publicResult: ["file"],
});
