import sharp, { type Sharp } from "sharp";

/** A picture of one colour, small unless said otherwise. */
export function plain({
  width = 40,
  height = 20,
  background = "#336699",
}: {
  width?: number;
  height?: number;
  background?: string;
} = {}): Sharp {
  return sharp({ create: { width, height, channels: background.length > 7 ? 4 : 3, background } });
}

/** A picture with something to lose: a fixed pattern that compresses badly. */
export function pattern(width = 120, height = 80): Sharp {
  const bytes = new Uint8Array(width * height * 3);
  let state = 1;
  for (let index = 0; index < bytes.length; index++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    bytes[index] = state >> 16;
  }
  return sharp(bytes, { raw: { width, height, channels: 3 } });
}

/** A photo's JPEG of some five megabytes, filled up to so many behind its end, which no decoder minds. */
export async function photoOf(bytes: number): Promise<Buffer> {
  const photo = await pattern(3000, 2000).jpeg({ quality: 90 }).toBuffer();
  return Buffer.concat([photo, Buffer.alloc(bytes - photo.length)]);
}

/** Left half red, right half blue: what a crop or a turn did with it shows. */
export function twoHalves(width = 40, height = 20): Sharp {
  const bytes = new Uint8Array(width * height * 3);
  for (let index = 0; index < width * height; index++)
    bytes[index * 3 + (index % width < width / 2 ? 0 : 2)] = 255;
  return sharp(bytes, { raw: { width, height, channels: 3 } });
}

/** A pixel of a picture, as `[red, green, blue]` and alpha where there is one. */
export async function pixel(bytes: Uint8Array, x: number, y: number): Promise<readonly number[]> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const start = (y * info.width + x) * info.channels;
  return [...data.subarray(start, start + info.channels)];
}
