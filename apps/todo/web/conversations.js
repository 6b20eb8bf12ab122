// Conversations, and what was said in them.

import { api } from './api.js';
import { announce, element, field, onSubmit, summary } from './dom.js';

const PAGE = 100;

/** The view of all conversations, or of one. */
export async function conversationsView(id) {
  return id === '' ? allView() : oneView(id);
}

async function allView() {
  const conversations = await api('GET', `/conversations?limit=${PAGE}`);
  const begin = element(
    'button',
    {
      type: 'button',
      className: 'main',
      onclick: async () => {
        begin.disabled = true;
        try {
          const made = await api('POST', '/conversations');
          location.hash = `#/conversations/${made.id}`;
        } catch (error) {
          if (!error.fields) throw error;
          begin.disabled = false;
          announce(error.message);
        }
      },
    },
    'New conversation',
  );
  const items = conversations.map((one) =>
    element(
      'li',
      {},
      element('a', { href: `#/conversations/${one.id}` }, 'Conversation of ', moment(one.created_at)),
      element('span', { className: 'hint' }, ' last used ', moment(one.updated_at)),
    ),
  );
  return element(
    'section',
    { 'aria-labelledby': 'conversations-title' },
    element('div', { className: 'line' }, element('h2', { id: 'conversations-title' }, 'Conversations'), begin),
    items.length === 0
      ? element('p', { className: 'card empty' }, 'No conversation yet.')
      : element('ul', { className: 'conversations card', 'aria-label': 'Conversations' }, items),
  );
}

async function oneView(id) {
  const place = `/conversations/${encodeURIComponent(id)}`;
  const [conversation, messages] = await Promise.all([api('GET', place), allMessages(place)]);
  const said = element('ol', { className: 'messages', 'aria-label': 'Messages' }, messages.map(message));
  const empty = element('p', { className: 'card empty', hidden: messages.length > 0 }, 'Nothing was said yet.');
  const content = element('textarea', { id: 'content', name: 'content', required: true, rows: 3, maxLength: 10000 });
  const role = element(
    'select',
    { id: 'role', name: 'role' },
    element('option', { value: 'user' }, 'You'),
    element('option', { value: 'assistant' }, 'Assistant'),
  );
  const form = element(
    'form',
    { className: 'card', 'aria-label': 'New message' },
    field('Message', content),
    field('Who says it', role),
    summary(),
    element('div', { className: 'line end' }, element('button', { type: 'submit', className: 'main' }, 'Send')),
  );
  content.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  onSubmit(form, async () => {
    const sent = await api('POST', `${place}/messages`, { role: role.value, content: content.value });
    said.append(message(sent));
    empty.hidden = true;
    content.value = '';
    content.focus();
    announce('Sent.');
  });
  const remove = element(
    'button',
    {
      type: 'button',
      className: 'quiet danger',
      onclick: async () => {
        try {
          await api('DELETE', place);
          announce('The conversation and its messages were deleted.');
          location.hash = '#/conversations';
        } catch (error) {
          if (!error.fields) throw error;
          announce(error.message);
        }
      },
    },
    'Delete conversation',
  );
  return element(
    'section',
    { 'aria-labelledby': 'conversation-title' },
    element('p', {}, element('a', { href: '#/conversations' }, '← All conversations')),
    element('div', { className: 'line' }, element('h2', { id: 'conversation-title' }, 'Conversation of ', moment(conversation.created_at)), remove),
    said,
    empty,
    form,
  );
}

/** All that was said; the service gives it in pages. */
async function allMessages(place) {
  const all = [];
  for (;;) {
    const page = await api('GET', `${place}/messages?offset=${all.length}&limit=${PAGE}`);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

function message(one) {
  return element(
    'li',
    { className: one.role },
    element('p', { className: 'who' }, one.role === 'user' ? 'You' : 'Assistant', ' · ', moment(one.created_at)),
    element('p', { className: 'content' }, one.content),
  );
}

function moment(time) {
  const words = new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return element('time', { dateTime: time }, words);
}
