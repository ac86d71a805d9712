import { optional } from "valibot";
import { defineJob } from "../../shared/index.ts";
import { emailAddress, line, locale, plan, prose, record } from "../schemas.ts";

/** 256 KiB of text about oneself. */
export const maximumBioBytes = 256 * 1024;

/**
 * Creates the profile of an address. Whether there was one stays private: a caller mustn't learn whether an address
 * was known.
 */
export const createProfile = defineJob({
  name: "create-profile",
  input: record({
    email: emailAddress,
    name: line(1, 200),
    plan,
    locale: optional(locale),
    bio: optional(prose(maximumBioBytes)),
  }),
  workers: 2,
  timeoutSeconds: 10,
  uses: ["profiles", "files"],
});
