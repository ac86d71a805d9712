/** How the lack of a grant shows. */
export interface Round {
  /** Part of the path of the test file that must turn red. */
  readonly file: string;
  /** Part of the name of the only test of it that is run. Default all. */
  readonly test?: string;
  /** Whose grant is taken away, where several have it: one whose work the file needs. */
  readonly of?: string;
  /** Its work is done once in a stage's life, and kept: it comes before anything else has run there. Default false. */
  readonly once?: true;
}

const effects: Round = { file: "sign-up.effects" };
const large: Round = { file: "sign-up.large" };
const avatar: Round = { file: "sign-up.avatar" };
const notices: Round = { file: "notifications.notices" };
const followed: Round = { file: "flows.followed" };
const webhooks: Round = { file: "notifications.webhooks" };
const mended: Round = { file: "flows.mended" };

/** By grant. The files are the fast ones. */
export const rounds: Readonly<Record<string, Round>> = {
  "api: dynamodb:BatchGetItem on ledger": effects,
  "api: dynamodb:PutItem on ledger": effects,
  "api: dynamodb:UpdateItem on ledger": { file: "sign-up.idempotency" },
  "api: s3:GetObject on files/*": effects,
  "api: s3:GetObject on uploads/claimed/*": avatar,
  "api: s3:GetObject on uploads/incoming/*": avatar,
  "api: s3:PutObject on payloads/flows/*": large,
  "api: s3:PutObject on uploads/claimed/*": avatar,
  "api: s3:PutObject on uploads/incoming/*": avatar,
  "api: sqs:SendMessage on the dispatch queue": effects,

  "dispatcher: dynamodb:BatchGetItem on ledger": large,
  "dispatcher: dynamodb:UpdateItem on ledger": mended,
  "dispatcher: sqs:ChangeMessageVisibility on its queue": { file: "coming-back", test: "can't be sent" },
  "dispatcher: sqs:GetQueueAttributes on queues of jobs": mended,
  "dispatcher: sqs:SendMessage on dead letters of jobs": mended,
  "dispatcher: sqs:SendMessage on the webhook queue": { ...notices, test: "by its check" },
  "dispatcher: sqs:SendMessage on its dead letters": { file: "messages.unreadable" },
  "dispatcher: sqs:SendMessage on its queue": effects,
  "dispatcher: sqs:SendMessage on queues of jobs": effects,
  "dispatcher: sqs:SendMessageBatch on its queue": { file: "sign-up.many" },
  "dispatcher: sqs:SendMessageBatch on queues of jobs": { file: "workers.limits" },

  "pusher: dynamodb:BatchGetItem on ledger": followed,
  "pusher: execute-api:ManageConnections on connections": followed,
  "pusher: sqs:SendMessage on the webhook queue": { ...notices, test: "older deploy" },
  "pusher: sqs:SendMessage on its dead letters": { file: "messages.unreadable", test: "queue notify" },

  "socket: dynamodb:BatchGetItem on ledger": followed,
  "socket: dynamodb:UpdateItem on ledger": followed,
  "socket: execute-api:ManageConnections on connections": followed,

  "webhooks: dynamodb:BatchGetItem on ledger": { ...notices, test: "nobody answers" },
  "webhooks: dynamodb:PutItem on ledger": webhooks,
  "webhooks: dynamodb:UpdateItem on ledger": webhooks,
  "webhooks: sqs:SendMessage on its queue": webhooks,
  "webhooks: ssm:GetParameter on the parameter webhook-secret": { ...webhooks, once: true },
  "webhooks: ssm:PutParameter on the parameter webhook-secret": { ...webhooks, once: true },
  "webhooks: sqs:ChangeMessageVisibility on its queue": { ...notices, test: "nobody answers" },
  "webhooks: sqs:SendMessage on its dead letters": { file: "messages.unreadable", test: "queue webhook" },

  "worker: dynamodb:BatchGetItem on ledger": { ...mended, of: "fail-for-good" },
  "worker: dynamodb:UpdateItem on ledger": { ...effects, of: "render-receipt" },
  "worker: s3:GetObject on payloads/flows/*": { ...large, of: "create-profile" },
  "worker: sqs:ChangeMessageVisibility on its queue": { file: "jobs.failing", of: "fail-once" },
  "worker: sqs:SendMessage on the dispatch queue": {
    file: "jobs.redriven",
    test: "moved back",
    of: "fail-for-good",
  },
  "worker: sqs:SendMessage on the notify queue": { ...followed, of: "take-turns-of-two" },
  "worker: sqs:SendMessage on the webhook queue": {
    ...notices,
    test: "nobody answers",
    of: "fail-once",
  },
  "worker: sqs:SendMessage on its dead letters": { file: "jobs.failing", of: "fail-for-good" },

  "create-profile: dynamodb:GetItem on profiles": large,
  "create-profile: dynamodb:PutItem on profiles": effects,
  "create-profile: s3:PutObject on files/*": large,
  "render-receipt: s3:PutObject on files/*": effects,
  "resize-avatar: s3:GetObject on uploads/claimed/*": avatar,
  "resize-avatar: s3:PutObject on files/*": avatar,
  "send-welcome-email: ses:SendEmail on *": effects,
  "send-welcome-email: ssm:GetParameter on the parameter mailbox-key": { ...effects, once: true },
  "send-welcome-email: ssm:PutParameter on the parameter mailbox-key": { ...effects, once: true },
};

const poller = "MiniStack's event source asks for no grant: on AWS it takes the function's role";
const logging =
  "MiniStack writes a function's lines itself; on AWS none would be read, and nothing else would change";

/** What MiniStack (1.5.33) does without the grant as well, whoever's it is, and why the grant is there. */
export const cannotShow: Readonly<Record<string, string>> = {
  "logs:CreateLogStream on its log group": logging,
  "logs:PutLogEvents on its log group": logging,
  "sqs:ReceiveMessage on its queue": poller,
  "sqs:DeleteMessage on its queue": poller,
  "sqs:GetQueueAttributes on its queue": poller,
  "s3:ListBucket on payloads":
    "MiniStack says 404 of a missing object in any case; on AWS, without it, 403, as messages.unreadable would show",
  "s3:ListBucket on uploads":
    "MiniStack says 404 of a missing object in any case; on AWS, without it, 403, as sign-up.avatar would show",
  "pusher: sqs:ChangeMessageVisibility on its queue":
    "MiniStack's WebSocket takes every push, and none is hidden for a later try",
  "pusher: dynamodb:UpdateItem on ledger":
    "MiniStack tells of each connection that is gone, and none is found out by a push",
  "dispatcher: sqs:SendMessage on the notify queue":
    "a check ends or mends no flow of the suite that somebody watches",
  "ses:SendRawEmail on *":
    "MiniStack checks SendEmail alone; AWS checks a mail that is sent whole as SendRawEmail",
};
