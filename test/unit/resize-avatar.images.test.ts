import { crc32, deflateSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import sharp, { type Sharp } from "sharp";
import { decodeSquare, encodeSquare, jobErrorOf } from "../../functions/resize-avatar/images.ts";
import { PermanentError } from "../../shared/catalog/job-errors.ts";
import { pattern, pixel, plain, twoHalves } from "../support/pictures.ts";

const { signal } = new AbortController();
const decode = (bytes: Uint8Array) => decodeSquare(bytes, { signal, mostSeconds: 30 });

/** The largest WebP of an upload. */
async function avatarOf(upload: Sharp | Uint8Array): Promise<Uint8Array> {
  const bytes = upload instanceof Uint8Array ? upload : await upload.toBuffer();
  return encodeSquare(await decode(bytes), { size: 512, format: "webp" });
}

/** What an upload is refused with. */
async function refusalOf(bytes: Uint8Array): Promise<string> {
  const error: unknown = await decode(bytes).then(
    () => "a picture",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PermanentError);
  return error instanceof Error ? error.message : "";
}

const close = (colour: readonly number[]) => colour.map((value) => expect.closeTo(value, -1));

/** A file of PNG's from its chunks: what sharp itself wouldn't write. */
function png(...chunks: readonly (readonly [type: string, data: Uint8Array])[]): Buffer {
  const parts = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(data.length, 0);
    numbers.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
  });
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]);
}

function header(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([8, 2, 0, 0, 0], 8);
  return bytes;
}

const grey = Buffer.alloc(0);
const unreadable = "the upload is no picture that is read here: JPEG, PNG, WebP, AVIF or GIF";
const broken = "the picture can't be decoded: it is broken, cut off, or a side is too long";
const tooLarge = "the picture has more than 50 million pixels";

describe("A picture of each kind that is read comes out in its colour:", () => {
  test.each(["jpeg", "png", "webp", "avif", "gif"] as const)("%s.", async (format) => {
    const avatar = await avatarOf(plain().toFormat(format));
    expect((await pixel(avatar, 256, 256)).slice(0, 3)).toEqual(close([0x33, 0x66, 0x99]));
  });

  test("CMYK becomes sRGB.", async () => {
    const bytes = await plain({ background: "#ff0000" }).toColourspace("cmyk").jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const [red = 0, green = 255, blue = 255] = await pixel(await avatarOf(bytes), 256, 256);
    expect(red).toBeGreaterThan(200);
    expect(Math.max(green, blue)).toBeLessThan(60);
  });

  test("16 bits a channel become 8.", async () => {
    const bytes = await plain().toColourspace("rgb16").png().toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    expect(await pixel(await avatarOf(bytes), 256, 256)).toEqual(close([0x33, 0x66, 0x99]));
  });

  test("A wide gamut becomes sRGB, and its profile is gone.", async () => {
    const bytes = await plain({ background: "#00ff00" }).withIccProfile("p3").png().toBuffer();
    const { icc } = await sharp(bytes).metadata();
    expect(icc).toBeDefined();
    const avatar = await avatarOf(bytes);
    expect((await sharp(avatar).metadata()).icc).toBeUndefined();
    expect(await pixel(avatar, 256, 256)).toEqual(close([0, 255, 0]));
  });

  test("Grey becomes grey.", async () => {
    const bytes = await plain({ background: "#808080" }).toColourspace("b-w").png().toBuffer();
    expect(await pixel(await avatarOf(bytes), 256, 256)).toEqual(close([128, 128, 128]));
  });

  test("What shines through goes on shining through.", async () => {
    const bytes = await plain({ background: "#33669980" }).png().toBuffer();
    expect(await pixel(await avatarOf(bytes), 256, 256)).toEqual(close([0x33, 0x66, 0x99, 0x80]));
  });
});

describe("A picture is made a square", () => {
  test("of its middle.", async () => {
    const avatar = await avatarOf(twoHalves().png());
    expect(await pixel(avatar, 30, 256)).toEqual(close([255, 0, 0]));
    expect(await pixel(avatar, 480, 256)).toEqual(close([0, 0, 255]));
  });

  test("upright: what was turned by its orientation is turned back.", async () => {
    // 6: the camera was held a quarter turn to the left, so the left edge is the top.
    const bytes = await twoHalves().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    const avatar = await avatarOf(bytes);
    expect(await pixel(avatar, 256, 30)).toEqual(close([255, 0, 0]));
    expect(await pixel(avatar, 256, 480)).toEqual(close([0, 0, 255]));
    expect((await sharp(avatar).metadata()).orientation).toBeUndefined();
  });

  test.each([
    [1, 1],
    [20_000, 1],
    [1, 20_000],
  ])("also of %d by %d pixels.", async (width, height) => {
    const { width: made, height: high } = await sharp(
      await avatarOf(plain({ width, height }).png()),
    ).metadata();
    expect([made, high]).toEqual([512, 512]);
  });
});

test("Where it was taken, by what and by whom stays with the upload.", async () => {
  const secrets = { Copyright: "Zoe Angstrom", Model: "Camera 7" };
  const bytes = await pattern()
    .withExif({ IFD0: secrets, IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 51/1 29/1" } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>Zoe Angstrom</a></x:xmpmeta>')
    .jpeg()
    .toBuffer();
  const before = await sharp(bytes).metadata();
  expect(before.exif && before.xmp).toBeDefined();
  expect(Buffer.from(bytes).includes("Zoe Angstrom")).toBe(true);
  const square = await decode(bytes);
  for (const format of ["webp", "avif"] as const) {
    const picture = Buffer.from(await encodeSquare(square, { size: 64, format }));
    const { exif, xmp, iptc, icc, comments } = await sharp(picture).metadata();
    expect({ exif, xmp, iptc, icc, comments }).toEqual({});
    for (const word of [...Object.values(secrets), "GPS", "Exif"]) expect(picture.includes(word)).toBe(false);
  }
});

describe("Of an animation the first frame is taken:", () => {
  test.each(["gif", "webp"] as const)("%s.", async (format) => {
    const frames = ["#ff0000", "#00ff00", "#0000ff"].map((background) =>
      plain({ background }).png().toBuffer(),
    );
    const bytes = await sharp(await Promise.all(frames), { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(3);
    expect((await pixel(await avatarOf(bytes), 256, 256)).slice(0, 3)).toEqual(close([255, 0, 0]));
  });
});

describe("For good is refused", () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>';
  test.each<[string, Uint8Array]>([
    ["nothing", grey],
    ["a text", Buffer.from("no picture")],
    ["a page", Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["an SVG", Buffer.from(svg)],
    ["an SVG that begins as XML", Buffer.from(`<?xml version="1.0"?>\n<!-- x -->${svg}`)],
    ["a PDF", Buffer.from("%PDF-1.7\n")],
    ["an archive", Buffer.from("PK\x03\x04")],
  ])("%s.", async (_, bytes) => {
    expect(await refusalOf(bytes)).toBe(unreadable);
  });

  test("a TIFF, whose decoder is closed.", async () => {
    expect(await refusalOf(await plain().tiff().toBuffer())).toBe(unreadable);
  });

  test.each(["jpeg", "png", "webp", "avif", "gif"] as const)("a %s that is cut off.", async (format) => {
    const bytes = await pattern().toFormat(format).toBuffer();
    expect(await refusalOf(bytes.subarray(0, bytes.length >> 1))).toBe(broken);
  });

  test("a PNG whose pixels are damaged.", async () => {
    const bytes = await pattern().png().toBuffer();
    bytes.fill(7, bytes.length >> 1, (bytes.length >> 1) + 200);
    expect(await refusalOf(bytes)).toBe(broken);
  });

  test("a PNG of 100 bytes that claims ten billion pixels, before any is decoded.", async () => {
    const bomb = png(
      ["IHDR", header(100_000, 100_000)],
      ["IDAT", deflateSync(Buffer.alloc(100))],
      ["IEND", grey],
    );
    expect(bomb.length).toBeLessThan(100);
    expect(await refusalOf(bomb)).toBe(tooLarge);
  });

  test("a JPEG whose header says 65 000 by 65 000.", async () => {
    const bytes = await pattern().jpeg().toBuffer();
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt16BE(65_000, frame + 5);
    bytes.writeUInt16BE(65_000, frame + 7);
    expect(await refusalOf(bytes)).toBe(tooLarge);
  });

  test("one pixel more than fifty millions; fifty millions are read.", async () => {
    const flat = (height: number) => plain({ width: 10_000, height }).webp({ lossless: true, effort: 0 });
    expect(await refusalOf(await flat(5_001).toBuffer())).toBe(tooLarge);
    expect((await sharp(await avatarOf(flat(5_000))).metadata()).width).toBe(512);
  });
});

test("A file of two kinds gives its picture, and nothing of the other.", async () => {
  const script = "<script>alert(document.domain)</script>";
  const archive = Buffer.from(`PK\x03\x04${script}`, "latin1");
  const commented = await pattern()
    .withExif({ IFD0: { ImageDescription: script } })
    .jpeg()
    .toBuffer();
  for (const bytes of [Buffer.concat([await pattern().jpeg().toBuffer(), archive]), commented]) {
    expect(bytes.includes(script)).toBe(true);
    const avatar = Buffer.from(await avatarOf(bytes));
    expect(avatar.includes(script)).toBe(false);
    expect(avatar.subarray(8, 12).toString("latin1")).toBe("WEBP");
  }
});

test("A machine that takes too long is no fault of the picture's: it is tried again.", () => {
  // As libvips says it: of no picture is it sure to take a second everywhere.
  const late = new Error("timeout: 42% complete");
  expect(jobErrorOf(late)).toBe(late);
});
