import { isolated } from "./display-name.ts";

/** All that the mail says. Both parts are made of it, so that they can't say different things. */
export interface WelcomeWords {
  readonly service: string;
  /** Ready to be shown (`displayName`); may be empty. */
  readonly name: string;
  readonly opening: string;
  readonly planLabel: string;
  readonly planName: string;
  readonly planAbout: string;
  readonly closing: string;
}

/** The mail as plain text. */
export function welcomeText(words: WelcomeWords): string {
  return [
    words.service,
    words.name === "" ? "Welcome" : `Welcome, ${isolated(words.name)}`,
    words.opening,
    `${words.planLabel}: ${words.planName}\n${words.planAbout}`,
    words.closing,
  ]
    .join("\n\n")
    .concat("\n");
}

/**
 * The mail as HTML: no images, no links, nothing fetched. Tables and inline styles, because Outlook lays out by Word
 * and some web mail drops the style sheet; that sheet only adds the dark colours, where they are asked for.
 */
export function welcomeHtml(words: WelcomeWords): string {
  const title = escapeHtml(`Welcome to ${words.service}`);
  const heading = words.name === "" ? "Welcome" : `Welcome, <bdi>${escapeHtml(words.name)}</bdi>`;
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${title}</title>
<style>${STYLE_SHEET}</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f4f2ed;${FONT}">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f4f2ed">
<tr><td align="center" style="padding:40px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px;table-layout:fixed;text-align:left;${FONT}">
<tr><td class="accent" style="padding:0 4px 14px;color:#0f6b5c;font-size:15px;line-height:20px;font-weight:700;letter-spacing:0.01em">${escapeHtml(words.service)}</td></tr>
<tr><td class="card" style="padding:36px 32px 32px;background-color:#ffffff;border:1px solid #e5e1d8;border-radius:12px;overflow-wrap:anywhere;word-break:break-word">
<h1 class="ink" style="margin:0 0 16px;color:#1d1c1a;font-size:${headingSize(words.name)};line-height:1.25;font-weight:700">${heading}</h1>
<p class="ink" style="margin:0 0 28px;color:#1d1c1a;font-size:16px;line-height:24px">${escapeHtml(words.opening)}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="${FONT}">
<tr><td class="line" style="padding:20px 0 0;border-top:1px solid #e5e1d8">
<p class="ink" style="margin:0 0 4px;color:#1d1c1a;font-size:16px;line-height:24px">${escapeHtml(words.planLabel)}: <strong class="accent" style="color:#0f6b5c">${escapeHtml(words.planName)}</strong></p>
<p class="muted" style="margin:0;color:#66625a;font-size:14px;line-height:21px">${escapeHtml(words.planAbout)}</p>
</td></tr>
</table>
</td></tr>
<tr><td class="muted" style="padding:18px 4px 0;color:#66625a;font-size:13px;line-height:20px">${escapeHtml(words.closing)}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/** Contrast against its ground is at least 4.5:1 for every colour, light and dark (WCAG 2.2, 1.4.3). */
const STYLE_SHEET = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #131417 !important; }
  .card { background-color: #1d1f23 !important; border-color: #34373d !important; }
  .line { border-color: #34373d !important; }
  .ink { color: #f1efe9 !important; }
  .muted { color: #aaa69d !important; }
  .accent { color: #5fcdb7 !important; }
}
`;

/** A long name gets a smaller heading, so that it stays a heading and does not fill a phone's screen. */
function headingSize(name: string): string {
  if (name.length > 80) return "18px";
  return name.length > 30 ? "22px" : "28px";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for HTML, as an element's content or as a quoted attribute's value. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
