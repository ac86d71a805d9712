import { defineJob } from "../../shared/index.ts";
import { record } from "../schemas.ts";
import { uploadId } from "../uploads.ts";
import { pictures } from "./pictures.ts";

/** Makes the avatar's pictures of an upload that the flow has claimed. */
export const resizeAvatar = defineJob({
  name: "resize-avatar",
  input: record({ upload: uploadId }),
  workers: 2,
  // What was measured, and what follows from it: docs/decisions/0030-images.md.
  timeoutSeconds: 30,
  memoryMiB: 1769,
  uses: ["uploads", "files"],
  publicResult: pictures.map(({ field }) => field),
});
