import { type FileStore, type JobHandler, jobFileKey, PermanentError } from "../../shared/index.ts";
import type { Uploads } from "../uploads.ts";
import { decodeSquare, encodeSquare } from "./images.ts";
import { resizeAvatar } from "./job.ts";
import { pictures } from "./pictures.ts";

export interface AvatarInput {
  /** The id of the upload. */
  readonly upload: string;
}

/**
 * Makes the pictures of an avatar and stores them. Bears running twice: the same upload gives the same bytes under the same
 * keys.
 */
export function createHandler({
  uploads,
  files,
}: {
  readonly uploads: Pick<Uploads, "read">;
  readonly files: FileStore;
}): JobHandler<AvatarInput> {
  return async ({ upload }, context) => {
    const { signal } = context;
    const bytes = await uploads.read(upload, context.flow.id, { signal });
    if (!bytes) throw new PermanentError("the upload is gone");
    const square = await decodeSquare(bytes, { signal, mostSeconds: resizeAvatar.timeoutSeconds });
    for (const { file, size, format } of pictures) {
      signal.throwIfAborted();
      const picture = await encodeSquare(square, { size, format });
      await files.put(jobFileKey(context, file), picture, { contentType: `image/${format}`, signal });
    }
    return Object.fromEntries(pictures.map(({ field, file }) => [field, file]));
  };
}
