import { describe, formatViolation } from "../../shared/index.ts";

/** A package as package-lock.json (version 3) has it, by its path. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** What functions run on: Lambda's own system, on one of its two processors. */
export interface Platform {
  readonly cpu: "arm64" | "x64";
}

/**
 * Of a lock file, the packages of these names and all that they need, for every platform: what `npm ci` asks for.
 * @throws Error where one isn't locked, or one that this platform installs is locked without an integrity hash.
 */
export function lockedPackages(
  names: readonly string[],
  locked: LockedPackages,
  platform: Platform,
): LockedPackages {
  const found = new Map<string, LockedPackage>();
  function add(name: string, from: string, isOptional: boolean): void {
    const path = pathOf(name, from, locked);
    const entry = path === undefined ? undefined : locked[path];
    if (path === undefined || entry === undefined) {
      if (isOptional) return;
      refuse(name, "a package that is locked", undefined);
    }
    if (found.has(path)) return;
    if (runsOn(entry, platform) && !entry.integrity) refuse(path, "an integrity hash", entry.integrity);
    found.set(path, entry);
    for (const dependency of Object.keys(entry.dependencies ?? {})) add(dependency, path, false);
    for (const dependency of Object.keys(entry.optionalDependencies ?? {})) add(dependency, path, true);
  }
  for (const name of names) add(name, "", false);
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether npm installs it there. */
function runsOn({ os, cpu, libc }: LockedPackage, platform: Platform): boolean {
  const takes = (list: readonly string[] | undefined, own: string) =>
    list === undefined || list.includes(own);
  return takes(os, "linux") && takes(cpu, platform.cpu) && takes(libc, "glibc");
}

/** As Node looks a name up: beside whoever asks, then in each folder above. */
function pathOf(name: string, from: string, locked: LockedPackages): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (locked[path]) return path;
    if (folder === "") return undefined;
  }
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new Error(formatViolation({ path: `package-lock.json: ${path}`, rule, got: describe(value) }));
}
