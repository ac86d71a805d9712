/** dynalite ships no types; only what the tests use. */
declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    /** How long a new table stays in state CREATING; 500 unless set. */
    createTableMs?: number;
    /** A LevelDB folder; in memory unless set. */
    path?: string;
  }

  /** A server that isn't listening yet; `close` closes its database too. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
