import { createHash } from "node:crypto";
import type { FileStore, JobHandler } from "../../shared/index.ts";
import { normaliseEmail, type Profile, type Profiles } from "./profiles.ts";

export interface ProfileInput {
  readonly email: string;
  readonly name: string;
  readonly plan: string;
  readonly locale?: string | undefined;
  readonly bio?: string | undefined;
}

/**
 * Beyond this a bio is a file: DynamoDB bills a write 0.625 $/M for each KB, S3 5 $/M for the whole, which is even at 8 KB.
 */
const largeBioBytes = 8 * 1024;

/** What a probe writes, each over the one before it. */
const signOfLife = "profiles/sign-of-life.txt";

/**
 * Creates the profile unless its address has one. The same job again finds its own and says `created: true` again; a
 * second sign-up with the address overwrites nothing.
 */
export function createHandler({
  profiles,
  files,
}: {
  readonly profiles: Profiles;
  readonly files: FileStore;
}): JobHandler<ProfileInput> {
  return async ({ email, name, plan, locale, bio }, { id, flow, signal, probing }) => {
    const address = normaliseEmail(email);
    // Most profiles need no file. As a probe each would end an outage of the files without having asked for one, and an address
    // that is known be told by that.
    if (probing) await files.put(signOfLife, Buffer.from("files\n"), { contentType: "text/plain", signal });
    if (bio === undefined || Buffer.byteLength(bio) <= largeBioBytes) {
      return {
        created: await profiles.add(profile(bio === undefined ? undefined : { text: bio }), { signal }),
      };
    }
    // Asked first, so that a second sign-up leaves no file behind; the condition of `add` still decides.
    const creator = await profiles.creatorOf(address, { signal });
    if (creator !== undefined && creator !== id) return { created: false };
    signal.throwIfAborted();
    // The file before what refers to it. Its key has the job's id, so that no other job's file is ever overwritten.
    const file = `profiles/${createHash("sha256").update(address).digest("hex").slice(0, 32)}/${id}/bio.txt`;
    await files.put(file, Buffer.from(bio), { contentType: "text/plain; charset=utf-8", signal });
    return { created: await profiles.add(profile({ file }), { signal }) };

    function profile(about: Profile["bio"]): Profile {
      return {
        ...{ email: address, name, plan, createdAt: flow.createdAt, createdBy: id },
        ...(locale === undefined ? {} : { locale }),
        ...(about === undefined ? {} : { bio: about }),
      };
    }
  };
}
