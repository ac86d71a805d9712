import { createHash } from "node:crypto";
import {
  type CopyObjectCommandInput,
  DeleteObjectCommand,
  PutObjectCommand,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createS3Uploads } from "../../functions/s3-uploads.ts";
import { claimedKey, incomingKey } from "../../functions/upload-keys.ts";
import { maximumUploadBytes, type Uploads } from "../../functions/uploads.ts";
import { type AwsServer, startAwsServer } from "../support/aws-server.ts";
import { flowId } from "../support/builders.ts";
import { createMemoryUploads } from "../support/memory-uploads.ts";

let server: AwsServer;
beforeAll(async () => {
  server = await startAwsServer();
  await server.createBucket("uploads");
});
afterAll(() => server.stop());

interface Place {
  readonly uploads: Uploads;
  send(upload: string, bytes: Uint8Array): Promise<void>;
  expire(upload: string): Promise<void>;
}

function s3Place(bucket = "uploads"): Place {
  return {
    uploads: createS3Uploads({ client: async () => server.s3, bucket }),
    async send(upload, Body) {
      await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: incomingKey(upload), Body }));
    },
    async expire(upload) {
      await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: incomingKey(upload) }));
    },
  };
}

let ids = 0;
const newId = () => `06afxg7d5s5qybzc1r1q6m${String(ids++).padStart(4, "0")}`;
const otherFlow = "01jz8k3m5n7p9qrstvwxyz0123";
const patient = () => ({ signal: new AbortController().signal });
const textOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

test("an upload lies below incoming/, and one copy of it below claimed/, whoever claims it", () => {
  expect(incomingKey("u")).toBe("incoming/u");
  expect(claimedKey("u")).toBe("claimed/u");
});

describe.each<[string, () => Place]>([
  ["memory", () => createMemoryUploads()],
  ["S3", () => s3Place()],
])("uploads in %s", (_, open) => {
  test("are claimed as they are, and read by their flow", async () => {
    const { uploads, send } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    expect(await uploads.claim(id, flowId)).toBe("claimed");
    expect(textOf(await uploads.read(id, flowId, patient()))).toBe("first");
    expect(await uploads.read(id, otherFlow, patient())).toBeUndefined();
  });

  test("can't be swapped once they are claimed: what is sent later is nobody's to claim", async () => {
    const { uploads, send } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    await uploads.claim(id, flowId);
    await send(id, Buffer.from("second"));
    expect(await uploads.claim(id, flowId)).toBe("claimed");
    expect(textOf(await uploads.read(id, flowId, patient()))).toBe("first");
    expect(await uploads.claim(id, otherFlow)).toBe("taken");
    expect(await uploads.read(id, otherFlow, patient())).toBeUndefined();
  });

  test("stay claimed when the upload itself is gone", async () => {
    const { uploads, send, expire } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    await uploads.claim(id, flowId);
    await expire(id);
    expect(await uploads.claim(id, flowId)).toBe("claimed");
    expect(await uploads.claim(id, otherFlow)).toBe("taken");
  });

  test("that never came can't be claimed", async () => {
    const { uploads } = open();
    expect(await uploads.claim(newId(), flowId)).toBe("missing");
  });

  test("are claimed once by many at the same time", async () => {
    const { uploads, send } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    const claims = await Promise.all(Array.from({ length: 5 }, () => uploads.claim(id, flowId)));
    expect(claims).toEqual(Array(5).fill("claimed"));
    expect(textOf(await uploads.read(id, flowId, patient()))).toBe("first");
  });

  test("are one flow's alone, also when many claim them at the same time", async () => {
    const { uploads, send } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    const flows = [flowId, otherFlow, `${otherFlow.slice(0, -1)}4`];
    const claims = await Promise.all(flows.map((flow) => uploads.claim(id, flow)));
    expect([...claims].sort()).toEqual(["claimed", "taken", "taken"]);
    const reads = await Promise.all(flows.map((flow) => uploads.read(id, flow, patient())));
    expect(reads.map(textOf)).toEqual(claims.map((claim) => (claim === "claimed" ? "first" : undefined)));
  });

  test("aren't read by a job whose time is over", async () => {
    const { uploads, send } = open();
    const id = newId();
    await send(id, Buffer.from("first"));
    await uploads.claim(id, flowId);
    const late = uploads.read(id, flowId, { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ name: "AbortError" });
  });
});

function refused(name: string, httpStatusCode: number): S3ServiceException {
  return new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });
}

describe("in S3", () => {
  test("an upload is copied as it was looked at, and looked at again where another was sent meanwhile", async () => {
    const { uploads, send } = s3Place();
    const id = newId();
    await send(id, Buffer.from("first"));
    const copies: CopyObjectCommandInput[] = [];
    // The stand-in copies whatever is there: this refuses the first copy as S3 does.
    server.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== "CopyObjectCommand") return next(args);
          copies.push(args.input as CopyObjectCommandInput);
          if (copies.length > 1) return next(args);
          await send(id, Buffer.from("second"));
          throw refused("PreconditionFailed", 412);
        },
      { step: "initialize", name: "swap" },
    );
    try {
      expect(await uploads.claim(id, flowId)).toBe("claimed");
    } finally {
      server.s3.middlewareStack.remove("swap");
    }
    expect(textOf(await uploads.read(id, flowId, patient()))).toBe("second");
    const etags = ["first", "second"].map((text) => `"${createHash("md5").update(text).digest("hex")}"`);
    expect(copies.map(({ CopySourceIfMatch }) => CopySourceIfMatch)).toEqual(etags);
    expect(copies.map(({ IfNoneMatch }) => IfNoneMatch)).toEqual(["*", "*"]);
    expect(copies.at(-1)).toMatchObject({ MetadataDirective: "REPLACE", Metadata: { flow: flowId } });
  });

  test("a copy that another flow makes first is that flow's", async () => {
    const { uploads, send } = s3Place();
    const other = s3Place().uploads;
    const id = newId();
    await send(id, Buffer.from("first"));
    let copies = 0;
    server.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== "CopyObjectCommand" || copies++ > 0) return next(args);
          await other.claim(id, otherFlow);
          throw refused("PreconditionFailed", 412);
        },
      { step: "initialize", name: "overtake" },
    );
    try {
      expect(await uploads.claim(id, flowId)).toBe("taken");
    } finally {
      server.s3.middlewareStack.remove("overtake");
    }
    expect(await uploads.read(id, flowId, patient())).toBeUndefined();
    expect(textOf(await uploads.read(id, otherFlow, patient()))).toBe("first");
  });

  test("an upload that is sent anew each time is given up, and another error is told as it is", async () => {
    const { uploads, send } = s3Place();
    const id = newId();
    await send(id, Buffer.from("first"));
    const claimWith = async (error: Error) => {
      server.s3.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            if (commandName === "CopyObjectCommand") throw error;
            return next(args);
          },
        { step: "initialize", name: "refuse" },
      );
      return uploads.claim(id, flowId).finally(() => server.s3.middlewareStack.remove("refuse"));
    };
    await expect(claimWith(refused("PreconditionFailed", 412))).rejects.toThrow("sent anew each time");
    await expect(claimWith(refused("AccessDenied", 403))).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("one that is larger than any form allows is none", async () => {
    const { uploads, send } = s3Place();
    const id = newId();
    await send(id, Buffer.alloc(maximumUploadBytes + 1));
    expect(await uploads.claim(id, flowId)).toBe("missing");
    await send(id, Buffer.alloc(maximumUploadBytes));
    expect(await uploads.claim(id, flowId)).toBe("claimed");
    expect(await uploads.read(id, flowId, patient())).toHaveLength(maximumUploadBytes);
  });

  test("no more than that is ever read", async () => {
    const { uploads } = s3Place();
    const id = newId();
    const Key = claimedKey(id);
    const Body = Buffer.alloc(maximumUploadBytes + 1);
    const Metadata = { flow: flowId };
    await server.s3.send(new PutObjectCommand({ Bucket: "uploads", Key, Body, Metadata }));
    await expect(uploads.read(id, flowId, patient())).rejects.toThrow(
      `${Key}: at most 10485760 bytes, got 10485761`,
    );
  });

  test("a bucket that is missing holds the job: that is no one upload's fault", async () => {
    const { uploads } = s3Place("nowhere");
    await expect(uploads.read(newId(), flowId, patient())).rejects.toMatchObject({
      ...{ name: "OutageError", dependency: "uploads" },
    });
  });

  test("a form is for one key, type and size, and for ten minutes", async () => {
    const { uploads } = s3Place();
    const id = newId();
    const before = Date.now();
    const { url, fields } = await uploads.form(id, { type: "image/png", size: 1234 });
    expect(url).toBe(`${server.awsEndpoint}/uploads`);
    expect(fields).toMatchObject({ key: `incoming/${id}`, "Content-Type": "image/png", bucket: "uploads" });
    const policy = JSON.parse(Buffer.from(fields["Policy"] ?? "", "base64").toString());
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ["content-length-range", 1234, 1234],
        ...[{ bucket: "uploads" }, { key: `incoming/${id}` }, { "Content-Type": "image/png" }],
      ]),
    );
    const minutes = (Date.parse(policy.expiration) - before) / 60_000;
    expect(minutes).toBeGreaterThan(9.9);
    expect(minutes).toBeLessThan(10.1);
  });
});
