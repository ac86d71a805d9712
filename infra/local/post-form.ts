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
  const end = createEnd();
  const fields = takeFields(parser, end);
  let isAllowed = false;
  takeFile(parser, end, () => {
    const allowed = check(fields);
    isAllowed = true;
    return allowed;
  });
  for (const limit of ["fieldsLimit", "partsLimit"] as const) {
    parser.on(limit, () => end.refuse(malformed("there are too many fields")));
  }
  parser.on("error", () => end.refuse(malformed("it is no form, or cut off")));
  parser.on("finish", () =>
    end.refuse(new S3Error("InvalidArgument", "POST requires exactly one file upload.")),
  );
  return {
    /** Whether the file has begun, of a form that is allowed: from now on its bytes are kept. */
    isKeeping: () => isAllowed,
    /** After a refusal what comes is passed over. */
    write(chunk: Buffer): void {
      if (!end.isReached()) parser.write(chunk);
    },
    /** After the last byte. Rejects with an S3Error for what is refused. */
    end(): Promise<PostedFile> {
      if (!end.isReached()) parser.end();
      return end.reached;
    },
  };
}

/** How a form ends; the first that is said counts. */
interface End {
  readonly reached: Promise<PostedFile>;
  isReached(): boolean;
  refuse(error: unknown): void;
  accept(file: PostedFile): void;
}

function createEnd(): End {
  const { promise: reached, resolve, reject } = Promise.withResolvers<PostedFile>();
  // Whoever writes on after a refusal hears of it at the end.
  reached.catch(() => {});
  let isReached = false;
  return {
    reached,
    isReached: () => isReached,
    refuse(error) {
      isReached = true;
      reject(error);
    },
    accept(file) {
      isReached = true;
      resolve(file);
    },
  };
}

/** The fields so far, by their names in lower case. */
function takeFields(parser: BusboyInstance, end: End): PostFields {
  const fields = new Map<string, string>();
  parser.on("field", (name, value, _nameCut, isCut) => {
    if (isCut) end.refuse(malformed("a field is longer than 20 KiB"));
    // Twice the same: of two readers, each could see another.
    else if (fields.has(name.toLowerCase())) end.refuse(malformed(`the field ${name} comes twice`));
    else if (!end.isReached()) fields.set(name.toLowerCase(), value);
  });
  return fields;
}

function takeFile(parser: BusboyInstance, end: End, check: () => AllowedPost): void {
  parser.on("file", (_name, stream) => {
    stream.on("error", () => end.refuse(malformed("it is cut off")));
    const allowed = end.isReached() ? undefined : tryCheck(check, end);
    if (!allowed) return stream.resume();
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= allowed.mostBytes) chunks.push(chunk);
      else if (!end.isReached()) end.refuse(tooLarge());
    });
    stream.on("end", () => {
      if (end.isReached()) return;
      if (size < allowed.leastBytes) return end.refuse(tooSmall());
      end.accept({ ...allowed, bytes: Buffer.concat(chunks) });
    });
    return stream;
  });
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

function tryCheck(check: () => AllowedPost, { refuse }: End): AllowedPost | undefined {
  try {
    return check();
  } catch (error) {
    refuse(error);
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
