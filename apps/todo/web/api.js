// The API: one function, one kind of error, and the session.

const KEY = 'todo.token';

/** What the service refused, or that it was not reached. */
export class ApiError extends Error {
  /** The status is 0 when there was no answer. */
  constructor(status, message, fields = []) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** The session of this tab: its token is gone with it, and no other site can read it. */
export const session = {
  get token() {
    return sessionStorage.getItem(KEY);
  },
  begin(token) {
    sessionStorage.setItem(KEY, token);
  },
  end() {
    sessionStorage.removeItem(KEY);
  },
};

/** Tells of `offline`, `online` and `expired`. */
export const events = new EventTarget();

/** Sends a request and returns its answer. */
export async function api(method, path, body) {
  const headers = {};
  if (session.token) headers.Authorization = `Bearer ${session.token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    events.dispatchEvent(new Event('offline'));
    throw new ApiError(0, 'The service cannot be reached. Nothing was changed.');
  }
  if (response.status === 503) {
    events.dispatchEvent(new Event('offline'));
    throw new ApiError(503, 'The service is not ready at the moment. Please try again.');
  }
  events.dispatchEvent(new Event('online'));
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  const error = refusal(response, answer);
  if (response.status === 401 && session.token && path !== '/auth/login') {
    session.end();
    events.dispatchEvent(new Event('expired'));
  }
  throw error;
}

function refusal(response, answer) {
  const detail = answer?.detail;
  if (Array.isArray(detail)) {
    const fields = detail.map((one) => ({ field: one.loc?.slice(1).join('.') ?? '', message: one.msg ?? '' }));
    return new ApiError(response.status, 'Some of this cannot be taken.', fields);
  }
  if (response.status === 429) {
    const seconds = response.headers.get('Retry-After');
    return new ApiError(429, `Too many attempts. Please wait ${seconds ? `${seconds} seconds` : 'a little'}.`);
  }
  const words = typeof detail === 'string' ? detail : `The service answered ${response.status}.`;
  const id = answer?.request_id ? ` (request ${answer.request_id})` : '';
  return new ApiError(response.status, words.charAt(0).toUpperCase() + words.slice(1) + id);
}
