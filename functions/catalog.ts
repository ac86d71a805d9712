import { defineCatalog } from "../shared/index.ts";
import { createProfile } from "./create-profile/job.ts";
import { renderReceipt } from "./render-receipt/job.ts";
import { resizeAvatar } from "./resize-avatar/job.ts";
import { sendWelcomeEmail } from "./send-welcome-email/job.ts";
import { signUp } from "./sign-up.ts";

/** The flows and jobs of this service. A new job is a folder beside this file and a line in it. */
export const catalog = defineCatalog({
  flows: [signUp],
  jobs: [sendWelcomeEmail, createProfile, renderReceipt, resizeAvatar],
});
