// Which view is shown, by the address behind `#`, and what is around it.

import { accountView } from './account.js';
import { api, events, session } from './api.js';
import { conversationsView } from './conversations.js';
import { announce, element } from './dom.js';
import { tasksView } from './tasks.js';

const main = document.getElementById('main');
const offline = document.getElementById('offline');
let shown = 0;

/** How long to wait before the service is asked again whether it is back, in milliseconds. */
const PAUSE = 3000;

async function show() {
  const [, page = '', rest = ''] = location.hash.split('/');
  const isStranger = !session.token;
  document.getElementById('navigation').hidden = isStranger;
  document.getElementById('account').hidden = isStranger;
  for (const link of document.querySelectorAll('#navigation a')) {
    if (link.hash === `#/${page}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (isStranger) {
    put(accountView(page === 'register', entered), page === 'register' ? 'Register' : 'Log in');
    return;
  }
  const turn = (shown += 1);
  main.setAttribute('aria-busy', 'true');
  try {
    const view = page === 'conversations' ? await conversationsView(rest) : await tasksView(rest || 'all');
    // Another address may have been asked for meanwhile.
    if (turn === shown) put(view, page === 'conversations' ? 'Conversations' : 'Tasks');
  } catch (error) {
    if (turn === shown && session.token) put(failure(error), 'Trouble');
  } finally {
    main.removeAttribute('aria-busy');
  }
}

function put(view, title) {
  document.title = `${title} – Todo`;
  main.replaceChildren(view);
}

function failure(error) {
  return element(
    'section',
    { className: 'card empty', role: 'alert' },
    element('h2', {}, 'This could not be loaded'),
    element('p', {}, error.message),
    element('button', { type: 'button', className: 'main', onclick: show }, 'Try again'),
  );
}

async function entered() {
  await introduce();
  if (location.hash === '#/tasks') show();
  else location.hash = '#/tasks';
}

/** Shows whose session it is. */
async function introduce() {
  const account = await api('GET', '/auth/me').catch(() => null);
  document.getElementById('who').textContent = account ? account.full_name || account.email : '';
}

function leave(text) {
  session.end();
  document.getElementById('who').textContent = '';
  announce(text);
  if (location.hash === '#/login') show();
  else location.hash = '#/login';
}

let asking = null;

events.addEventListener('offline', () => {
  offline.textContent = 'The service cannot be reached at the moment. What you see may be old.';
  offline.hidden = false;
  asking ??= setInterval(async () => {
    const health = await fetch('/health').catch(() => null);
    if (health?.ok) events.dispatchEvent(new Event('online'));
  }, PAUSE);
});
events.addEventListener('online', () => {
  offline.hidden = true;
  clearInterval(asking);
  asking = null;
});
events.addEventListener('expired', () => leave('The session has ended. Please log in again.'));
window.addEventListener('online', show);
window.addEventListener('hashchange', show);
document.getElementById('leave').addEventListener('click', () => leave('Logged out.'));

if (session.token) await introduce();
await show();
