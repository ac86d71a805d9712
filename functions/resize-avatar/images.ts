import { onceReady, PermanentError } from "../../shared/index.ts";
import type { Picture } from "./pictures.ts";

/**
 * Pictures by sharp (libvips). It decodes by content: no name and no stated type is ever asked. Loaded at the first picture,
 * so that an embedded run on a platform that sharp has no binary for fails in this job alone. Once: while it is done, nothing can be decoded.
 */
const readySharp = onceReady(async () => {
  const { default: sharp } = await import("sharp");
  // Of the decoders, among which strangers' bytes would choose, five are left open: no SVG, which may refer to files, no TIFF.
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });
  // What libvips remembers of a picture serves no other one.
  sharp.cache(false);
  return sharp;
});

/** By class: each has a loader of files, of buffers and of streams. */
const loaders = ["Jpeg", "Png", "Webp", "Heif", "Nsgif"].map((format) => `VipsForeignLoad${format}`);
const readFormats = "JPEG, PNG, WebP, AVIF or GIF";

/** Of a picture as it is stored. A telephone's of 48 megapixels passes; a file of 100 KB may claim billions. */
const mostPixels = 50_000_000;

/** The side of the largest picture, from which the smaller ones are made. */
const squareSize = 512;

/** Upright, 8 bits a channel, sRGB, with nothing but its pixels left. */
export interface Square {
  readonly pixels: Uint8Array;
  readonly channels: 3 | 4;
}

export interface DecodeOptions {
  readonly signal: AbortSignal;
  /** After how long libvips gives up, in seconds: it doesn't hear the signal. */
  readonly mostSeconds: number;
}

/**
 * The middle of a picture, as large as fits. Of an animation the first frame.
 * @throws PermanentError for what isn't a picture of a kind that is read, is larger than `mostPixels`, broken or cut off.
 */
export async function decodeSquare(
  bytes: Uint8Array,
  { signal, mostSeconds }: DecodeOptions,
): Promise<Square> {
  const sharp = await readySharp();
  signal.throwIfAborted();
  try {
    // `error`: what a decoder only warns of, such as bytes after the end, keeps nobody from seeing the picture.
    const { data, info } = await sharp(bytes, { limitInputPixels: mostPixels, failOn: "error", pages: 1 })
      .timeout({ seconds: mostSeconds })
      .autoOrient()
      .resize(squareSize, squareSize, { fit: "cover" })
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { pixels: data, channels: info.channels === 4 ? 4 : 3 };
  } catch (error) {
    throw jobErrorOf(error);
  }
}

/**
 * The job's error for one of libvips's, which are told by their texts alone. Of these no more is kept: they may repeat what
 * stands in the file.
 */
export function jobErrorOf(error: unknown): unknown {
  const text = error instanceof Error ? error.message : "";
  // A slow machine may have taken too long: it is tried again.
  if (/^timeout: /.test(text)) return error;
  if (/unsupported image format|Buffer is empty/.test(text)) {
    return new PermanentError(`the upload is no picture that is read here: ${readFormats}`);
  }
  if (/exceeds pixel limit/.test(text)) {
    return new PermanentError(`the picture has more than ${mostPixels / 1e6} million pixels`);
  }
  return new PermanentError("the picture can't be decoded: it is broken, cut off, or a side is too long");
}

/** A picture of the square, without any metadata: sharp writes none unless told to. */
export async function encodeSquare(
  { pixels, channels }: Square,
  { size, format }: Pick<Picture, "size" | "format">,
): Promise<Uint8Array> {
  const sharp = await readySharp();
  const raw = { width: squareSize, height: squareSize, channels };
  return sharp(pixels, { raw }).resize(size, size).toFormat(format, qualities[format]).toBuffer();
}

/** Where a face at twice its size shows no difference to more: sharp's own for WebP, one step above it for AVIF. */
const qualities = { webp: { quality: 80 }, avif: { quality: 55 } } as const;
