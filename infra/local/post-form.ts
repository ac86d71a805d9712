import { Busboy, type BusboyInstance } from "@fastify/busboy";
import type { AllowedPost, PostFields } from "./post-policy.ts";
import { S3Error } from "./s3-error.ts";

/** A form that was allowed, and its file. */
export interface PostedFile extends AllowedPost {
  readonly bytes: Buffer;
}

/** As S3 limits a form but for its file: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
const formLimits = {
  ...{ fields: 50, fieldSize: 20 * 1024, files: 1, parts: 100 },
  ...{ headerPairs: 20, headerSize: 8 * 1024 },
};

/**
 * Reads a form as it comes. `check` is asked with the fields before the first byte of the file is kept, and no more bytes
 * are kept than it allows. Fields after the file are passed over, as S3 does.
 */
export function createPostForm(contentType: string, check: (fields: PostFields) => AllowedPost) {
  const parser = parserOf(contentType);
  const result = Promise.withResolvers<PostedFile>();
  // Whoever writes on after a refusal hears of it at the end.
  result.promise.catch(() => {});
  const fields = new Map<string, string>();
  let over = false;
  const end = (settle: () => void) => {
    over = true;
    settle();
  };
  const fail = (error: unknown) => end(() => result.reject(error));

  parser.on("field", (name, value, _nameCut, isCut) => {
    if (isCut) fail(malformed("a field is longer than 20 KiB"));
    // Twice the same: of two readers, each could see another.
    else if (fields.has(name.toLowerCase())) fail(malformed(`the field ${name} comes twice`));
    else if (!over) fields.set(name.toLowerCase(), value);
  });
  for (const limit of ["fieldsLimit", "partsLimit"] as const) {
    parser.on(limit, () => fail(malformed("there are too many fields")));
  }
  parser.on("error", () => fail(malformed("it is no form, or cut off")));
  parser.on("finish", () => fail(new S3Error("InvalidArgument", "POST requires exactly one file upload.")));
  parser.on("file", (_name, stream) => {
    stream.on("error", () => fail(malformed("it is cut off")));
    const allowed = over ? undefined : tryCheck(() => check(fields), fail);
    if (!allowed) return stream.resume();
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= allowed.mostBytes) chunks.push(chunk);
      else if (!over) fail(tooLarge());
    });
    stream.on("end", () => {
      if (over) return;
      if (size < allowed.leastBytes) return fail(tooSmall());
      end(() => result.resolve({ ...allowed, bytes: Buffer.concat(chunks) }));
    });
    return stream;
  });

  return {
    /** After a refusal what comes is passed over. */
    write(chunk: Buffer): void {
      if (!over) parser.write(chunk);
    },
    /** After the last byte. Rejects with an S3Error for what is refused. */
    end(): Promise<PostedFile> {
      if (!over) parser.end();
      return result.promise;
    },
  };
}

function parserOf(contentType: string): BusboyInstance {
  try {
    if (/^multipart\/form-data\b/i.test(contentType)) {
      const isPartAFile = (name: string | undefined) => name === "file";
      return new Busboy({ headers: { "content-type": contentType }, limits: formLimits, isPartAFile });
    }
  } catch {
    // Without a boundary, refused as any other type.
  }
  throw new S3Error("PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data.");
}

function tryCheck(check: () => AllowedPost, fail: (error: unknown) => void): AllowedPost | undefined {
  try {
    return check();
  } catch (error) {
    fail(error);
    return undefined;
  }
}

function malformed(why: string): S3Error {
  return new S3Error("MalformedPOSTRequest", `The form can't be read: ${why}.`);
}

function tooLarge(): S3Error {
  return new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
}

function tooSmall(): S3Error {
  return new S3Error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
}
