/** One of the pictures that are made of an avatar. */
export interface Picture {
  /** What the job's result calls it. */
  readonly field: string;
  readonly file: string;
  /** Of each side, in pixels. */
  readonly size: number;
  readonly format: "webp" | "avif";
}

const sizes = [512, 256, 64] as const;
const formats = ["webp", "avif"] as const;

/** All of them: squares of three sizes, each in the format that every browser has and in the smaller one. */
export const pictures: readonly Picture[] = sizes.flatMap((size) =>
  formats.map((format) => ({ field: `${format}${size}`, file: `avatar-${size}.${format}`, size, format })),
);
