import type { SendMailOptions } from "nodemailer";
import type { MailMessage } from "./mailer.ts";

/**
 * The message in nodemailer's terms. The envelope is given, not read back from the headers: whatever a name holds,
 * the mail goes to the one address and nowhere else. File and URL access are off: content is text, never a path.
 */
export function mailOptions(message: MailMessage): SendMailOptions {
  return {
    from: { ...message.from },
    to: { ...message.to },
    envelope: { from: message.from.address, to: [message.to.address] },
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: message.messageId,
    headers: { ...message.headers },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
