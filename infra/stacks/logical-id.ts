/** A name of the catalog's in the form of logical ids: `SendWelcomeEmail` for `send-welcome-email`. */
export function logicalId(name: string): string {
  return name
    .split("-")
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");
}
