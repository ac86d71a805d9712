import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium as playwright } from "playwright-core";

/** In the order of preference: Debian's, and what other systems call theirs. */
const names = ["chromium", "chromium-browser", "google-chrome"];

/**
 * A headless Chromium of this machine; none is downloaded.
 * @throws Error where there is none.
 */
export function launchChromium() {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  const paths = names.flatMap((name) => directories.map((directory) => join(directory, name)));
  const executablePath = paths.find(isExecutable);
  if (executablePath === undefined) {
    throw new Error(`a browser on the PATH: ${names.join(", ")}, got none. Debian: apt-get install chromium`);
  }
  return playwright.launch({ executablePath });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
