import type { EngineEvent, Log } from "./event.ts";

/** One JSON object a line, with the time: for CloudWatch. */
export function jsonLog(write: (line: string) => void = toStandardOutput): Log {
  return ({ level, event, ...rest }) => {
    write(JSON.stringify({ time: new Date().toISOString(), level, event, ...rest }));
  };
}

/** One readable line a step: for a person at a terminal. */
export function readableLog(write: (line: string) => void = toStandardOutput): Log {
  return (event) => write(readableLine(event, new Date()));
}

function readableLine({ level, event, flow, job, queue, ...details }: EngineEvent, at: Date): string {
  const time = at.toISOString().slice(11, 23);
  const mark = level === "warn" ? "!" : " ";
  const text = Object.entries(details).map(([name, value]) => detail(name, value));
  const about = job ?? flow ?? queue ?? "";
  return `${time} ${mark} ${event.padEnd(21)} ${about}${text.length > 0 ? `  ${text.join("  ")}` : ""}`;
}

function detail(name: string, value: unknown): string {
  if (name === "milliseconds") return `${value} ms`;
  if (name === "bytes") return `${value} bytes`;
  if (name === "seconds") return `in ${value} s`;
  // JSON, since a reason may be a server's words: no line of its own, no terminal codes.
  if (name === "reason") return JSON.stringify(value);
  return `${name} ${value}`;
}

export function toStandardOutput(line: string): void {
  process.stdout.write(`${line}\n`);
}
