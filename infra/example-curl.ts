const person = JSON.stringify({ email: "zoe@example.com", name: "Zoë Ångström", plan: "pro", locale: "de" });

/** A line to paste into a shell, which signs somebody up. */
export function exampleCurl(url: string, certificate?: string): string {
  const trust = certificate === undefined ? "" : ` --cacert ${certificate}`;
  return `curl -i${trust} '${url}/sign-ups' -H 'content-type: application/json' -d '${person}'`;
}
