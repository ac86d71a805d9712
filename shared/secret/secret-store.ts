/** Where a service keeps a secret of its own: a text that nobody types, made by whoever first needs it. */
export interface SecretStore {
  /** The text; made and kept where there is none yet. Of several who make one at once, one's counts for all. Throws what the store throws. */
  read(create: () => string): Promise<string>;
  /**
   * Puts another text in its place, made of the one that is there, and answers it. Throws where there is none, what `next` throws, and where
   * another rotates at the same moment.
   */
  rotate(next: (text: string) => string): Promise<string>;
}

/** Which secret that is: the path of a file, or the name of a parameter in the Parameter Store. */
export interface SecretPlace {
  readonly kind: "file" | "ssm";
  readonly name: string;
}
