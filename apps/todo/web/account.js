// Logging in, and making an account.

import { api, session } from './api.js';
import { element, field, onSubmit, summary } from './dom.js';

/** The view; `entered` is called once there is a session. */
export function accountView(isNew, entered) {
  const email = element('input', { id: 'email', name: 'email', type: 'email', required: true, autocomplete: 'username', maxLength: 254 });
  const password = element('input', {
    id: 'password',
    name: 'password',
    type: 'password',
    required: true,
    minLength: isNew ? 8 : undefined,
    maxLength: 128,
    autocomplete: isNew ? 'new-password' : 'current-password',
  });
  const name = element('input', { id: 'full_name', name: 'full_name', autocomplete: 'name', maxLength: 255 });
  const form = element(
    'form',
    { className: 'card account', 'aria-labelledby': 'account-title' },
    element('h2', { id: 'account-title' }, isNew ? 'Make an account' : 'Log in'),
    isNew ? field('Name (optional)', name) : null,
    field('Email', email),
    field('Password', password, isNew ? element('p', { className: 'hint' }, 'At least 8 characters.') : null),
    summary(),
    element('button', { type: 'submit', className: 'main' }, isNew ? 'Register' : 'Log in'),
    element(
      'p',
      { className: 'other' },
      isNew ? 'There is an account already? ' : 'Are you new here? ',
      element('a', { href: isNew ? '#/login' : '#/register' }, isNew ? 'Log in' : 'Make an account'),
    ),
  );
  onSubmit(form, async () => {
    const account = { email: email.value, password: password.value };
    if (isNew) await api('POST', '/auth/register', { ...account, full_name: name.value.trim() || null });
    const token = await api('POST', '/auth/login', account);
    session.begin(token.access_token);
    entered();
  });
  queueMicrotask(() => (isNew ? name : email).focus());
  return form;
}
