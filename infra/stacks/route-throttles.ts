/** Requests a second, and how many at once beyond that: of all callers together. */
export interface RouteThrottle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/** What starts work is held shorter than what reads. */
export const startingWork: RouteThrottle = { rateLimit: 100, burstLimit: 200 };
const reading: RouteThrottle = { rateLimit: 200, burstLimit: 400 };
/** For whatever has no throttle of its own: HEAD, OPTIONS, and what there isn't. */
export const otherRoutes: RouteThrottle = { rateLimit: 100, burstLimit: 200 };
/** What nobody needs often. */
const seldom: RouteThrottle = { rateLimit: 20, burstLimit: 40 };

/**
 * A throttle for each route of the API, by API Gateway's name of it: each is counted by itself, so that a flood on one leaves
 * the others. A test holds the list against the API's own.
 */
export const routeThrottles: Readonly<Record<string, RouteThrottle>> = {
  "GET /": reading,
  "GET /assets/{asset}": reading,
  "POST /sign-ups": startingWork,
  "POST /uploads": startingWork,
  "GET /flows/{flow}": reading,
  "GET /flows/{flow}/files/{job}/{file}": reading,
  "GET /openapi.json": seldom,
  "GET /health": seldom,
};
