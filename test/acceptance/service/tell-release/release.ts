/** Which release of the worker this is: what a redeploy changes. */
export const release = 1;
