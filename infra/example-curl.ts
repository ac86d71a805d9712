/** How to call an API that isn't behind a certificate that everybody trusts, or mustn't mail to just anybody. */
export interface ExampleOptions {
  /** The file of the server's certificate. */
  readonly certificate?: string | undefined;
  /** Who is signed up. Default an address that no mail server delivers to. */
  readonly email?: string;
}

/** `curl`, with what it must trust. */
export function curl({ certificate }: ExampleOptions): string {
  return certificate === undefined ? "curl" : `curl --cacert ${certificate}`;
}

/** A line to paste into a shell, which signs somebody up. */
export function exampleCurl(url: string, options: ExampleOptions = {}): string {
  const { email = "zoe@example.com" } = options;
  const person = JSON.stringify({ email, name: "Zoë Ångström", plan: "pro", locale: "de" });
  return `${curl(options)} -i '${url}/sign-ups' -H 'content-type: application/json' -d '${person}'`;
}
