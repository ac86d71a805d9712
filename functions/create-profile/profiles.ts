/** A person's profile; one for each normalised address. */
export interface Profile {
  readonly email: string;
  readonly name: string;
  readonly plan: string;
  readonly locale?: string;
  readonly createdAt: Date;
  /** The job that created it: the same job again is no second one. */
  readonly createdBy: string;
  /** The text itself, or where the file store has it. */
  readonly bio?: { readonly text: string } | { readonly file: string };
}

/** The profiles' port. Each call ends with the job that makes it. */
export interface Profiles {
  /** Who created the profile of that address, where there is one. */
  creatorOf(email: string, call: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /** Adds the profile unless its address has one of another job; true where it stands, now or since an earlier try. */
  add(profile: Profile, call: { readonly signal: AbortSignal }): Promise<boolean>;
}

/**
 * The one spelling of an address. Domains don't distinguish case (RFC 5321, section 2.4); mailboxes may by the letter
 * of it, but no provider of note gives two people addresses that differ in case alone.
 */
export function normaliseEmail(email: string): string {
  return email.normalize("NFC").toLowerCase();
}
