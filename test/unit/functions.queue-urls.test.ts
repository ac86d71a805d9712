import { expect, test } from "@jest/globals";
import { readEnvironment } from "../../functions/environment.ts";

const read = (urls: unknown) => readEnvironment({ QUEUE_URLS: JSON.stringify(urls) }).queueUrls();

test.each([
  ["AWS", "https://sqs.eu-west-1.amazonaws.com/123456789012"],
  ["MiniStack", "http://localhost:4566/000000000000"],
  ["LocalStack with its region in the path", "http://127.0.0.1:4566/queue/us-east-1/000000000000"],
])("a name alone stands for the URL beside the first: %s", (_, account) => {
  const letters = `${account}/dispatch-dead-letters-2`;
  expect(
    read({ dispatch: `${account}/dispatch-1`, mail: "Mail_Queue-3", "dispatch-dead-letters": letters }),
  ).toEqual({
    dispatch: `${account}/dispatch-1`,
    mail: `${account}/Mail_Queue-3`,
    "dispatch-dead-letters": letters,
  });
});

test("no queue at all is an empty list", () => {
  expect(read({})).toEqual({});
});

test.each([[{ dispatch: "dispatch-1" }], [{ dispatch: 7 }], [null], ["x"]])(
  "what has no URL first, or is none, is refused: %j",
  (urls) => {
    expect(() => read(urls)).toThrow("QUEUE_URLS: a JSON object of queue URLs, got");
  },
);
