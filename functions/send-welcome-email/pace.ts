/**
 * How long sending takes in this process, so that a mail that isn't sent takes as long: when a job began and ended is
 * public, and would tell whether its address had had a mail.
 */
export interface Pace {
  /** Notes how many milliseconds a mail has taken. */
  note(milliseconds: number): void;
  /** As long as one of the last mails, in milliseconds. */
  draw(): number;
}

const remembered = 32;
/** Until a mail was sent: what one takes to SES in the same region, assumed. */
const assumed = [60, 80, 100, 120, 150, 200];

export function createPace(random: () => number = Math.random): Pace {
  const last: number[] = [];
  return {
    note(milliseconds) {
      last.push(milliseconds);
      if (last.length > remembered) last.shift();
    },
    draw() {
      const choice = last.length > 0 ? last : assumed;
      return choice[Math.floor(random() * choice.length)] ?? 0;
    },
  };
}
