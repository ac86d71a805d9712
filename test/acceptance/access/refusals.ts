import {
  type CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";

/** In the names of all log groups of the stage, which CloudFormation makes of its stacks' names. */
const stage = "errand-test";

/** How errors of AWS tell of a missing grant: by their names, or in words where only those were logged. */
const refusal = /AccessDenied|Access Denied|not authorized/;

/**
 * The lines in which functions tell that AWS refused them something, from `since` (ms since 1970) on. On AWS a line can be read a
 * few seconds after it was written.
 */
export async function readRefusals(client: CloudWatchLogsClient, since: number): Promise<readonly string[]> {
  const refusals: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups(
    { client },
    { logGroupNamePattern: stage },
  )) {
    for (const { logGroupName } of logGroups) {
      const lines = { logGroupName, startTime: since };
      for await (const { events = [] } of paginateFilterLogEvents({ client }, lines)) {
        for (const { message = "", timestamp = 0 } of events) {
          if (!refusal.test(message) || writtenAt(message, timestamp) < since) continue;
          refusals.push(`${logGroupName}: ${message.trim()}`);
        }
      }
    }
  }
  return refusals;
}

/** A line's own time: MiniStack's is that of the invocation's end. */
function writtenAt(line: string, timestamp: number): number {
  const time = /^\{"time":"([^"]+)"/.exec(line)?.[1];
  return time === undefined ? timestamp : Date.parse(time);
}
